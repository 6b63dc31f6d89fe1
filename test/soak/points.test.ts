import { describe, expect, it } from 'vitest';

import { countPoints, killAt, spread } from '../crash/points.ts';

// The last points of a run vary a little from one time to the next.
const most = Math.floor((await countPoints()) * 0.97);

describe.concurrent('a run that is killed', () => {
  it.each(spread(200, most))('at point %i goes on and repeats nothing', async (at) => {
    expect(await killAt(at)).toMatchObject({ state: 'completed', outcome: 'full' });
  });
});
