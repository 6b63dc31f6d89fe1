// The odd repositories that take too long for every day.

import { expect, test } from 'vitest';

import { tryShape } from '../hostile/shape-play.ts';
import { SHAPES } from '../hostile/shapes.ts';

test.each(SHAPES.filter(({ heavy }) => heavy === true))('$name', async (shape) => {
  expect(await tryShape(shape)).toEqual([]);
});
