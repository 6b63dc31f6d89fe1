import { expect, test } from 'vitest';

import { spread } from '../crash/points.ts';
import { offering } from '../crash/pull-request.ts';

const LONG = { timeout: 3_600_000 };

test('a pull request is opened once over more than 50 kills', LONG, async () => {
  const { points, killAt } = await offering();
  for (let at = 1; at <= points; at += 1) await killAt(at);
  for (const at of spread(10, points)) await killAt(points - at, at, at + 1);
  expect(points + 30).toBeGreaterThan(50);
});
