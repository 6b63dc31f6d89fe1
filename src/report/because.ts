// Why a task is not going on: read off the run, so that every place gives the same reason.

import { taskNumber } from '../model/key.ts';
import type { AskKey, TaskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Because, Task } from '../model/task.ts';
import { whyHeld } from '../schedule/why-held.ts';
import { formatDuration } from '../util/amount.ts';
import { oneLine } from '../util/terminal-text.ts';

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
      return status.phase === 'integrate' ? beforeIt(task, run) : null;
    case 'completed':
    case 'failed':
      return null;
  }
}

const other = ({ task }: Because): string => task ?? 'another task';

/** What each reason is in words; `left` is how long it lasts, where that is known. */
const WORDS: Readonly<Record<Because['reason'], (because: Because, left: string) => string>> = {
  dependency: (because) => `waits for ${other(because)}`,
  slot: () => 'waits for a free slot',
  workspace: () => 'waits for a free workspace',
  capability: () => 'waits for a worker that can do it',
  gate: (because) => `waits for ${other(because)} to be merged`,
  ask: () => 'waits for an answer',
  approval: () => 'waits for approval',
  quota: (_, left) => `waits ${left} for quota`,
  rate_limited: (_, left) => `waits ${left} for the rate limit`,
  backoff: (_, left) => `tries again in ${left}`,
  budget: () => 'waits for budget',
  lock: (because) => `waits for ${other(because)}, which holds a lock`,
  overlap: (because) => `waits for ${other(because)}, which works on the same files`,
  paused: () => 'paused',
  full_disk: () => 'the disk is full',
  skipped_dependency: ({ task }) => `needs ${task ?? 'a task'}, which was not done`,
  canceled: ({ task }) =>
    task === undefined ? 'the run ended before its turn' : `stopped because ${task} failed`,
  superseded: ({ task }) => `replaced by ${task ?? 'a newer plan'}`,
};

/**
 * Says in words why a task is not going on.
 *
 * @param because - The reason.
 * @param now - Epoch milliseconds.
 * @returns A phrase, such as `waits for SHOP-12.1`.
 */
export function becauseText(because: Because, now: number): string {
  const { reason, task, text, until } = because;
  // Who skipped it says it all: the run goes on.
  if (reason === 'canceled' && task === undefined && text !== undefined) return oneLine(text);
  const words = WORDS[reason](because, formatDuration(Math.max(0, (until ?? now) - now)));
  return text === undefined ? words : `${words}: ${oneLine(text)}`;
}
