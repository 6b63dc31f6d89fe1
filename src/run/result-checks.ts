// What must hold of a run's result as a whole, and where that is judged.

import type { Check } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { IMPLEMENTATION } from '../model/stage.ts';
import type { Task } from '../model/task.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Bench } from './bench.ts';
import { allowedOf } from './environment.ts';
import type { Judging } from './judge-tree.ts';

/** Longest time for a check that a plan names without one. */
const TASK_CHECK_SECS = 600;
const TAIL = 1500;

/**
 * Lists what must hold of a run's result: its checks, and those that its finished tasks were proven by.
 *
 * @param run - The run.
 * @param without - A task whose own checks say nothing any more.
 * @returns The checks.
 */
export function checksOfResult(run: Run, without?: Task): readonly Check[] {
  const checks = new Map(run.settings.checks.map((check) => [check.run, check]));
  for (const task of run.tasks) {
    const { stage, status, spec } = task;
    if (task === without || stage !== IMPLEMENTATION || status.state !== 'completed') continue;
    for (const [index, line] of spec.checks.entries()) {
      const name = `${spec.id}-${index + 1}`;
      if (!checks.has(line)) checks.set(line, { name, run: line, timeoutSecs: TASK_CHECK_SECS });
    }
  }
  return [...checks.values()];
}

/**
 * Tells where and with what a result is judged that is no task's.
 *
 * @param bench - The coordinator.
 * @param run - Whose result it is.
 * @param how - A name for the checkout's folder, the mark of all that is started, and what ends it.
 * @returns What the checks are run with.
 */
export function resultPlace(
  bench: Bench,
  { key, branch, settings: { workspace, limits, integrate } }: Run,
  how: Pick<Judging, 'name' | 'mark' | 'signal'>,
): Omit<Judging, 'checks' | 'treeish'> {
  return {
    ...how,
    branch,
    settings: workspace,
    limits,
    retries: integrate.flakyRetries,
    env: { ...allowedOf(bench.workshop.environment, workspace.env), TUTTI_RUN: key },
    mayStart: () => bench.holdsLease(),
  };
}

/**
 * Tells the end of what a check printed, where the failures stand, for a message to a person.
 *
 * @param verdict - Its verdict.
 * @returns At most 1,500 characters.
 */
export function tailOf({ summary }: Verdict): string {
  return summary.slice(-TAIL);
}
