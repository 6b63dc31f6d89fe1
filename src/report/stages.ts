// The stages of a run as far as it has got: nothing but its tasks, grouped.

import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { TASK_OVER } from '../model/task.ts';
import { formatDuration, plural } from '../util/amount.ts';
import type { StageJson } from './json-shapes.ts';
import { isoTime } from './json.ts';

function stageState(tasks: readonly Task[], run: Run): StageJson['state'] {
  const has = (state: Task['status']['state']): boolean =>
    tasks.some(({ status }) => status.state === state);
  if (tasks.length === 0) return 'pending';
  const open = tasks.some(({ status }) => !TASK_OVER[status.state]);
  if (open) {
    if (RUN_OVER[run.status.state]) return 'canceled';
    return tasks.every(({ startedAt }) => startedAt === null) ? 'pending' : 'running';
  }
  if (has('failed')) return 'failed';
  if (has('canceled')) return 'canceled';
  return has('completed') ? 'completed' : 'skipped';
}

const latest = (times: readonly (number | null)[]): number | null =>
  times.reduce<number | null>((last, at) => (at !== null && at > (last ?? 0) ? at : last), null);

/** As they are configured; those that are still to come have no tasks yet. */
function inOrder(
  run: Run,
  byName: ReadonlyMap<string, readonly Task[]>,
): ReadonlyMap<string, readonly Task[]> {
  const isOver = RUN_OVER[run.status.state];
  const known = run.settings.stages.list.filter(
    ({ name, enabled }) => byName.has(name) || (enabled && !isOver),
  );
  const ordered = known.map(({ name }) => [name, byName.get(name) ?? []] as const);
  return new Map([...ordered, ...byName]);
}

/**
 * Describes the stages of a run.
 *
 * @param run - The run.
 * @returns Its stages in their order, with those that are still to come.
 */
export function stagesJson(run: Run): StageJson[] {
  const byName = new Map<string, Task[]>();
  for (const task of run.tasks) {
    const tasks = byName.get(task.stage);
    if (tasks === undefined) byName.set(task.stage, [task]);
    else tasks.push(task);
  }
  return [...inOrder(run, byName)].map(([name, tasks]) => {
    const state = stageState(tasks, run);
    const starts = tasks.flatMap(({ startedAt }) => startedAt ?? []);
    const open = state === 'pending' || state === 'running';
    return {
      name,
      state,
      tasks: tasks.map(({ key }) => key),
      startedAt: isoTime(starts.length === 0 ? null : starts.reduce((a, b) => Math.min(a, b))),
      finishedAt: isoTime(open ? null : latest(tasks.map(({ finishedAt }) => finishedAt))),
    };
  });
}

/**
 * Shows the stages of a run: `show KEY --stages`.
 *
 * @param run - The run.
 * @param now - Epoch milliseconds.
 * @returns The text, without a line feed at its end.
 */
export function renderStages(run: Run, now: number): string {
  const stages = stagesJson(run);
  if (stages.length === 0) return `${run.key} has no stages yet.`;
  const width = Math.max(...stages.map(({ name }) => name.length));
  return stages
    .map(({ name, state, tasks, startedAt, finishedAt }) => {
      const end = finishedAt === null ? now : Date.parse(finishedAt);
      const took = startedAt === null ? '' : formatDuration(end - Date.parse(startedAt));
      const count = plural(tasks.length, 'task').padEnd(9);
      return `${name.padEnd(width)}  ${state.padEnd(9)}  ${count}  ${took}`.trimEnd();
    })
    .join('\n');
}
