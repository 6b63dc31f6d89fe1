// Whether tasks passed at the first try, and what plans looked like: what outcomes are grouped by.

import { layers } from '../graph/layers.ts';
import type { FailureReason } from '../model/failure.ts';
import type { OutcomeAttempt, OutcomeRun, OutcomeTask } from '../model/outcome.ts';

/** A share of something, counted. */
export interface Share {
  readonly of: number;
  readonly count: number;
  /** From 0 to 1; `null` of nothing. */
  readonly share: number | null;
}

/** Failures that say something about the work; of the others the agent is innocent. */
const OWN: ReadonlySet<FailureReason> = new Set([
  'agent_error',
  'timeout',
  'idle_timeout',
  'no_change',
  'check_failed',
  'invalid_output',
  'refused',
  'secret',
  'limit',
]);

/**
 * Finds the first attempt of a task whose outcome says something about the work.
 *
 * @param task - The task.
 * @returns The attempt; `null` while there is none.
 */
export function firstTry({ attempts }: Pick<OutcomeTask, 'attempts'>): OutcomeAttempt | null {
  return (
    attempts.find(
      ({ outcome, reason }) => outcome === 'succeeded' || (reason !== null && OWN.has(reason)),
    ) ?? null
  );
}

/** How the tasks of a plan depend on one another. */
export type PlanShape =
  /** One task. */
  | 'single'
  /** None waits for another. */
  | 'parallel'
  /** Each waits for the one before. */
  | 'chain'
  /** Anything else. */
  | 'graph';

/**
 * Tells the shape of a run's plan. Only what was planned counts: no research, no planning, no review.
 *
 * @param run - The run.
 * @returns Its shape; `null` where no task of it does the work.
 */
export function planShape({ tasks }: Pick<OutcomeRun, 'tasks'>): PlanShape | null {
  const work = tasks.filter(({ kind }) => kind === 'work' || kind === 'custom');
  if (work.length < 2) return work.length === 0 ? null : 'single';
  const steps = layers(new Map(work.map(({ key, dependsOn }) => [key, dependsOn]))).length;
  if (steps === 1) return 'parallel';
  return steps === work.length ? 'chain' : 'graph';
}

/**
 * Measures how long at least one of several spans lasted.
 *
 * @param spans - Beginnings and ends.
 * @returns Milliseconds, what overlaps counted once.
 */
export function unionMs(spans: readonly (readonly [from: number, to: number])[]): number {
  let [sum, end] = [0, -Infinity];
  for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0])) {
    if (to > end) {
      sum += to - Math.max(from, end);
      end = to;
    }
  }
  return sum;
}

/**
 * Counts a share.
 *
 * @param count - How many.
 * @param of - Of how many.
 * @returns Both, and the share.
 */
export function shareOf(count: number, of: number): Share {
  return { of, count, share: of === 0 ? null : rounded(count / of) };
}

/**
 * Takes digits off that say nothing.
 *
 * @param value - A number.
 * @returns It, to a thousandth.
 */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
