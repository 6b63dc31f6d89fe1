// What a task builds on, by how far away it is.

import { taskNumber } from '../model/key.ts';
import type { TaskKey } from '../model/key.ts';
import type { Task } from '../model/task.ts';

/** A task that another one builds on. */
export interface Ancestor {
  readonly task: Task;
  /** 1 = it waits for it itself. */
  readonly distance: number;
}

/**
 * Finds all that a task builds on.
 *
 * @param tasks - The tasks of its run, by number.
 * @param task - The task.
 * @returns Its dependencies, theirs and so on, the nearest first; each once, in the order of the run.
 */
export function ancestorsOf(
  tasks: readonly Task[],
  task: Pick<Task, 'dependsOn' | 'key'>,
): Ancestor[] {
  const seen = new Set<TaskKey>([task.key]);
  const found: Ancestor[] = [];
  let ring: readonly TaskKey[] = task.dependsOn;
  for (let distance = 1; ring.length > 0; distance += 1) {
    const here = [...new Set(ring)]
      .flatMap((key) => (seen.has(key) ? [] : (tasks[taskNumber(key) - 1] ?? [])))
      .toSorted((a, b) => a.number - b.number);
    for (const one of here) seen.add(one.key);
    found.push(...here.map((one) => ({ task: one, distance })));
    ring = here.flatMap(({ dependsOn }) => dependsOn);
  }
  return found;
}
