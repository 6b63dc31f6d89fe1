import { describe, expect, it } from 'vitest';

import { stopAt } from './stop.ts';

const DONE = { status: { state: 'completed', outcome: 'full' } };

// A sample: `npm run soak` tries 50 points.
describe('a coordinator that stood still past its lease', () => {
  it('follows whoever has taken over, and says so', async () => {
    expect(await stopAt(150, 'meanwhile')).toEqual({
      ...DONE,
      status: expect.anything(),
      superseded: true,
    });
  });

  it('finds everything done when it wakes up late', async () => {
    expect(await stopAt(330, 'after')).toMatchObject(DONE);
  });
});
