import { afterAll, describe, expect, test } from 'vitest';

import { spread } from '../crash/points.ts';
import { finishedRun } from '../crash/undo.ts';

const POINTS = 50;

const run = await finishedRun();
afterAll(() => run.remove());

describe(`a change is taken out once over ${POINTS} kills`, () => {
  test.each(spread(POINTS, run.points))('at point %i', async (at) => {
    await run.killAt(at);
    expect(run.points).toBeGreaterThan(POINTS);
  });
});
