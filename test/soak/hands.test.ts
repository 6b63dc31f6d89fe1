import { describe, expect, it } from 'vitest';

import { playKilled } from '../crash/hands-kill.ts';

/** Seeds, from the first to the last; others can be tried with HANDS=101-200. */
const [first = 1, last = 100] = (process.env['HANDS'] ?? '1-100').split('-').map(Number);
const SEEDS = Array.from({ length: last - first + 1 }, (_, at) => first + at);

describe.concurrent('agents on one repository, killed again and again', () => {
  it.each(SEEDS)('lose nothing with seed %i', async (seed) => {
    expect((await playKilled(seed)).run.status).toMatchObject({ outcome: 'full' });
  });
});
