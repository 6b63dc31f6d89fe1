// `tutti metrics` over real runs.

import { expect, it } from 'vitest';

import { command, plan, project } from './tutti.ts';

it('measures what was done, and says so where nothing was', async () => {
  const at = project({ config: { orchestration: { max_parallel: 2 } } });
  const empty = await at.tutti(['metrics']);
  expect(empty).toMatchObject({ code: 0 });
  expect(empty.stdout).toMatch(/^There is nothing to measure yet: .*\nNext: tutti run/u);

  at.write(
    'plan.yaml',
    plan(
      command('config', 'echo a > a.txt'),
      command('api', 'test "${TUTTI_ATTEMPT##*#}" -gt 1 && echo b > b.txt', {
        depends_on: ['config'],
      }),
      command('ui', 'echo c > c.txt', { depends_on: ['config'] }),
    ),
  );
  expect((await at.tutti(['run', '--plan', 'plan.yaml', '--yes'])).code).toBe(0);
  const { code, document } = await at.json(['metrics', '--since', '30d']);
  expect(code).toBe(0);
  expect(document).toMatchObject({
    from: expect.stringMatching(/^\d{4}-.*Z$/u),
    days: 30,
    runs: { finished: 1, completed: 1 },
    tasks: { completed: 3, failed: 0, perDay: 0.1 },
    firstTry: { of: 3, count: 2 },
    reviews: { of: 0, share: null },
    conflicts: { changes: 3, per100: 0 },
    byRuntime: { command: { tasks: 3, attempts: 4 } },
    byShape: { graph: { runs: 1 } },
  });
  expect(document).toMatchObject({ toMerge: { count: 0, medianMs: null } });
  expect((await at.tutti(['merge', 'SHOP-1', '--yes'])).code).toBe(0);
  expect((await at.json(['metrics'])).document).toMatchObject({ toMerge: { count: 1 } });
  const { stdout } = await at.tutti(['metrics']);
  expect(stdout).toMatch(/^Start to merge {8}[\d.]+m?s \(median of 1 run\)$/mu);
  expect(stdout).toMatch(/^First-try passes {6}67% \(2 of 3 tasks\)$/mu);
  expect(stdout).toMatch(/^Tasks {17}3 completed; 3 a day, 21 a week$/mu);
  expect(stdout).toMatch(/^By runtime\n +tasks .* tokens\n {2}command {6}3 +4 /mu);
  expect(stdout).not.toContain('\u001B');
  expect((await at.tutti(['verify'])).code).toBe(0);

  const wrong = await at.tutti(['metrics', '--since', 'yesterday']);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--since 24h') });
});
