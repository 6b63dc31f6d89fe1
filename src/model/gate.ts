// What the merge queue has found out about changes that were put on the head of a run together.

import type { BaseUpdates } from './base.ts';
import type { AttemptKey } from './key.ts';
import type { Verdict } from './verdict.ts';

/** Changes that were stacked on the head in this order, and judged by the tree they make together. */
export interface Trial {
  readonly attempts: readonly AttemptKey[];
  /** How often its checks were run. */
  readonly tries: number;
  /** What failed the last time; nothing = it passed. */
  readonly failed: readonly Verdict[];
}

/** How the changes of a run get onto its branch. */
export interface IntegrateSettings {
  /** So many are put together and judged once. */
  readonly batch: number;
  /** A failing check is run so many times more on the same tree. */
  readonly flakyRetries: number;
  /** Left out: never. */
  readonly baseUpdates?: BaseUpdates;
}

/** What a version of tutti that knew no batches went by. */
export const ONE_BY_ONE: IntegrateSettings = { batch: 1, flakyRetries: 0 };

/**
 * Adds what was found out.
 *
 * @param trials - What is known.
 * @param trial - The newest.
 * @returns All of it; the same changes judged again count as one trial.
 */
export function withTrial(trials: readonly Trial[], trial: Trial): readonly Trial[] {
  const before = trials.find(({ attempts }) => isSame(attempts, trial.attempts));
  if (before === undefined) return [...trials, trial];
  const sum = { ...trial, tries: before.tries + trial.tries };
  return trials.map((one) => (one === before ? sum : one));
}

/**
 * Tells whether two lists are of the same changes in the same order.
 *
 * @param one - A list.
 * @param other - Another one.
 * @returns Whether they are.
 */
export function isSame(one: readonly AttemptKey[], other: readonly AttemptKey[]): boolean {
  return one.length === other.length && one.every((key, index) => key === other[index]);
}
