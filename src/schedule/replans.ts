// What can be read off a run about replacing failed tasks by a new piece of plan.

import type { TaskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import { IMPLEMENTATION } from '../model/stage.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Task } from '../model/task.ts';
import { taskAt } from './moves.ts';
import { factsOf } from './run-facts.ts';

/**
 * Finds the task that plans anew what a failed task was to do.
 *
 * @param run - The run.
 * @param key - The failed task.
 * @returns The planner that is not over yet; until it is, the failure does not stand.
 */
export function replannerFor(run: Run, key: TaskKey): Task | undefined {
  return factsOf(run).replanning.find(
    ({ spec, status }) => spec.replaces === key && !TASK_OVER[status.state],
  );
}

/**
 * Tells whether a task was replaced by a newer plan.
 *
 * @param task - The task.
 * @returns Whether it counts no more, and stays as it is.
 */
export function isSuperseded({ status }: Task): boolean {
  const ended = status.state === 'skipped' || status.state === 'canceled';
  return ended && status.because.reason === 'superseded';
}

/**
 * Tells whether a planner is not needed any more: what it was to replace is tried again itself, or has
 * been planned anew since.
 *
 * @param run - The run.
 * @param planner - A task that was ended; it may be no planner at all.
 * @param again - What is tried again with it.
 * @returns Whether it stays ended.
 */
export function isUnneeded(
  run: Run,
  { spec, number }: Task,
  again: ReadonlySet<TaskKey> = new Set(),
): boolean {
  const { replaces } = spec;
  if (replaces === undefined) return false;
  if (again.has(replaces) || taskAt(run, replaces).status.state !== 'failed') return true;
  return run.tasks.some((other) => other.spec.replaces === replaces && other.number > number);
}

/**
 * Finds the planner that a planner waits for. They go one after the other: a draft stands alone until
 * it is judged, so that a person approves what they were asked about.
 *
 * @param run - The run.
 * @param task - A task that is ready; it may be no planner at all.
 * @returns The planner; `undefined` when there is none.
 */
export function drafterAhead(run: Run, task: Task): Task | undefined {
  if (!drafts(task)) return undefined;
  return run.tasks.find((other) => {
    const { state } = other.status;
    if (!drafts(other) || other.key === task.key || TASK_OVER[state]) return false;
    return other.number < task.number || state === 'running' || state === 'waiting';
  });
}

/** Whether what it hands in becomes a revision of the plan. */
function drafts({ spec }: Task): boolean {
  return spec.kind === 'plan' && spec.discusses === undefined && spec.estimates !== true;
}

/**
 * Counts the tasks that a new piece of plan may have.
 *
 * @param run - The run.
 * @returns How many fit into `max_tasks` in the place of one.
 */
export function roomForPiece(run: Run): number {
  const counted = run.tasks.filter((task) => task.stage === IMPLEMENTATION && !isSuperseded(task));
  return run.settings.maxTasks - counted.length + 1;
}

/**
 * Tells why a task cannot be replaced by a new piece of plan.
 *
 * @param run - The run.
 * @param task - The task that failed.
 * @returns The reason in words; `null` when it can.
 */
export function whyNoReplan(run: Run, task: Task): string | null {
  const { replanner, maxReplans } = run.settings;
  if (replanner === null) return `no model is there to plan ${run.key} anew`;
  if (task.spec.kind === 'plan') return `${task.key} makes a plan itself`;
  // What a stage finds out is no piece of the plan, which may not even be there yet.
  if (task.stage !== IMPLEMENTATION)
    return `${task.key} belongs to the stage ${task.stage}, not to the plan`;
  const by = replannerFor(run, task.key);
  if (by !== undefined) return `${task.key} is being planned anew already by ${by.key}`;
  const used = run.tasks.filter(({ spec }) => spec.replaces !== undefined).length;
  if (used >= maxReplans) return `all ${maxReplans} replans of ${run.key} are used up`;
  return roomForPiece(run) < 1 ? `${run.key} has max_tasks tasks already` : null;
}
