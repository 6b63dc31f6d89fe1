import { expect, test } from 'vitest';

import { spread } from './points.ts';
import { offering } from './pull-request.ts';

// A sample: `npm run soak` kills it 50 times.
test('a pull request is opened once, however often its opening is killed', async () => {
  const { points, killAt } = await offering();
  expect(points).toBeGreaterThan(20);
  for (const at of spread(6, points)) await killAt(at);
});
