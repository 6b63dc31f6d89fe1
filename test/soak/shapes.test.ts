// All odd repositories, with more verbs, those that take minutes among them.

import { expect, test } from 'vitest';

import { tryShape } from '../hostile/shape-play.ts';
import { SHAPES } from '../hostile/shapes.ts';

const isRoot = process.getuid?.() === 0;

test.for(SHAPES)('$name', async (shape, { skip }) => {
  skip(shape.byRoot === true && !isRoot, 'only root can make it');
  expect(await tryShape(shape, false)).toEqual([]);
});
