// What holds the ready tasks of a run, in short: one entry a reason.

import type { RunKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Because } from '../model/task.ts';
import { plural } from '../util/amount.ts';
import { becauseOf, becauseText } from './because.ts';

/** A reason why ready tasks do not start. */
export interface Held {
  /** That of the first of them. */
  readonly because: Because;
  /** How many wait for that reason. */
  readonly tasks: number;
}

/** What holds the ready tasks of runs that have any. */
export type HeldByRun = ReadonlyMap<RunKey, readonly Held[]>;

/** No task of any run is held. */
export const NOTHING_HELD: HeldByRun = new Map();

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

/**
 * Says what holds the ready tasks of a run.
 *
 * @param held - The reasons.
 * @param now - Epoch milliseconds.
 * @returns Such as `2 tasks: waits for a free slot`; empty where nothing is held.
 */
export function heldText(held: readonly Held[], now: number): string {
  return held
    .map(({ because, tasks }) => `${plural(tasks, 'task')}: ${becauseText(because, now)}`)
    .join('; ');
}
