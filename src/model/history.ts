// How long work took in the past, by agent and kind: what estimates are corrected by.

import type { TaskKind } from './plan.ts';

/** One finished task: what was expected of it and what it took. */
export interface PastTask {
  readonly agent: string;
  readonly kind: TaskKind;
  /** The plan's estimate; `null` where it had none. */
  readonly estimatedMinutes: number | null;
  /** From the start of the attempt that succeeded to its end. */
  readonly minutes: number;
}

/** What the past says about the work of one agent and kind: medians, which no outlier moves. */
export interface PastWork {
  /** `null` where there are too few tasks to say. */
  readonly minutes: number | null;
  /** How many times the estimate it took; `null` where too few tasks had one. */
  readonly ratio: number | null;
}

/** What the past says, by {@link pastKey}. */
export type History = ReadonlyMap<string, PastWork>;

/** A project without a past. */
export const NO_HISTORY: History = new Map();

/**
 * Names the work that is alike.
 *
 * @param agent - Who does it.
 * @param kind - What it is for.
 * @returns The key of a {@link History}.
 */
export function pastKey(agent: string, kind: TaskKind): string {
  return `${kind} ${agent}`;
}
