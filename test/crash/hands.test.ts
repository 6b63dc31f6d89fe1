import { describe, expect, it } from 'vitest';

import { playKilled } from './hands-kill.ts';

describe('agents on one repository, killed again and again', () => {
  // A sample: `npm run soak` plays a hundred.
  it.each([1, 2, 3])('lose nothing with seed %i', { timeout: 600_000 }, async (seed) => {
    expect((await playKilled(seed)).run.status).toMatchObject({ outcome: 'full' });
  });
});
