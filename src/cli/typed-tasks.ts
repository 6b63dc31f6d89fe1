// How a person names tasks of a plan in a session: by their numbers as they are shown, or their ids.

import { no, ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import type { PlanTask } from '../model/plan.ts';

/**
 * Finds the task that a person means.
 *
 * @param typed - Its number, from 1, or its id.
 * @param tasks - The tasks as they are shown.
 * @returns The task.
 */
export function taskNamed(typed: string, tasks: readonly PlanTask[]): Result<PlanTask> {
  const word = typed.trim().replace(/\.$/u, '');
  const task =
    tasks.find(({ id }) => id === word) ??
    (/^\d+$/u.test(word) ? tasks[Number(word) - 1] : undefined);
  if (task !== undefined) return ok(task);
  const what = word === '' ? 'no task was named' : `there is no task "${word.slice(0, 40)}"`;
  return no('unknown_task', what, `a number from 1 to ${tasks.length}, or an id`);
}

/**
 * Reads a title, behind which may stand what the task waits for: `Write the docs (after 1, api)`.
 *
 * @param typed - What was typed.
 * @param tasks - The tasks as they are shown.
 * @returns The title and the ids; `null` = nothing was said of them.
 */
export function readTitle(
  typed: string,
  tasks: readonly PlanTask[],
): Result<{ readonly title: string; readonly after: readonly string[] | null }> {
  const parts = /^(?<title>.+?)\s*\(after (?<names>[^()]+)\)$/su.exec(typed)?.groups;
  if (parts === undefined) return ok({ title: typed, after: null });
  const after: string[] = [];
  for (const name of (parts['names'] ?? '').split(',')) {
    const named = taskNamed(name, tasks);
    if (!named.ok) return named;
    after.push(named.value.id);
  }
  return ok({ title: parts['title'] ?? typed, after });
}
