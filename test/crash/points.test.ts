import { describe, expect, it } from 'vitest';

import { countPoints, killAt, spread } from './points.ts';

// A sample: `npm run soak` tries 200 of them.
const most = Math.floor((await countPoints()) * 0.97);

describe('a run that is killed', () => {
  it.each(spread(6, most))('at point %i goes on and repeats nothing', async (at) => {
    expect(await killAt(at)).toMatchObject({ state: 'completed', outcome: 'full' });
  });
});
