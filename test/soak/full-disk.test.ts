import { afterAll, describe, expect, it } from 'vitest';

import { fillAndResume, makeDisk } from '../crash/fill.ts';

// A few pages at a time, from a disk that has no room for the store to one where the run just fits.
const STEP = 12;
const sizes = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);

// Needs the right to mount.
const disk = makeDisk(24);

afterAll(() => disk?.remove());

describe.runIf(disk !== null)('a disk that is full', () => {
  it.each([...sizes(-8192, -7600, 32), ...sizes(-7600, 400, 800), ...sizes(400, 1000, STEP)])(
    'but for the reserve and %i KiB stops a run only until there is room again',
    async (kilobytes) => {
      const { run } = await fillAndResume(disk?.path ?? '', kilobytes);
      expect(run).toMatchObject({ state: 'completed', outcome: 'full' });
    },
  );
});
