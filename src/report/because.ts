// Why a task is not going on: read off the run, so that every place gives the same reason.

import { blockedOn } from '../model/attempt.ts';
import { taskNumber } from '../model/key.ts';
import type { AskKey, TaskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Because, Task } from '../model/task.ts';
import { whyHeld } from '../schedule/why-held.ts';

/** No other runs. */
export const NO_RUNS: readonly Run[] = [];

/**
 * Finds a task of a run by its key.
 *
 * @param run - The run.
 * @param key - The task's key.
 * @returns The task, or `undefined` when the run has none of that key.
 */
function taskOfRun(run: Run, key: TaskKey): Task | undefined {
  return run.tasks[taskNumber(key) - 1];
}

function whatIsAsked(key: AskKey, run: Run): Because {
  const ask = run.asks.find((one) => one.key === key);
  const reason = ask?.kind === 'approval' || ask?.kind === 'budget' ? ask.kind : 'ask';
  return ask === undefined ? { reason } : { reason, text: ask.question };
}

/** Its agent waits for leave to do something. */
function leaveFor({ attempts }: Task, run: Run): Because | null {
  const attempt = attempts.at(-1);
  const ask = attempt === undefined ? null : blockedOn(attempt);
  return ask === null ? null : whatIsAsked(ask, run);
}

/** The merge queue is worked on from its head. */
function beforeIt({ key }: Task, { queue: [first] }: Run): Because | null {
  return first === undefined || first === key ? null : { reason: 'gate', task: first };
}

/**
 * Tells why a task is not going on.
 *
 * @param task - The task.
 * @param run - Its run.
 * @param now - Epoch milliseconds.
 * @param others - The other runs that are going on: they share slots, locks and quotas.
 * @returns The reason; `null` while it is worked on and when it is completed or failed.
 */
export function becauseOf(
  task: Task,
  run: Run,
  now: number,
  others: readonly Run[] = NO_RUNS,
): Because | null {
  const { status } = task;
  switch (status.state) {
    case 'pending': {
      const open = task.dependsOn.find((key) => taskOfRun(run, key)?.status.state !== 'completed');
      if (open !== undefined) return { reason: 'dependency', task: open };
      return whyHeld(task, run, others, now);
    }
    case 'ready':
      return whyHeld(task, run, others, now);
    case 'waiting':
      return whatIsAsked(status.ask, run);
    case 'skipped':
    case 'canceled':
      return status.because;
    case 'running':
      return status.phase === 'integrate' ? beforeIt(task, run) : leaveFor(task, run);
    case 'completed':
    case 'failed':
      return null;
  }
}
