// The steps that events are made of: what moves from one state to the next is moved here, and a move
// that no machine of model/transitions.ts knows is refused as a bug.

import type { Attempt, AttemptStatus } from '../model/attempt.ts';
import type { EventType } from '../model/event.ts';
import { taskNumber, taskOf } from '../model/key.ts';
import type { AttemptKey, TaskKey } from '../model/key.ts';
import type { Run, RunStatus } from '../model/run.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Task, TaskStatus } from '../model/task.ts';
import {
  ATTEMPT_TRANSITIONS,
  RUN_TRANSITIONS,
  TASK_TRANSITIONS,
  nextState,
} from '../model/transitions.ts';
import type { TaskPlace } from '../model/transitions.ts';
import { BrokenTransition } from './broken-transition.ts';
import { noteChange } from './lineage.ts';

/**
 * Moves a run to another state, or lets it stay where an event does not move it.
 *
 * @param run - The run.
 * @param event - The type of the event that does it.
 * @param status - Where it is then.
 * @returns The run after it.
 * @throws {BrokenTransition} When no machine knows the event in the present state.
 */
export function moved(run: Run, event: EventType, status: RunStatus): Run {
  if (nextState(RUN_TRANSITIONS, event, run.status.state) !== status.state) {
    throw new BrokenTransition(run.key, event, run.status.state);
  }
  return { ...run, status };
}

/**
 * Finds a task by its key.
 *
 * @param run - Its run.
 * @param key - The task's key.
 * @returns The task.
 * @throws {RangeError} When the run has no such task.
 */
export function taskAt(run: Run, key: TaskKey): Task {
  const task = run.tasks[taskNumber(key) - 1];
  if (task === undefined) throw new RangeError(`${run.key} has no task ${key}`);
  return task;
}

/**
 * Changes a task.
 *
 * @param run - Its run.
 * @param key - The task's key.
 * @param change - What becomes of the task.
 * @returns The run with the changed task; the others are shared.
 */
export function withTask(run: Run, key: TaskKey, change: (task: Task) => Task): Run {
  const index = taskNumber(key) - 1;
  const tasks = run.tasks.with(index, change(taskAt(run, key)));
  noteChange(run.tasks, tasks, index);
  return { ...run, tasks };
}

/** The place of a task in its machine. */
function placeOf(status: TaskStatus): TaskPlace {
  return status.state === 'running' ? `running(${status.phase})` : status.state;
}

/**
 * Moves a task to another state; one that is not being integrated any more leaves the queue.
 *
 * @param run - Its run.
 * @param key - The task's key.
 * @param event - The type of the event that does it.
 * @param to - Where it is then, and the moment.
 * @param to.status - Where it is then.
 * @param to.at - Epoch milliseconds.
 * @returns The run after it.
 * @throws {BrokenTransition} When no machine knows the event in the present state.
 */
export function placed(
  run: Run,
  key: TaskKey,
  event: EventType,
  { status, at }: { status: TaskStatus; at: number },
): Run {
  const from = placeOf(taskAt(run, key).status);
  if (nextState(TASK_TRANSITIONS, event, from) !== placeOf(status)) {
    throw new BrokenTransition(key, event, from);
  }
  const integrating = status.state === 'running' && status.phase === 'integrate';
  const queue =
    integrating || !run.queue.includes(key)
      ? run.queue
      : run.queue.filter((other) => other !== key);
  return withTask({ ...run, queue }, key, (task) => ({
    ...task,
    status,
    finishedAt: TASK_OVER[status.state] ? at : null,
  }));
}

/**
 * Moves the latest attempt of a task to another state.
 *
 * @param run - The run.
 * @param key - The attempt's key.
 * @param event - The type of the event that does it.
 * @param change - What changes in the attempt, with where it is then.
 * @returns The run after it.
 * @throws {BrokenTransition} When it is not the latest one, or no machine knows the event.
 */
export function attempted(
  run: Run,
  key: AttemptKey,
  event: EventType,
  change: (attempt: Attempt) => Partial<Attempt> & { status: AttemptStatus },
): Run {
  return withTask(run, taskOf(key), (task) => {
    const attempt = task.attempts.at(-1);
    if (attempt === undefined || attempt.key !== key) throw new BrokenTransition(key, event, null);
    const changed = { ...attempt, ...change(attempt) };
    const { state } = attempt.status;
    if (nextState(ATTEMPT_TRANSITIONS, event, state) !== changed.status.state) {
      throw new BrokenTransition(key, event, state);
    }
    return { ...task, attempts: [...task.attempts.slice(0, -1), changed] };
  });
}
