// The conflicts of many more corpora: see src/adapters/git/predict.test.ts.

import { expect, it } from 'vitest';

import { compareCorpus } from '../conflict-corpus.ts';

it.each(Array.from({ length: 60 }, (_, index) => 100 + index))(
  'finds the same as plain merges of every pair (%s)',
  async (seed) => {
    expect((await compareCorpus(seed)).wrong).toEqual([]);
  },
);
