// What follows from a failed attempt: another one at once or later, an ask, going on without the
// task, or the end of the run.

import { fallbackHelps, isAnnounced, retryClass } from '../model/failure.ts';
import type { Failure } from '../model/failure.ts';
import type { Backoff } from '../model/settings.ts';
import type { Task } from '../model/task.ts';
import { ask } from './ask.ts';
import type { Counts } from './ask.ts';
import { isUsedUp } from './budget.ts';
import { keepsDraft } from './discuss.ts';
import type { Spent } from './input.ts';
import { startReplan } from './replan.ts';
import { whyNoReplan } from './replans.ts';
import type { Turn } from './turn.ts';

/** The third worker lost in a row counts as a failure: it may well be the task's own doing. */
const LOST_IN_A_ROW = 3;
/** An announced wait is at least a minute, or a wrong clock would spin; twice that the next time. */
const SHORTEST_WAIT_MS = 60_000;
const LONGEST_WAIT_MS = 7 * 24 * 60 * 60_000;

/**
 * Ends the task's latest attempt as failed and decides what follows.
 *
 * @param turn - The turn it happens in.
 * @param task - The task; its latest attempt is not ended yet.
 * @param failure - What went wrong.
 * @param spent - What the attempt cost, where nothing was handed in before.
 */
export function failAttempt(turn: Turn, task: Task, failure: Failure, spent?: Spent): void {
  const attempt = task.attempts.at(-1);
  if (attempt === undefined) return;
  const outcome = { kind: 'failed', failure } as const;
  turn.emit(task.run, { type: 'attempt-ended', attempt: attempt.key, outcome, ...spent });
  const after = turn.task(task.key);
  const last = after.attempts.at(-1);
  const usedUp = last !== undefined && isUsedUp(attempt, last, failure);
  followUp(turn, after, failure, usedUp ? 'nothing' : countsAs(after, failure));
}

/**
 * Decides what follows for a task whose change was taken out of the branch, because of what it broke.
 *
 * @param turn - The turn it happens in.
 * @param task - The task; it has failed with that.
 * @param failure - What it broke.
 */
export function followRollback(turn: Turn, task: Task, failure: Failure): void {
  followUp(turn, task, failure, 'failure');
}

function followUp(turn: Turn, task: Task, failure: Failure, counts: Counts): void {
  const run = turn.run(task.run);
  if (run.status.state === 'canceling') {
    turn.emit(run.key, { type: 'task-canceled', task: task.key, because: { reason: 'canceled' } });
    return;
  }
  const again = (at: number): void =>
    turn.emit(run.key, { type: 'task-retried', task: task.key, notBefore: at, counts });

  if (counts === 'conflict') {
    if (task.conflicts === 0 && task.spec.byHand === undefined) again(0);
    else ask(turn, task, 'conflict', { question: failure.message, counts });
  } else if (isAnnounced(failure)) {
    again(announced(turn.now, task, failure));
  } else if (counts !== 'failure') {
    again(notBefore(turn.now, run.settings.backoff, { failure, tries: task.lost }));
  } else if (fallsBackAtOnce(task, failure)) {
    turn.emit(run.key, {
      type: 'task-retried',
      task: task.key,
      notBefore: 0,
      counts: 'exhausted',
    });
  } else if (task.spec.onFailure === 'ask') {
    ask(turn, task, 'failure', { question: failure.message, counts });
  } else if (mayRetry(task, failure)) {
    again(notBefore(turn.now, run.settings.backoff, { failure, tries: task.failures }));
  } else if (task.spec.resolves !== undefined) {
    // Nobody but a person is left who could put both sides together.
    ask(turn, task, 'conflict', { question: failure.message, counts });
  } else {
    const replans = task.spec.onFailure === 'replan' && mayHeal(failure);
    const planned = replans && whyNoReplan(run, task) === null;
    // One whose change was taken out has failed with that.
    if (task.status.state !== 'failed') giveUp(turn, task, failure);
    if (planned) startReplan(turn, turn.task(task.key), null);
  }
}

/** What a failure counts towards. */
function countsAs(task: Task, failure: Failure): Counts {
  if (failure.reason === 'conflict') return 'conflict';
  if (failure.reason === 'worker_lost') {
    return task.lost + 1 < LOST_IN_A_ROW ? 'lost' : 'failure';
  }
  return isAnnounced(failure) ? 'nothing' : 'failure';
}

function mayRetry(task: Task, failure: Failure): boolean {
  const { onFailure } = task.spec;
  if (onFailure !== 'retry' && onFailure !== 'replan') return false;
  if (retryClass(failure.reason) === 'never') return false;
  const fallback = task.spec.fallback === null ? 0 : 1;
  return task.failures + 1 < task.spec.maxAttempts + fallback;
}

/** A new plan does not log in: it helps where the work itself failed, or was refused. */
function mayHeal({ reason }: Failure): boolean {
  return reason === 'refused' || retryClass(reason) !== 'never';
}

/** Whether nothing but the fallback helps: then it goes on at once, whatever attempts are left. */
function fallsBackAtOnce({ spec, failures, attempts }: Task, { reason }: Failure): boolean {
  const { fallback, onFailure, maxAttempts } = spec;
  if (fallback === null || failures >= maxAttempts) return false;
  if (onFailure === 'abort' || onFailure === 'skip') return false;
  const helps = fallbackHelps(reason);
  if (helps !== 'another-runtime') return helps === 'anybody';
  return fallback.runtime !== null && fallback.runtime !== attempts.at(-1)?.runtime;
}

/** When the next attempt may start, where the provider has said so. */
function announced(now: number, { attempts }: Task, { retryAt = 0 }: Failure): number {
  const other = attempts.findLastIndex(
    ({ status }) =>
      status.state !== 'ended' ||
      status.outcome.kind !== 'failed' ||
      !isAnnounced(status.outcome.failure),
  );
  const inARow = attempts.length - 1 - other;
  const shortest = SHORTEST_WAIT_MS * 2 ** Math.max(0, inARow - 1);
  return Math.min(Math.max(retryAt, now + shortest), now + LONGEST_WAIT_MS);
}

/** When the next attempt may start: 0 = at once. */
function notBefore(
  now: number,
  backoff: Backoff,
  { failure, tries }: { failure: Failure; tries: number },
): number {
  if (retryClass(failure.reason) !== 'later') return 0;
  const seconds = Math.min(backoff.maxSecs, backoff.initialSecs * backoff.factor ** tries);
  return now + Math.round(seconds * 1000);
}

/**
 * Ends the task as failed, by its strategy with or without the run.
 *
 * @param turn - The turn it happens in.
 * @param task - A task that runs or waits.
 * @param failure - What went wrong.
 */
export function giveUp(turn: Turn, task: Task, failure: Failure): void {
  const { onFailure, replaces, discusses } = task.spec;
  // Of a planner that was to replace a failed task it is that failure which stands; one that was
  // asked something leaves the plan as it is.
  const own = replaces === undefined && discusses === undefined;
  // Of one that plans beside a live plan, that plan stands.
  const beside = task.spec.kind === 'plan' && turn.run(task.run).status.state === 'running';
  const aborts = onFailure !== 'skip' && own && !beside && !keepsDraft(turn.run(task.run));
  turn.emit(task.run, { type: 'task-failed', task: task.key, failure, aborts });
}
