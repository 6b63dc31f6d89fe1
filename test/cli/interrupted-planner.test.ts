// Ctrl-C while a planner is at work: nothing is lost, nothing hangs, and the way on is said.

import { expect, test } from 'vitest';

import { atTerminal, hasTerminal } from './terminal.ts';
import { project } from './tutti.ts';
import type { Project } from './tutti.ts';

const TASKS = [{ id: 'api', title: 'Write the greeting API', agent: 'backend-developer' }];
const PLAN = ['plan', 'Greet people', '--orchestrate'];
const CONFIG = {
  orchestration: { stages: { research: { enabled: false }, review: { enabled: false } } },
};

/** Its planner answers nothing before somebody makes the file. */
function waiting(which: 'plan' | 'discuss'): Project {
  const script: Record<'plan' | 'discuss' | 'default', object[]> = {
    plan: [{ answer: { goal: 'Greet', tasks: TASKS } }],
    discuss: [{ answer: { reply: 'It is enough.' } }],
    default: [{ append: { path: '{task}.txt', content: 'x' } }],
  };
  script[which].unshift({ wait: { file: 'never' } });
  return project({ script, config: CONFIG });
}

const stateOf = async ({ json }: Project): Promise<unknown> =>
  (await json(['show', 'SHOP-1'])).document['run']?.['state'];

test('a question that is interrupted gives the plan back', { timeout: 120_000 }, async () => {
  const at = waiting('discuss');
  expect((await at.tutti(PLAN)).code).toBe(3);
  const asking = at.start(['plan', 'discuss', 'SHOP-1', 'why?']);
  await asking.until('SHOP-1.2#1 started');
  asking.child.kill('SIGINT');
  const { code, stdout } = await asking.ended;
  expect(code).toBe(130);
  expect(stdout).toContain('The plan is as it was. Go on with: tutti plan continue SHOP-1');
  expect(await stateOf(at)).toBe('awaiting_approval');
  const edited = await at.tutti(['plan', 'edit', 'SHOP-1', '--add', 'Write the docs']);
  expect(edited).toMatchObject({ code: 0 });
  expect((await at.tutti(['plan', 'approve', 'SHOP-1'])).code).toBe(0);
});

test('a plan that is interrupted is made by whoever goes on', { timeout: 120_000 }, async () => {
  const at = waiting('plan');
  const planning = at.start(PLAN);
  await planning.until('SHOP-1.1#1 started');
  planning.child.kill('SIGTERM');
  const { code, stdout, stderr } = await planning.ended;
  expect(code).toBe(143);
  expect(stdout).toContain('it has no plan yet.\nNext: tutti plan continue SHOP-1');
  expect(stderr).not.toContain('retry');
  expect(await stateOf(at)).toBe('planning');
  const again = at.start(['plan', 'continue', 'SHOP-1', '--json']);
  await again.until('SHOP-1.1#2 started');
  again.child.kill('SIGINT');
  const ended = await again.ended;
  expect(ended.code).toBe(130);
  expect(JSON.parse(ended.stdout)).toMatchObject({ run: { state: 'planning' } });
});

test.skipIf(!hasTerminal)(
  'at a terminal the session says how to go on',
  { timeout: 120_000 },
  async () => {
    const at = waiting('discuss');
    expect((await at.tutti(PLAN)).code).toBe(3);
    const { code, shown } = await atTerminal(
      at,
      ['plan', 'continue', 'SHOP-1'],
      [
        [/SHOP-1 r1 > $/u, 'd\r'],
        [/wish: $/u, 'why?\r'],
        [/● SHOP-1\.2/u, '\u0003'],
      ],
    );
    expect(code).toBe(130);
    expect(shown).toContain('It was given up.');
    expect(shown).toContain('SHOP-1 waits. Go on with: tutti plan continue SHOP-1');
    expect(await stateOf(at)).toBe('awaiting_approval');
  },
);
