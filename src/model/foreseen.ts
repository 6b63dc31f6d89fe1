// A conflict that is ahead: two changes that are not on their run's branch yet and do not go together.

import type { Run } from './run.ts';
import { RUN_OVER } from './run.ts';
import { TASK_OVER } from './task.ts';

/** Two things that do not go together. */
export interface Foreseen {
  /** The key of a run (its head) or of an attempt (its change), or the name of the base branch. */
  readonly a: string;
  readonly b: string;
  readonly files: readonly string[];
  /** Found by merging them: with the run's head, with the base branch, or with another change. */
  readonly kind: 'head' | 'base' | 'change';
}

/**
 * Picks those that are still ahead: what was seen a moment ago may have been settled since.
 *
 * @param run - The run as it is now.
 * @param seen - What was seen of it.
 * @returns Those of which no side is over.
 */
export function stillAhead(run: Run, seen: readonly Foreseen[]): readonly Foreseen[] {
  if (seen.length === 0 || RUN_OVER[run.status.state]) return [];
  const open = new Set([run.key, run.baseBranch]);
  for (const { attempts, status } of run.tasks) {
    const last = attempts.at(-1);
    if (last !== undefined && !TASK_OVER[status.state]) open.add(last.key);
  }
  return seen.filter(({ a, b }) => open.has(a) && open.has(b));
}
