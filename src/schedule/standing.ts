// Which failures stand, and what they mean for their run.

import type { Failure } from '../model/failure.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { replannerFor } from './replans.ts';
import { factsOf } from './run-facts.ts';

/**
 * Finds the failed task that stops its run now.
 *
 * @param run - The run.
 * @returns The task, or `undefined` when the run may go on.
 */
export function abortingTask(run: Run): Task | undefined {
  return factsOf(run).failed.find(
    ({ key, status }) =>
      status.state === 'failed' && status.aborts && replannerFor(run, key) === undefined,
  );
}

/**
 * Finds the failure that a run ends with, when everything in it is over. A task that a person left
 * behind as failed stops the run no more, but a run with it has not succeeded.
 *
 * @param run - The run.
 * @returns The failure; `null` when the run completes.
 */
export function endingFailure(run: Run): Failure | null {
  const aborting = abortingTask(run);
  if (aborting?.status.state === 'failed') return aborting.status.failure;
  for (const { status, spec } of run.tasks) {
    const own = spec.replaces === undefined && spec.discusses === undefined;
    const planned = spec.kind === 'plan' && run.plans.some(({ state }) => state === 'approved');
    const counts = spec.onFailure !== 'skip' && own && !planned;
    // What a person has taken out is left out like what they skip.
    if (status.state !== 'failed' || status.failure.reason === 'undone') continue;
    if (counts) return status.failure;
  }
  return null;
}

/**
 * Tells whether a task was ended because another one stopped the run.
 *
 * @param task - The task.
 * @returns Whether it comes back when that is undone.
 */
export function wasAborted({ status }: Task): boolean {
  return (
    status.state === 'canceled' &&
    status.because.reason === 'canceled' &&
    status.because.task !== undefined
  );
}
