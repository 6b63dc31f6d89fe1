import { describe, expect, it } from 'vitest';

import { countPoints, killAt } from './base.ts';
import { spread } from './points.ts';

const points = await countPoints();

describe('a run whose base and branch others move', () => {
  it.each(spread(6, points))('killed at point %i loses nothing of anybody', async (at) => {
    await killAt(at);
    expect(points).toBeGreaterThan(0);
  });
});
