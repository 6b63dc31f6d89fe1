// What follows when a task fails, by its strategy, as a person or a script sees it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { command, plan, project } from './tutti.ts';
import type { Project } from './tutti.ts';

const run = ['run', '--plan', 'plan.yaml', '--yes'];
/** Fails until somebody makes the file that lies beside the project. */
const untilMended = (file = 'mended'): string => `test -e "$HOME/${file}" && echo ok > $TUTTI_TASK`;
const agent = (id: string, more: object = {}): object => ({
  id,
  title: `Do ${id}`,
  agent: 'general-purpose',
  ...more,
});

async function states({ json }: Project, key = 'SHOP-1'): Promise<Record<string, string>> {
  const { document } = await json(['show', key]);
  const tasks: readonly { planId: string; state: string }[] = JSON.parse(
    JSON.stringify(document['tasks']),
  );
  return Object.fromEntries(tasks.map(({ planId, state }) => [planId, state]));
}

async function attemptsOf({ json }: Project, task: string): Promise<Record<string, unknown>[]> {
  const { document } = await json(['show', task, '--attempts']);
  const attempts: Record<string, unknown>[] = JSON.parse(JSON.stringify(document['attempts']));
  return attempts;
}

test('ask: an instruction reaches the next prompt, which then does it', async () => {
  const shop = project({
    script: {
      tasks: {
        a: [
          { write: { path: 'a', content: 'v2' }, if_prompt: 'use the v2 endpoint' },
          { fail: { reason: 'agent_error', message: 'no idea' }, unless_prompt: 'v2 endpoint' },
        ],
      },
    },
  });
  const { tutti, json, write, git } = shop;
  write('plan.yaml', plan(agent('a', { on_failure: 'ask' }), command('b', 'echo > b')));
  expect((await tutti(run)).code).toBe(3);
  const { document } = await json(['asks']);
  expect(document['asks']).toMatchObject([
    { key: 'SHOP-1?1', task: 'SHOP-1.1', kind: 'failure', question: 'no idea' },
  ]);
  const wrong = await tutti(['answer', 'SHOP-1.1', '']);
  expect(wrong.code).toBe(2);
  expect((await tutti(['answer', 'SHOP-1.1', 'use the v2 endpoint'])).code).toBe(0);
  expect((await tutti(['answer', 'SHOP-1?1', 'retry'])).stderr).toContain('answered already');
  expect((await tutti(['resume', 'SHOP-1'])).code).toBe(0);
  expect(git('show', 'SHOP-1/try-it:a')).toBe('v2');
  const prompt = readFileSync(
    join(shop.dir, '.tutti/runs/SHOP-1/tasks/SHOP-1.1/prompt.md'),
    'utf8',
  );
  expect(prompt).toContain('use the v2 endpoint');
});

test('retry: the fallback goes on after the last attempt, and its name is in the attempts', async () => {
  const shop = project({
    script: {
      tasks: {
        a: { attempts: [[{ fail: {} }], [{ fail: {} }], [{ write: { path: 'a', content: '' } }]] },
      },
    },
  });
  shop.write('plan.yaml', plan(agent('a', { max_attempts: 2, fallback: { agent: 'tech-lead' } })));
  expect((await shop.tutti(run)).code).toBe(0);
  expect(await attemptsOf(shop, 'SHOP-1.1')).toMatchObject([
    { agent: 'general-purpose', outcome: 'failed' },
    { agent: 'general-purpose', outcome: 'failed' },
    { agent: 'tech-lead', outcome: 'succeeded' },
  ]);
});

test('retry: what no further try heals goes to the fallback at once, else the run stops', async () => {
  const shop = project({
    script: {
      tasks: {
        '*': {
          attempts: [[{ fail: { reason: 'refused' } }], [{ write: { path: 'a', content: '' } }]],
        },
      },
    },
  });
  shop.write('plan.yaml', plan(agent('a', { fallback: { agent: 'tech-lead' } })));
  expect((await shop.tutti(run)).code).toBe(0);
  expect(await attemptsOf(shop, 'SHOP-1.1')).toMatchObject([
    { agent: 'general-purpose', failure: { reason: 'refused' } },
    { agent: 'tech-lead', outcome: 'succeeded' },
  ]);
  shop.write('plan.yaml', plan(agent('a')));
  expect((await shop.tutti(run)).code).toBe(1);
  expect(await attemptsOf(shop, 'SHOP-2.1')).toHaveLength(1);
});

test('skip goes on without the task and what needs it; a retry brings exactly those back', async () => {
  const shop = project();
  shop.write(
    'plan.yaml',
    plan(
      command('a', untilMended(), { on_failure: 'skip' }),
      command('b', 'echo > b', { depends_on: ['a'] }),
      command('c', 'echo > c', { depends_on: ['b'] }),
      command('d', untilMended('other'), { on_failure: 'skip' }),
      command('e', 'echo > e', { depends_on: ['d'] }),
    ),
  );
  const first = await shop.tutti(run);
  expect(first.code).toBe(0);
  expect(first.stdout).toContain('completed in part');
  expect(await states(shop)).toEqual({
    a: 'failed',
    b: 'skipped',
    c: 'skipped',
    d: 'failed',
    e: 'skipped',
  });
  shop.write('../mended', '');
  const said = await shop.tutti(['retry', 'SHOP-1.1']);
  expect(said.stdout).toContain('SHOP-1.1, SHOP-1.2, SHOP-1.3 will be tried again');
  expect((await shop.tutti(['resume', 'SHOP-1'])).code).toBe(0);
  expect(await states(shop)).toEqual({
    a: 'completed',
    b: 'completed',
    c: 'completed',
    d: 'failed',
    e: 'skipped',
  });
});

test('abort stops the run and keeps the work; a retry brings back what it cut off', async () => {
  const shop = project();
  shop.write(
    'plan.yaml',
    plan(
      command('a', `while ! test -e $HOME/b; do :; done; ${untilMended()}`, {
        on_failure: 'abort',
      }),
      command('b', 'echo b > b; touch $HOME/b; test -e $HOME/mended || exec tail -f /dev/null'),
      command('c', 'echo > c', { depends_on: ['a'] }),
    ),
  );
  expect((await shop.tutti(run)).code).toBe(1);
  expect(await states(shop)).toEqual({ a: 'failed', b: 'canceled', c: 'canceled' });
  expect(await attemptsOf(shop, 'SHOP-1.2')).toMatchObject([
    { outcome: 'canceled', keptRef: 'refs/tutti/kept/SHOP-1.2/1' },
  ]);
  const { document } = await shop.json(['show', 'SHOP-1.3']);
  expect(document['task']?.['because']).toMatchObject({ reason: 'canceled', task: 'SHOP-1.1' });
  shop.write('../mended', '');
  expect((await shop.tutti(['retry', 'SHOP-1.1'])).code).toBe(0);
  expect((await shop.tutti(['resume', 'SHOP-1'])).code).toBe(0);
  expect(await states(shop)).toEqual({ a: 'completed', b: 'completed', c: 'completed' });
});

test('the breaker pauses the run and asks; answered or resumed, it goes on', async () => {
  const shop = project({ config: { orchestration: { max_same_failures: 2 } } });
  shop.write('plan.yaml', plan(command('a', untilMended(), { max_attempts: 9 })));
  expect((await shop.tutti(run)).code).toBe(3);
  const { document } = await shop.json(['asks']);
  expect(document['asks']).toMatchObject([
    { task: null, kind: 'breaker', choices: ['continue', 'abort'] },
  ]);
  const shown = await shop.json(['show', 'SHOP-1']);
  expect(shown.document['run']).toMatchObject({ state: 'paused', paused: { by: 'breaker' } });
  // Nothing healed: the same again.
  expect((await shop.tutti(['answer', 'SHOP-1', 'resume'])).code).toBe(0);
  expect((await shop.tutti(['resume', 'SHOP-1'])).code).toBe(3);
  shop.write('../mended', '');
  expect((await shop.tutti(['resume', 'SHOP-1'])).code).toBe(0);
  expect((await shop.json(['asks'])).document['asks']).toEqual([]);
});

test('skip leaves out what has ended a run, and the run goes on', { timeout: 60_000 }, async () => {
  const shop = project({ script: { tasks: { a: [{ fail: {} }] } } });
  const { tutti, json, write } = shop;
  const after = { ...command('b', 'echo > b'), depends_on: ['a'] };
  const other = { ...command('c', 'test -e "$HOME/open" && echo > c'), on_failure: 'skip' };
  write('plan.yaml', plan(agent('a', { on_failure: 'abort' }), after, other));
  expect((await tutti(run)).code).toBe(1);
  expect((await tutti(['show', 'SHOP-1'])).stdout).toContain(
    'Next: tutti retry SHOP-1, or without it: tutti skip SHOP-1.1',
  );
  const skipped = await json(['skip', 'SHOP-1.1']);
  expect(skipped).toMatchObject({ code: 0, document: { run: { state: 'running' } } });
  const resumed = await tutti(['resume', 'SHOP-1']);
  expect(resumed.code).toBe(0);
  expect(await states(shop)).toMatchObject({ a: 'skipped', b: 'skipped' });
  const { document } = await json(['show', 'SHOP-1']);
  expect(document['run']).toMatchObject({ state: 'completed', outcome: 'partial' });
  const twice = await tutti(['skip', 'SHOP-1.1']);
  expect(twice).toMatchObject({ code: 2 });
  expect(twice.stderr).toContain('SHOP-1 is completed already');
});

test('the breaker, answered with abort, ends the run', async () => {
  const shop = project({ config: { orchestration: { max_same_failures: 2 } } });
  shop.write('plan.yaml', plan(command('a', 'exit 1', { max_attempts: 9 })));
  expect((await shop.tutti(run)).code).toBe(3);
  expect((await shop.tutti(['answer', 'SHOP-1', 'abort'])).code).toBe(0);
  expect((await shop.json(['show', 'SHOP-1'])).document['run']).toMatchObject({
    state: 'canceled',
  });
});

const OTHER_WAY = {
  goal: 'Another way',
  tasks: [
    { id: 'a', title: 'First half', description: 'x', agent: 'general-purpose', depends_on: [] },
    { id: 'z', title: 'Second half', description: 'x', agent: 'tech-lead', depends_on: ['a'] },
  ],
};
/** The task fails for good; the planner splits it, and the pieces succeed. */
const replanned = (more: object = {}): object => ({
  tasks: {
    a: [{ fail: { reason: 'agent_error', message: 'the library is gone' } }],
    'a-2': [{ write: { path: 'first', content: '' } }],
    z: [{ write: { path: 'second', content: '' } }],
  },
  plan: [{ answer: { ...OTHER_WAY, ...more } }],
});
const FAILS = plan(
  agent('a', { on_failure: 'replan', max_attempts: 1 }),
  command('b', 'echo > b', { depends_on: ['a'] }),
);

test('replan: a new piece of plan replaces the failed task, and the run completes in full', async () => {
  const shop = project({ script: replanned() });
  shop.write('plan.yaml', FAILS);
  expect((await shop.tutti(run)).code).toBe(0);
  const { document } = await shop.json(['show', 'SHOP-1']);
  expect(document['run']).toMatchObject({ state: 'completed', outcome: 'full' });
  expect(document['tasks']).toMatchObject([
    { planId: 'a', state: 'skipped', because: { reason: 'superseded' }, supersededBy: 'SHOP-1.4' },
    { planId: 'b', state: 'completed', dependsOn: ['SHOP-1.5'] },
    { planId: 'replan-1', kind: 'plan', state: 'completed', agent: 'Plan' },
    { planId: 'a-2', state: 'completed' },
    { planId: 'z', state: 'completed', dependsOn: ['SHOP-1.4'] },
  ]);
  const prompt = readFileSync(
    join(shop.dir, '.tutti/runs/SHOP-1/tasks/SHOP-1.3/prompt.md'),
    'utf8',
  );
  expect(prompt).toContain('the library is gone');
  const { document: latest } = await shop.json(['plan', 'show', 'SHOP-1']);
  expect(latest['plan']).toMatchObject({
    revision: 2,
    tasks: [{ id: 'a-2' }, { id: 'z' }, { id: 'b', dependsOn: ['z'] }],
  });
  const refused = await shop.tutti(['retry', 'SHOP-1.1']);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('was replaced by SHOP-1.4');
});

test('replan as an answer and as a retry of a finished run; when all are used up, the failure stands', async () => {
  const script = {
    tasks: { '*': [{ fail: { message: 'no' } }] },
    plan: [{ answer: { tasks: OTHER_WAY.tasks.slice(0, 1) } }],
  };
  const shop = project({ script, config: { orchestration: { max_replans: 2 } } });
  shop.write('plan.yaml', plan(agent('a', { on_failure: 'ask' })));
  const config = shop.tutti(['run', '--plan', 'plan.yaml', '--yes']);
  expect((await config).code).toBe(3);
  const asked = await shop.json(['asks']);
  expect(asked.document['asks']).toMatchObject([{ choices: ['retry', 'skip', 'abort', 'replan'] }]);
  expect((await shop.tutti(['answer', 'SHOP-1', 'replan'])).code).toBe(0);
  expect((await shop.tutti(['resume', 'SHOP-1'])).code).toBe(1);
  const third = ['retry', 'SHOP-1.3', '--replan', '--instruction', 'take the other road'];
  expect((await shop.tutti(third)).code).toBe(0);
  expect((await shop.tutti(['resume', 'SHOP-1'])).code).toBe(1);
  const prompt = readFileSync(
    join(shop.dir, '.tutti/runs/SHOP-1/tasks/SHOP-1.4/prompt.md'),
    'utf8',
  );
  expect(prompt).toContain('take the other road');
  const last = await shop.tutti(['retry', 'SHOP-1.5', '--replan']);
  expect(last.code).toBe(2);
  expect(last.stderr).toContain('all 2 replans of SHOP-1 are used up');
});

test('a new piece that runs what nobody approved waits for approval; rejected, the failure stands', async () => {
  const tasks = OTHER_WAY.tasks.map((task) => Object.assign({ checks: ['test -d .'] }, task));
  for (const word of ['approve', 'reject']) {
    const shop = project({ script: replanned({ tasks }) });
    shop.write('plan.yaml', FAILS);
    expect((await shop.tutti(['run', '--plan', 'plan.yaml'])).code).toBe(3);
    expect((await shop.tutti(['approve', 'SHOP-1'])).code).toBe(0);
    expect((await shop.tutti(['resume', 'SHOP-1'])).code).toBe(3);
    const { document } = await shop.json(['asks']);
    expect(document['asks']).toMatchObject([{ kind: 'plan', choices: ['approve', 'reject'] }]);
    expect((await shop.tutti([word, 'SHOP-1'])).code).toBe(0);
    expect((await shop.tutti(['resume', 'SHOP-1'])).code).toBe(word === 'approve' ? 0 : 1);
    const after = await states(shop);
    expect(after['a']).toBe(word === 'approve' ? 'skipped' : 'failed');
  }
});
