// Tasks that wait for a moment. The moment is kept by the wall clock, for it has to survive a restart;
// whether it has come is the coordinator's word, whose clocks know how much time has really passed.

import { isAnnounced } from '../model/failure.ts';
import type { RunKey, TaskKey } from '../model/key.ts';
import { runOf, taskNumber } from '../model/key.ts';
import type { Task } from '../model/task.ts';
import type { Turn } from './turn.ts';

/** How a task waits for a moment. */
export interface Wait {
  readonly task: TaskKey;
  /** Its length in milliseconds when it began: it never lasts longer, wherever the wall clock is. */
  readonly ms: number;
  /** It is also over when the wall clock has come to the moment: somebody outside announced it. */
  readonly announced: boolean;
}

/**
 * Tells how a task waits for a moment.
 *
 * @param task - The task.
 * @returns Its wait; `null` when it waits for none.
 */
export function waitOf(task: Task): Wait | null {
  const { status } = task;
  if (status.state !== 'ready' || status.notBefore === 0) return null;
  const last = task.attempts.at(-1)?.status;
  const ended = last?.state === 'ended' ? last : null;
  return {
    task: task.key,
    // It began when the attempt before it ended.
    ms: Math.max(0, status.notBefore - (ended?.finishedAt ?? task.createdAt)),
    announced: ended?.outcome.kind === 'failed' && isAnnounced(ended.outcome.failure),
  };
}

/**
 * Ends the wait of a task, unless it waits for another moment by now.
 *
 * @param turn - The turn it happens in.
 * @param due - The task and the moment.
 */
export function waitIsOver(turn: Turn, due: { task: TaskKey; at: number }): void {
  const run = runOf(due.task);
  const status = turn.world.runs.get(run)?.tasks[taskNumber(due.task) - 1]?.status;
  if (status?.state !== 'ready' || status.notBefore === 0 || status.notBefore !== due.at) return;
  turn.emit(run, { type: 'task-due', task: due.task });
}

/**
 * Ends every wait of a run whose moment has come by the turn's own clock.
 *
 * @param turn - The turn it happens in.
 * @param key - The run.
 */
export function allDue(turn: Turn, key: RunKey): void {
  for (const { key: task, status } of turn.world.runs.get(key)?.tasks ?? []) {
    if (status.state === 'ready' && status.notBefore <= turn.now) {
      waitIsOver(turn, { task, at: status.notBefore });
    }
  }
}
