import { describe, expect, it } from 'vitest';

import { TOOLS, playKilled } from '../crash/hands-kill.ts';
import { playTogether } from '../crash/hands.ts';

/** Seeds, from the first to the last; others can be tried with HANDS=101-200. */
const [first = 1, last = 100] = (process.env['HANDS'] ?? '1-100').split('-').map(Number);
const SEEDS = Array.from({ length: last - first + 1 }, (_, at) => first + at);

describe.concurrent('agents on one repository, killed again and again', () => {
  it.each(SEEDS)('lose nothing with seed %i', async (seed) => {
    expect((await playKilled(seed)).run.status).toMatchObject({ outcome: 'full' });
  });

  it.each([101, 102, 103, 104, 105, 106])(
    'lose nothing with seed %i, where git is killed too',
    async (seed) => {
      const { run } = await playKilled(seed, TOOLS);
      expect(run.status).toMatchObject({ outcome: 'full' });
    },
  );
});

it('ten agents do forty tasks in ten thousand files', { timeout: 3_600_000 }, async () => {
  const run = await playTogether({ files: 10_000, tasks: 40, agents: 10 });
  expect(run.tasks.length).toBeGreaterThan(40);
});
