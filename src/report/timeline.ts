// What happened when, and what the run really waited for.

import { taskOf } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { LoggedEvent } from '../model/summary.ts';
import type { Task } from '../model/task.ts';
import type { ReportJson } from './json-shapes.ts';

/**
 * Lists what happened, oldest first.
 *
 * @param events - The run's log.
 * @returns Moments with the event's name and its task, where it has one.
 */
export function timelineOf(events: readonly LoggedEvent[]): ReportJson['timeline'] {
  return events.map(({ at, event }) => {
    let task: string | null = null;
    if ('task' in event) ({ task } = event);
    else if ('attempt' in event) task = taskOf(event.attempt);
    else if (event.type === 'ask-opened') ({ task } = event.ask);
    return { at: new Date(at).toISOString(), task, event: event.type };
  });
}

/** Of some tasks the one that ended last; those that were left out by decree do not count. */
function lastEnded(tasks: readonly Task[]): Task | undefined {
  let last: Task | undefined;
  for (const task of tasks) {
    const { state } = task.status;
    const done = state === 'completed' || state === 'failed';
    if (done && task.finishedAt !== null && task.finishedAt > (last?.finishedAt ?? -1)) last = task;
  }
  return last;
}

/**
 * Finds the chain of tasks that the run's length came from: from the task that ended last, back
 * through the dependency that ended last.
 *
 * @param run - The run.
 * @returns Keys in the order in which they ran; empty when nothing has ended.
 */
export function criticalPath(run: Run): string[] {
  const byKey = new Map(run.tasks.map((task) => [task.key, task]));
  const path: string[] = [];
  const seen = new Set<string>();
  let task = lastEnded(run.tasks);
  while (task !== undefined && !seen.has(task.key)) {
    path.push(task.key);
    seen.add(task.key);
    task = lastEnded(task.dependsOn.flatMap((key) => byKey.get(key) ?? []));
  }
  return path.toReversed();
}
