// Looking where the branches of a run are, because somebody waits for that.

import type { RunKey } from '../model/key.ts';
import { lookStep } from '../schedule/base-due.ts';
import type { Bench, LiveEffect } from './bench.ts';
import { lookAt } from './branches.ts';

/**
 * Looks where the branches of a run are, until that is known for a head of it. Another head is looked
 * at by itself: this look may be at its end already when the run has moved on.
 *
 * @param bench - The coordinator.
 * @param key - The run.
 * @param head - The head that they are compared with.
 * @returns The work; it is too short to be stopped.
 */
export function lookAtBranches(bench: Bench, key: RunKey, head: string): LiveEffect {
  const work = async (): Promise<void> => {
    for (;;) {
      const { world } = bench;
      const run = world.runs.get(key);
      if (run === undefined || lookStep(run, world.desk) !== head) return;
      const seen = await lookAt(bench.workshop.repository, run);
      await bench.hear({ type: 'looked', run: key, seen });
      // It has come to its end, or stands still: nobody hears it.
      if (bench.world === world) return;
    }
  };
  return { done: work(), stop: () => {} };
}
