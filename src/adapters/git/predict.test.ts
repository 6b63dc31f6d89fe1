// What is predicted is what plain `merge-tree` says of every pair, in corpora that were made at random
// of everything that two sides can do to a tree. The soak tries many more of them.

import { expect, it } from 'vitest';

import { compareCorpus } from '../../../test/conflict-corpus.ts';

// In the last one a folder is split in two that others put files into.
it.each([1, 2, 3, 142])(
  'finds the same as plain merges of every pair (%s)',
  async (seed) => {
    const { wrong, conflicts } = await compareCorpus(seed);
    expect(wrong).toEqual([]);
    expect(conflicts).toBeGreaterThan(5);
  },
  240_000,
);
