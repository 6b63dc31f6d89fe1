// What `--json` prints of a task, with why it is not going on.

import type { Run } from '../model/run.ts';
import { IMPLEMENTATION } from '../model/stage.ts';
import type { Task } from '../model/task.ts';
import { NO_RUNS, becauseOf } from './because.ts';
import type { TaskJson } from './json-shapes.ts';
import { becauseJson, crewOf, failureJson, isoTime } from './json.ts';

/** What has taken its place; what was completed stays so, and its change stays. */
function supersededBy({ status, number, stage }: Task, run: Run): string | null {
  if (status.state === 'skipped' || status.state === 'canceled') {
    return status.because.reason === 'superseded' ? (status.because.task ?? null) : null;
  }
  if (status.state !== 'completed' || stage !== IMPLEMENTATION) return null;
  // Runs of thousands of tasks are described whole: most have no planner after the first task.
  for (let at = run.tasks.length - 1; at >= number; at -= 1) {
    const later = run.tasks[at];
    if (later !== undefined && hasPlanned(later)) return later.key;
  }
  return null;
}

function hasPlanned({ spec, status }: Task): boolean {
  return (
    spec.kind === 'plan' &&
    spec.replaces === undefined &&
    spec.discusses === undefined &&
    status.state === 'completed'
  );
}

/**
 * Describes a task.
 *
 * @param task - The task.
 * @param run - Its run.
 * @param now - Epoch milliseconds.
 * @param others - The other runs that are going on.
 * @returns Its JSON.
 */
export function taskJson(
  task: Task,
  run: Run,
  now: number,
  others: readonly Run[] = NO_RUNS,
): TaskJson {
  const { status, spec } = task;
  const because = becauseOf(task, run, now, others);
  return {
    key: task.key,
    id: task.key,
    planId: spec.id,
    title: spec.title,
    kind: spec.kind,
    stage: task.stage,
    state: status.state,
    phase: status.state === 'running' ? status.phase : null,
    proof: status.state === 'completed' ? status.proof : null,
    ...crewOf(task, run),
    dependsOn: task.dependsOn,
    attempts: task.attempts.length,
    failure: status.state === 'failed' ? failureJson(status.failure) : null,
    because: because === null ? null : becauseJson(because),
    supersededBy: supersededBy(task, run),
    branch: null,
    commit: status.state === 'completed' ? status.commit : null,
    startedAt: isoTime(task.startedAt),
    finishedAt: isoTime(task.finishedAt),
  };
}
