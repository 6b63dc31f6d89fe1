// What holds the ready tasks of a run, in short: one entry a reason.

import type { RunKey } from '../model/key.ts';
import type { Because } from '../model/task.ts';
import { plural } from '../util/amount.ts';
import { becauseText } from './because-text.ts';

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
