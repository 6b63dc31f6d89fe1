// Which checks speak for a task.

import type { Check } from '../model/plan.ts';
import type { Job } from './bench.ts';

/** Longest time for a check that a plan names without one. */
const TASK_CHECK_SECS = 600;

/**
 * Lists the run's checks and a task's own; the run's say nothing of a task that changes nothing.
 *
 * @param job - The attempt.
 * @param changes - Whether it has changed anything.
 * @returns The checks, each command once.
 */
export function checksOf(
  { run, task }: Pick<Job, 'run' | 'task'>,
  changes: boolean,
): readonly Check[] {
  const own = task.spec.checks.map((line, index): Check => ({
    name: `${task.spec.id}-${index + 1}`,
    run: line,
    timeoutSecs: TASK_CHECK_SECS,
  }));
  return onceEach(changes ? [...run.settings.checks, ...own] : own);
}

/**
 * Leaves out what comes twice.
 *
 * @param checks - Checks.
 * @returns Each command once.
 */
export function onceEach(checks: readonly Check[]): readonly Check[] {
  return checks.filter(
    (check, index) => checks.findIndex((one) => one.run === check.run) === index,
  );
}
