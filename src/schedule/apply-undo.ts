// What it does to a run that a change is taken out of its branch again.

import type { Failure } from '../model/failure.ts';
import type { TaskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Publication } from '../model/task.ts';
import { BrokenTransition } from './broken-transition.ts';

/**
 * Begins to take the change of a task out.
 *
 * @param run - The run; nothing else is being taken out of it.
 * @param task - The task.
 * @param failure - What it will have failed with.
 * @param mark - What tells this undo from others.
 * @returns The run with it.
 * @throws {BrokenTransition} When another one is under way.
 */
export function undoing(run: Run, task: TaskKey, failure: Failure, mark: string): Run {
  if (run.undo !== null) throw new BrokenTransition(run.undo.task, 'undo-started', 'undo');
  return { ...run, undo: { task, failure, mark, publication: null } };
}

/**
 * Announces the move of the branch to a revert.
 *
 * @param run - The run.
 * @param task - Whose change it takes out.
 * @param publication - The move.
 * @returns The run with the announcement.
 * @throws {BrokenTransition} When that is not under way, or announced already.
 */
export function announced(run: Run, task: TaskKey, publication: Publication): Run {
  const { undo } = run;
  if (undo?.task !== task || undo.publication !== null) {
    throw new BrokenTransition(task, 'undo-publishing', undo === null ? null : 'publishing');
  }
  return { ...run, undo: { ...undo, publication } };
}

/**
 * Notes that the change is out: the head is the revert, and a finished run lacks something now.
 *
 * @param run - The run.
 * @param task - The task.
 * @param head - The revert.
 * @returns The run after it.
 * @throws {BrokenTransition} When its move was not announced.
 */
export function undone(run: Run, task: TaskKey, head: string): Run {
  const { undo, status } = run;
  if (undo?.task !== task || undo.publication?.new !== head) {
    throw new BrokenTransition(task, 'task-undone', undo === null ? null : 'undo');
  }
  const lacking =
    status.state === 'completed' ? { ...status, outcome: 'partial' as const } : status;
  return { ...run, status: lacking, head, undo: null, trials: [] };
}
