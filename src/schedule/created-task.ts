import type { Event } from '../model/event.ts';
import { taskKey, taskNumber } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { BrokenTransition } from './broken-transition.ts';

/**
 * Makes a task that joins its run.
 *
 * @param run - The run; the task is its next.
 * @param event - What joined.
 * @param at - When.
 * @returns The task.
 * @throws {BrokenTransition} When its key is not the next one.
 */
export function createdTask(
  run: Run,
  event: Extract<Event, { type: 'task-added' }>,
  at: number,
): Task {
  const { type, task: key, stage, spec, dependsOn } = event;
  const number = run.tasks.length + 1;
  if (key !== taskKey(run.key, number)) {
    throw new BrokenTransition(key, type, run.tasks[taskNumber(key) - 1]?.status.state ?? null);
  }
  return {
    key,
    run: run.key,
    number,
    stage,
    spec,
    dependsOn,
    status: { state: 'pending' },
    attempts: [],
    failures: 0,
    conflicts: 0,
    lost: 0,
    approved: false,
    instruction: null,
    takenBack: null,
    createdAt: at,
    startedAt: null,
    finishedAt: null,
  };
}
