// What work took in the past, by agent, kind and runtime: what estimates are corrected by.

import type { TaskKind } from './plan.ts';

/** One finished task: what was expected of it and what it took. */
export interface PastTask {
  readonly agent: string;
  readonly kind: TaskKind;
  readonly runtime: string;
  /** The plan's estimate; `null` where it had none. */
  readonly estimatedMinutes: number | null;
  /** From the start of the attempt that succeeded to its end. */
  readonly minutes: number;
  /** Of all its attempts. */
  readonly usd: number;
}

/** The middle half of what was seen. */
export interface Quartiles {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** What the past says about one sort of work: medians, which no outlier moves. */
export interface PastWork {
  /** How many finished tasks it rests on. */
  readonly samples: number;
  /** `null` where there are too few tasks to say. */
  readonly minutes: number | null;
  /** How many times the estimate it took; `null` where too few tasks had one. */
  readonly ratio: number | null;
  /** `null` where there are too few tasks to say. */
  readonly usd: Quartiles | null;
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
 * @param runtime - How the agent is executed; `null` = by any.
 * @returns The key of a {@link History}.
 */
export function pastKey(agent: string, kind: TaskKind, runtime: string | null = null): string {
  return runtime === null ? `${kind} ${agent}` : `${kind} ${agent} ${runtime}`;
}

/** What is known about who does what: what an agent did, or what a person gave to one. */
export type PastPick =
  | {
      readonly kind: 'done';
      readonly title: string;
      readonly agent: string;
      /** Whether its first try passed. */
      readonly passed: boolean;
    }
  | {
      readonly kind: 'given';
      readonly title: string;
      /** Who had it before; `null` = whoever the words mean. */
      readonly from: string | null;
      readonly to: string;
    };
