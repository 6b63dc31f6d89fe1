// What an attempt may use, and what follows when it uses more.

import { expect, test } from 'vitest';

import { command, plan, project } from './tutti.ts';
import type { Project } from './tutti.ts';

const run = ['run', '--plan', 'plan.yaml', '--yes'];
const clone = { workspace: 'clone' };

/** What somebody does who never comes to an end by himself. */
const TOO_MUCH = {
  memory_mb: `perl -e 'my @x; while (1) { push @x, "x" x 1_000_000; select undef, undef, undef, 0.005 }'`,
  processes: 'i=0; while [ $i -lt 60 ]; do sleep 100 & i=$((i+1)); done; wait',
  disk_mb: 'i=0; while :; do head -c 1000000 /dev/zero > f$i; i=$((i+1)); sleep 0.01; done',
};
const LIMITS = { memory_mb: 200, processes: 40, disk_mb: 30 };

async function outcome({ json }: Project, task: string): Promise<unknown> {
  const { document } = await json(['show', task, '--attempts']);
  return document['attempts'];
}

test.each(['memory_mb', 'processes', 'disk_mb'] as const)(
  'an attempt over limits.%s ends as what it is, and its strategy follows',
  async (key) => {
    const shop = project({ config: { limits: LIMITS } });
    shop.write(
      'plan.yaml',
      plan(
        command('a', `echo begun > kept.txt; ${TOO_MUCH[key]}`, {
          ...clone,
          on_failure: 'skip',
          max_attempts: 1,
        }),
        command('b', 'echo > b.txt', clone),
        command('c', 'echo > c.txt', { ...clone, depends_on: ['a'] }),
      ),
    );
    await shop.tutti(run);
    expect(await outcome(shop, 'SHOP-1.1')).toMatchObject([
      { failure: { reason: 'limit', message: expect.stringContaining(`limits.${key} allows`) } },
    ]);
    const { stdout } = await shop.tutti(['show', 'SHOP-1.1']);
    expect(stdout).toContain(`limits.${key} allows ${LIMITS[key]}`);
    const { document } = await shop.json(['show', 'SHOP-1']);
    expect(document['tasks']).toMatchObject([
      { state: 'failed' },
      { state: 'completed' },
      { state: 'skipped' },
    ]);
    expect(shop.git('ls-tree', '--name-only', 'refs/tutti/kept/SHOP-1.1/1')).toContain('kept.txt');
  },
);

test('a check and a set-up command are held to the same', async () => {
  const shop = project({
    config: { limits: LIMITS, checks: [{ name: 'greedy', run: TOO_MUCH.processes }] },
  });
  shop.write('plan.yaml', plan(command('a', 'echo > a.txt', { ...clone, max_attempts: 1 })));
  await shop.tutti(run);
  expect(JSON.stringify(await outcome(shop, 'SHOP-1.1'))).toMatch(/limits.processes allows 40/u);

  const other = project({
    config: { limits: LIMITS, workspace: { setup: [TOO_MUCH.processes] } },
  });
  other.write('plan.yaml', plan(command('a', 'echo > a.txt', { ...clone, max_attempts: 1 })));
  await other.tutti(run);
  expect(await outcome(other, 'SHOP-1.1')).toMatchObject([{ failure: { reason: 'limit' } }]);
});
