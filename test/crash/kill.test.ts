import { describe, expect, it } from 'vitest';

import { killAndResume } from './kill-anywhere.ts';

// A sample: `npm run soak` tries every moment.
const DONE = { key: 'SHOP-1', state: 'completed', outcome: 'full' };

describe('a run that is killed', () => {
  it.each([1, 6, 12, 20])('after %i lines goes on and repeats nothing', async (moment) => {
    expect(await killAndResume([moment])).toMatchObject(DONE);
  });

  it('again and again goes on all the same', async () => {
    expect(await killAndResume([7, 2, 4])).toMatchObject(DONE);
  });
});
