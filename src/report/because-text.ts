// Reasons in words. Apart from finding them out, which takes the limits: `tutti status` has to be quick.

import type { Because } from '../model/task.ts';
import { formatDuration } from '../util/amount.ts';
import { oneLine } from '../util/terminal-text.ts';

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
