// The working time of a run: while an agent of it is at work. When it is used up the run pauses and
// asks, on a terminal as without one.

import { blockedOn } from '../model/attempt.ts';
import type { RunKey } from '../model/key.ts';
import { RUN_OVER, isTimeUp } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import { formatDuration } from '../util/amount.ts';
import { pauseAndAsk } from './run-ask.ts';
import { factsOf } from './run-facts.ts';
import type { Turn } from './turn.ts';

/**
 * Tells whether an agent of a run is at work for this coordinator.
 *
 * @param run - The run.
 * @param epoch - The coordinator's epoch: what an earlier one left is only being torn down.
 * @returns Whether its working time runs.
 */
export function isAtWork(run: Run, epoch: number): boolean {
  return factsOf(run).holding.some(({ status, attempts }) => {
    const attempt = attempts.at(-1);
    return (
      status.state === 'running' &&
      status.phase === 'work' &&
      attempt?.fence === epoch &&
      blockedOn(attempt) === null
    );
  });
}

/**
 * Adds to the working time of a run.
 *
 * @param turn - The turn it happens in.
 * @param worked - The run and how many milliseconds more.
 */
export function noteWork(turn: Turn, { run: key, ms }: { run: RunKey; ms: number }): void {
  const run = turn.world.runs.get(key);
  if (run === undefined || RUN_OVER[run.status.state] || !(ms > 0)) return;
  turn.emit(key, { type: 'run-worked', ms });
}

/**
 * Pauses a run whose working time is used up, unless nothing is left to be done in it.
 *
 * @param turn - The turn it happens in.
 * @param run - A run that is not over.
 */
export function checkWorkTime(turn: Turn, run: Run): void {
  if (run.paused !== null || !isTimeUp(run)) return;
  if (factsOf(run).open === 0) return;
  const limit = formatDuration(run.settings.runTimeoutSecs * 1000);
  const reason = `its agents have worked for ${formatDuration(run.worked.ms)}; run_timeout_secs asks after every ${limit}`;
  pauseAndAsk(turn, run.key, 'time_limit', reason);
}
