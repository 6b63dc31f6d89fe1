// A run that pauses by itself asks whether it should go on. The ask is the run's, not a task's; to
// resume the run is to say yes.

import type { Ask } from '../model/ask.ts';
import type { Answer } from '../model/command.ts';
import type { AskKey, RunKey } from '../model/key.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Pause, Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { done } from './refuse.ts';
import type { Turn } from './turn.ts';

const CHOICES = ['continue', 'abort'] as const;

/** What can be answered where a run asks. */
export const RUN_CHOICES: Readonly<
  Record<Exclude<Pause['by'], 'person'>, readonly [go: 'continue', end: 'abort']>
> = { breaker: CHOICES, full_disk: CHOICES, time_limit: CHOICES };

/** What can be done about a branch that is not where it should be. */
export const BASE_CHOICES: readonly string[] = ['retry', 'abort'];

/** What becomes of findings that the last round has not settled. */
export const REVIEW_CHOICES: readonly string[] = ['accept', 'retry', 'abort'];

/**
 * Pauses a run and asks whether it should go on.
 *
 * @param turn - The turn it happens in.
 * @param key - The run; it is not paused yet.
 * @param by - What pauses it.
 * @param reason - Why, in words.
 */
export function pauseAndAsk(
  turn: Turn,
  key: RunKey,
  by: Exclude<Pause['by'], 'person'>,
  reason: string,
): void {
  turn.emit(key, { type: 'run-paused', pause: { by, reason } });
  const question = `${reason}. Go on?`;
  const choices = RUN_CHOICES[by];
  openAsk(turn, key, { task: null, kind: by, question, choices, freeText: false });
}

/**
 * Pauses a run because the disk is full, and asks; one that is paused already stays as it is.
 *
 * @param turn - The turn it happens in.
 * @param key - The run.
 * @param message - Where there was no room.
 */
export function pauseForRoom(turn: Turn, key: RunKey, message: string): void {
  const run = turn.world.runs.get(key);
  if (run === undefined || RUN_OVER[run.status.state] || run.paused !== null) return;
  pauseAndAsk(turn, key, 'full_disk', `the disk is full: ${message}`);
}

/**
 * Tells whether a run has to stay paused: there is no room yet to go on safely.
 *
 * @param turn - The turn it happens in.
 * @param run - The run.
 * @param choice - What is wanted of it; only to continue needs room.
 * @returns What to say to whoever wants it to go on; `null` when it may.
 */
export function lacksRoom({ desk }: Turn, run: Run, choice: string | undefined): Answer | null {
  const { noRoom = null } = desk;
  if (choice !== 'continue' || noRoom === null || run.paused?.by !== 'full_disk') return null;
  const hint = `free some space, then go on: tutti resume ${run.key}`;
  return { ok: false, code: 'full_disk', message: `the disk is still full: ${noRoom}`, hint };
}

/**
 * Opens an ask.
 *
 * @param turn - The turn it happens in.
 * @param run - Whose it is.
 * @param about - What is asked, about which task of it, and what can be answered.
 * @returns Its key.
 */
export function openAsk(
  turn: Turn,
  run: RunKey,
  about: Pick<Ask, 'task' | 'kind' | 'question' | 'choices' | 'freeText'>,
): AskKey {
  const key: AskKey = `${run}?${turn.run(run).asks.length + 1}`;
  const ask: Ask = { ...about, key, run, status: { state: 'open' }, createdAt: turn.now };
  turn.emit(run, { type: 'ask-opened', ask });
  return key;
}

/**
 * Lets a paused run go on, which answers what it asks.
 *
 * @param turn - The turn it happens in.
 * @param key - The run.
 * @param by - Who wants it.
 */
export function resumeRun(turn: Turn, key: RunKey, by: string): void {
  for (const { key: ask, kind } of openRunAsks(turn.run(key))) {
    // Going on does not pay for anything, nor accept or repair it: that has to be said.
    if (kind === 'budget' || kind === 'review' || kind === 'base') continue;
    turn.emit(key, { type: 'ask-answered', ask, answer: 'continue', by });
  }
  if (turn.run(key).paused !== null) turn.emit(key, { type: 'run-resumed', by });
}

/**
 * Does what was answered to a run's ask.
 *
 * @param turn - The turn it happens in.
 * @param run - The run; the ask is answered already.
 * @param said - The choice and who made it.
 */
export function followRunAsk(
  turn: Turn,
  run: Run,
  { choice, by }: { choice: string | null; by: string },
): void {
  if (choice === 'continue') resumeRun(turn, run.key, by);
  else if (choice === 'abort') cancelRun(turn, run, by);
}

/**
 * Ends a run; what it has done is kept.
 *
 * @param turn - The turn it happens in.
 * @param run - The run; it is not over.
 * @param by - Who wants it.
 * @returns What to say.
 */
export function cancelRun(turn: Turn, run: Run, by: string): Answer {
  const before = run.status.state;
  if (before !== 'canceling') turn.emit(run.key, { type: 'cancel-requested', by });
  turn.drive(run.key);
  const already = before === 'canceling' ? ' already' : '';
  return done(run, `${run.key} is being canceled${already}; its work is kept`);
}

/**
 * Takes back what a task waits for, because the task is over; but not what others wait for too.
 *
 * @param turn - The turn it happens in.
 * @param task - The task; it waits.
 */
export function withdrawAskOf(turn: Turn, { key, run: of, status }: Task): void {
  if (status.state !== 'waiting') return;
  const run = turn.run(of);
  const ask = run.asks.find((one) => one.key === status.ask);
  const others = run.tasks.some(
    (task) => task.key !== key && task.status.state === 'waiting' && task.status.ask === status.ask,
  );
  if (ask?.status.state !== 'open' || others) return;
  turn.emit(of, { type: 'ask-withdrawn', ask: ask.key });
}

/**
 * Takes back what a run asks, because it is over.
 *
 * @param turn - The turn it happens in.
 * @param run - The run.
 */
export function withdrawRunAsks(turn: Turn, run: Run): void {
  for (const { key } of openRunAsks(run)) {
    turn.emit(run.key, { type: 'ask-withdrawn', ask: key });
  }
}

function openRunAsks({ asks }: Run): Run['asks'] {
  return asks.filter(({ task, status }) => task === null && status.state === 'open');
}
