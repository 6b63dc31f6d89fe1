// `tutti report` over a real run: a diamond on one slot.

import { expect, it } from 'vitest';

import { command, plan, project } from './tutti.ts';

it('tells why each attempt started when it did, and draws it', async () => {
  const at = project({ config: { orchestration: { max_parallel: 1 } } });
  at.write(
    'plan.yaml',
    plan(
      command('config', 'echo a > a.txt'),
      command('api', 'test "${TUTTI_ATTEMPT##*#}" -gt 1 && echo b > b.txt', {
        depends_on: ['config'],
      }),
      command('ui', 'echo c > c.txt', { depends_on: ['config'] }),
      command('tests', 'echo d > d.txt', { depends_on: ['api', 'ui'] }),
    ),
  );
  expect((await at.tutti(['run', '--plan', 'plan.yaml', '--yes'])).code).toBe(0);
  const { code, document } = await at.json(['report', 'SHOP-1']);
  expect(code).toBe(0);
  expect(document).toMatchObject({
    starts: [
      { attempt: 'SHOP-1.1#1', reason: 'run', by: null, text: 'with the run' },
      { attempt: 'SHOP-1.2#1', reason: 'dependency', by: 'SHOP-1.1' },
      { attempt: 'SHOP-1.2#2', reason: 'retry', by: 'SHOP-1.2#1' },
      { attempt: 'SHOP-1.3#1', reason: 'slot', text: 'slot freed by SHOP-1.2#2' },
      { attempt: 'SHOP-1.4#1', reason: 'dependency' },
    ],
    criticalPath: expect.arrayContaining(['SHOP-1.1', 'SHOP-1.2', 'SHOP-1.4']),
    slots: { slots: 1, peakConcurrency: 1, idleWhileReadyMs: 0, idleBecause: {} },
  });
  const { stdout } = await at.tutti(['report', 'SHOP-1']);
  expect(stdout).toMatch(/^\* SHOP-1\.2 Do api +[█✗▓▒·]+ +[\d.]+m?s$/mu);
  expect(stdout).toMatch(/^[\d.]+% of 1 slot in .*No slot stood idle while a task was ready\.$/mu);
  expect(stdout).not.toContain('\u001B');
});
