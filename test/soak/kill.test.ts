import { describe, expect, it } from 'vitest';

import { killAndResume } from '../crash/kill-anywhere.ts';

const MOMENTS = Array.from({ length: 30 }, (_, index) => index);

const DONE = { key: 'SHOP-1', state: 'completed', outcome: 'full' };

describe.concurrent('a run that is killed', () => {
  it.each(MOMENTS)('after %i lines, and again while it resumes', async (moment) => {
    expect(
      await killAndResume([moment, (moment * 7) % 11, (moment * 5) % 13, (moment * 3) % 7]),
    ).toMatchObject(DONE);
  });
});
