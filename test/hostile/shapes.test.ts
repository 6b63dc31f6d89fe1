// Odd repositories, through the built program.

import { expect, test } from 'vitest';

import { tryShape } from './shape-play.ts';
import { SHAPES } from './shapes.ts';

/** A pipe is noticed after a while. */
const LONG_MS = 300_000;

const isRoot = process.getuid?.() === 0;

test.for(SHAPES.filter(({ heavy }) => heavy !== true))(
  '$name',
  { timeout: LONG_MS },
  async (shape, { skip }) => {
    skip(shape.byRoot === true && !isRoot, 'only root can make it');
    expect(await tryShape(shape, true)).toEqual([]);
  },
);

test('each has a name of its own', () => {
  expect(new Set(SHAPES.map(({ name }) => name)).size).toBe(SHAPES.length);
});
