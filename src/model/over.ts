// How the end of something is said, for whoever wants to do something to it that comes too late.

import type { RunState } from './run.ts';
import type { TaskState } from './task.ts';

const WORDS: Readonly<Partial<Record<RunState | TaskState, string>>> = {
  failed: 'has failed',
  canceled: 'was canceled',
  skipped: 'was skipped',
};

/**
 * Says that something is over.
 *
 * @param key - The run or task.
 * @param state - How it ended.
 * @returns A sentence such as `SHOP-12 has failed already`.
 */
export function overAlready(key: string, state: RunState | TaskState): string {
  return `${key} ${WORDS[state] ?? `is ${state}`} already`;
}
