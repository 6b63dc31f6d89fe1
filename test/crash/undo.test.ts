import { afterAll, describe, expect, it } from 'vitest';

import { spread } from './points.ts';
import { finishedRun } from './undo.ts';

const run = await finishedRun();
afterAll(() => run.remove());

// A sample: `npm run soak` tries 50 of them.
describe('an undo that is killed', () => {
  it.each(spread(5, run.points))(
    'at point %i and given again takes the change out once',
    async (at) => {
      await run.killAt(at);
      expect(run.points).toBeGreaterThan(0);
    },
  );
});
