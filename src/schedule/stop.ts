import type { Attempt, AttemptOutcome, AttemptStatus, CancelReason } from '../model/attempt.ts';
import type { RunKey, TaskKey } from '../model/key.ts';
import { runOf } from '../model/key.ts';
import type { Task } from '../model/task.ts';
import type { Turn } from './turn.ts';

/**
 * Tells the live attempts of a run or a task to stop. Their slots stay taken until they are gone.
 *
 * @param turn - The turn it happens in.
 * @param key - A run or one of its tasks.
 * @param as - What they will end as.
 */
export function stopAttempts(turn: Turn, key: RunKey | TaskKey, as: AttemptOutcome): void {
  for (const task of turn.run(runOf(key)).tasks) {
    if (key !== task.run && key !== task.key) continue;
    const attempt = task.attempts.at(-1);
    if (attempt !== undefined) stopAttempt(turn, attempt, as);
  }
}

/**
 * Gives up what a waiting task has handed in: it would have gone on with that.
 *
 * @param turn - The turn it happens in.
 * @param task - The task.
 * @param why - What becomes of the task.
 */
export function dropHandedIn(turn: Turn, task: Task, why: CancelReason): void {
  const attempt = task.attempts.at(-1);
  if (task.status.state !== 'waiting' || attempt?.status.state !== 'handed_in') return;
  const outcome = { kind: 'canceled', why } as const;
  turn.emit(task.run, { type: 'attempt-ended', attempt: attempt.key, outcome });
}

/**
 * Tells one attempt to stop, unless it is being stopped already and this says nothing stronger.
 *
 * @param turn - The turn it happens in.
 * @param attempt - The attempt.
 * @param as - What it will end as.
 */
export function stopAttempt(turn: Turn, { key, status }: Attempt, as: AttemptOutcome): void {
  if (!stoppable(status, as)) return;
  turn.emit(runOf(key), { type: 'attempt-stopping', attempt: key, as });
}

/**
 * A person's skip, and a newer plan before all, also hold for what is being stopped already: it must
 * not be tried again.
 */
function stoppable(status: AttemptStatus, as: AttemptOutcome): boolean {
  if (status.state !== 'stopping') return status.state === 'leased' || status.state === 'running';
  return strength(as) > strength(status.as);
}

function strength(as: AttemptOutcome): number {
  if (as.kind !== 'canceled') return 0;
  return ['skipped', 'superseded'].indexOf(as.why) + 1;
}
