// Finds out what holds the ready tasks of a run; it takes whole runs and all limits.

import type { Run } from '../model/run.ts';
import type { Because } from '../model/task.ts';
import { becauseOf } from './because.ts';
import type { Held } from './held.ts';

/**
 * Sums up what holds the ready tasks of a run.
 *
 * @param run - The run.
 * @param others - The other runs that are going on.
 * @param now - Epoch milliseconds.
 * @returns An entry for each reason, in the order of the tasks.
 */
export function heldOf(run: Run, others: readonly Run[], now: number): readonly Held[] {
  const found = new Map<Because['reason'], Held>();
  for (const task of run.tasks) {
    const because = task.status.state === 'ready' ? becauseOf(task, run, now, others) : null;
    if (because === null) continue;
    const before = found.get(because.reason);
    if (before === undefined) found.set(because.reason, { because, tasks: 1 });
    else found.set(because.reason, { ...before, tasks: before.tasks + 1 });
  }
  return [...found.values()];
}
