import { afterAll, expect, test } from 'vitest';

import { spread } from '../crash/points.ts';
import { finishedRun } from '../crash/undo.ts';

const run = await finishedRun();
afterAll(() => run.remove());

test('a change is taken out once over 50 kills', async () => {
  const points = spread(50, run.points);
  for (const at of points) await run.killAt(at);
  expect(points).toHaveLength(50);
});
