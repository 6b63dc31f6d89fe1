import { describe, expect, it } from 'vitest';

import { spread } from '../crash/points.ts';
import { countStaged, killStagedAt, talk } from '../crash/stages.ts';

// The last points of a run vary a little from one time to the next.
const most = Math.floor((await countStaged()) * 0.97);

describe.concurrent('a run of stages that is killed', () => {
  it.each(spread(120, most))('at point %i goes on and repeats nothing', async (at) => {
    expect(await killStagedAt(at)).toMatchObject({ state: 'completed', outcome: 'full' });
  });
});

it('a question to the planner that is killed is answered once', async () => {
  const { points, killAt, remove } = await talk();
  try {
    for (const at of spread(60, points)) await killAt(at);
    expect(points).toBeGreaterThan(60);
  } finally {
    remove();
  }
});
