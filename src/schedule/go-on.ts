// What a run forgets when it goes on.

import type { Run } from '../model/run.ts';
import { isTimeUp } from '../model/run.ts';

/**
 * Ends the pause, also that of a run that ends: it would go on paused when it is re-opened.
 *
 * @param run - The run.
 * @returns The run without a pause.
 */
export function unpaused(run: Run): Run {
  return { ...run, paused: null };
}

/**
 * Gives a run whose time is up as much again: whoever lets it go on wants that.
 *
 * @param run - The run.
 * @returns The run with time left.
 */
export function granted(run: Run): Run {
  const { ms } = run.worked;
  return isTimeUp(run) ? { ...run, worked: { ms, since: ms } } : run;
}

/**
 * Counts failures in a row anew, or the breaker would trip again at once.
 *
 * @param run - The run.
 * @returns The run without failures in a row.
 */
export function unworried(run: Run): Run {
  return { ...run, sameFailures: { reason: '', count: 0 } };
}
