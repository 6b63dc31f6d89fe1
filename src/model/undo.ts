// Taking the change of a completed task out of its run's branch again, by a revert that passes the
// gate. A run has at most one under way; a finished one may have one too.
//
//   undo-started ─► undo-publishing ─► task-undone
//               └──────────┴─────────► undo-refused     (nothing was moved)
//
// While it is under way nothing else is merged into the run, and what builds on the task waits. After
// a crash it is begun again, or the move that was announced is made.

import type { Failure } from './failure.ts';
import type { TaskKey } from './key.ts';
import type { Publication } from './task.ts';

/** A change on its way out of the run's branch. */
export interface Undo {
  readonly task: TaskKey;
  /** What the task will have failed with: `undone` by a person, or `rolled_back`. */
  readonly failure: Failure;
  /** Tells it from every other one, and is the mark of all processes that it starts. */
  readonly mark: string;
  /** From the announcement on. */
  readonly publication: Publication | null;
}
