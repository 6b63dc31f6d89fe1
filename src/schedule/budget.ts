// What is set aside for an attempt before it starts, and what is stopped at the ceiling. Everything
// is read off the run: what was used and what is set aside stand in the attempts' own rows.

import type { Attempt } from '../model/attempt.ts';
import { NO_AMOUNTS, chargeOf, countedTokens, isLimited, leftOf } from '../model/budget.ts';
import type { Amounts, Charge } from '../model/budget.ts';
import { failure } from '../model/failure.ts';
import type { Failure } from '../model/failure.ts';
import type { RunKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { formatCount, formatUsd } from '../util/amount.ts';
import { stopAttempt } from './stop.ts';
import type { Turn } from './turn.ts';

/** An estimate is a guess: this many times as much is set aside. */
const TIMES = 3;
/** Nothing starts with less: what is set aside for an attempt at least. */
const LEAST_USD = 0.5;
/** Set aside for every attempt, for plans estimate no tokens. */
const USUAL_TOKENS = 100_000;
/** Nothing starts with less: not even the repository can be looked at with it. */
const LEAST_TOKENS = 10_000;

/** Whether what is left covers a start. */
type Cover =
  /** This is to be set aside for it. */
  | { readonly kind: 'covered'; readonly reserved: Amounts }
  /** Not now, but perhaps when what is at work has not used all that is set aside for it. */
  | { readonly kind: 'held'; readonly text: string }
  /** Not whatever happens: a person has to say how it goes on. */
  | { readonly kind: 'short'; readonly text: string };

/** What counts against a run's ceiling; `settled` without what may come back. */
interface Account {
  charged: Charge;
  readonly settled: Charge;
}

/**
 * The budgets of all runs during one look at what may start: what is set aside in it is gone for
 * whatever is looked at next, so that no two starts count on the same money.
 */
export class Purse {
  readonly #accounts = new Map<RunKey, Account>();

  /**
   * Tells what is to be set aside for an attempt.
   *
   * @param run - The run.
   * @param task - A task of it that could start.
   * @param runtime - What would carry it out.
   * @returns The amounts, or why there is too little.
   */
  cover(run: Run, task: Task, runtime: string): Cover {
    if (!isLimited(run.ceiling) || isFree(runtime)) {
      return { kind: 'covered', reserved: NO_AMOUNTS };
    }
    const account = this.#accountOf(run);
    const left = leftOf(run.ceiling, account.charged);
    if (shortOf(left) !== null) {
      const text = `${amountsText(positive(left))} of ${amountsText(run.ceiling)} left`;
      const atBest = leftOf(run.ceiling, account.settled);
      return { kind: shortOf(atBest) === null ? 'held' : 'short', text };
    }
    const wanted = wantedFor(task);
    const reserved: Amounts = {
      usd: left.usd === null ? null : Math.min(left.usd, wanted.usd),
      tokens: left.tokens === null ? null : Math.min(left.tokens, wanted.tokens),
    };
    return { kind: 'covered', reserved };
  }

  /**
   * Sets amounts aside.
   *
   * @param run - The run.
   * @param reserved - What is set aside.
   */
  take(run: RunKey, reserved: Amounts): void {
    const account = this.#accounts.get(run);
    if (account === undefined) return;
    account.charged = {
      usd: account.charged.usd + (reserved.usd ?? 0),
      tokens: account.charged.tokens + (reserved.tokens ?? 0),
    };
  }

  #accountOf(run: Run): Account {
    const known = this.#accounts.get(run.key);
    if (known !== undefined) return known;
    const account: Account = { charged: sumOf(run, chargeOf), settled: usedBy(run) };
    this.#accounts.set(run.key, account);
    return account;
  }
}

/** A plain command is no agent: it costs nothing. */
function isFree(runtime: string): boolean {
  return runtime === 'command';
}

/**
 * Tells what is set aside for an attempt of a task where there is enough.
 *
 * @param task - The task.
 * @returns Money by its estimate; tokens, which are not estimated, as usual.
 */
export function wantedFor(task: Task): Charge {
  const estimate = task.spec.estimate.usd ?? 0;
  return { usd: Math.max(LEAST_USD, TIMES * estimate), tokens: USUAL_TOKENS };
}

/**
 * Tells what there is too little of to start anything.
 *
 * @param left - What is left.
 * @returns Money, tokens, or neither.
 */
export function shortOf({ usd, tokens }: Amounts): 'usd' | 'tokens' | null {
  if (usd !== null && usd < LEAST_USD) return 'usd';
  return tokens !== null && tokens < LEAST_TOKENS ? 'tokens' : null;
}

function isOpen({ status }: Attempt): boolean {
  return status.state === 'leased' || status.state === 'running' || status.state === 'stopping';
}

/** What it is known to have used; one that ended without saying so counts in full. */
function useOf(attempt: Attempt): Charge {
  if (!isOpen(attempt)) return chargeOf(attempt);
  return { usd: attempt.costUsd, tokens: countedTokens(attempt.tokens) };
}

function usedBy(run: Run): Charge {
  return sumOf(run, useOf);
}

function sumOf({ tasks }: Run, amountOf: (attempt: Attempt) => Charge): Charge {
  let [usd, tokens] = [0, 0];
  for (const { attempts } of tasks) {
    for (const attempt of attempts) {
      const amount = amountOf(attempt);
      usd += amount.usd;
      tokens += amount.tokens;
    }
  }
  return { usd, tokens };
}

/**
 * Stops what is at work where a hard ceiling is reached: everything that costs when nothing is left,
 * and what uses more than is set aside for it when that is taken from others.
 *
 * @param turn - The turn it happens in.
 * @param run - The run as it is now.
 */
export function enforceBudget(turn: Turn, run: Run): void {
  if (!run.settings.budget.hard || !isLimited(run.ceiling)) return;
  const open = run.tasks
    .flatMap(({ attempts }) => attempts.at(-1) ?? [])
    .filter((attempt) => isOpen(attempt) && isLimited(attempt.reserved));
  if (open.length === 0) return;
  const unused = leftOf(run.ceiling, usedBy(run));
  const isOver = (unused.usd ?? 1) <= 0 || (unused.tokens ?? 1) <= 0;
  const free = leftOf(run.ceiling, sumOf(run, chargeOf));
  for (const attempt of open) {
    if (isOver) stopAttempt(turn, attempt, { kind: 'failed', failure: usedUp(run.ceiling) });
    else if (isBeyond(attempt, free)) {
      stopAttempt(turn, attempt, { kind: 'failed', failure: beyond(attempt) });
    }
  }
}

/** Whether it uses what is set aside for others. */
function isBeyond({ reserved, costUsd, tokens }: Attempt, free: Amounts): boolean {
  const usd = (free.usd ?? 0) < 0 && costUsd > (reserved.usd ?? costUsd);
  const used = countedTokens(tokens);
  return usd || ((free.tokens ?? 0) < 0 && used > (reserved.tokens ?? used));
}

function usedUp(ceiling: Amounts): Failure {
  return failure('budget', `the run's budget of ${amountsText(ceiling)} is used up`);
}

function beyond({ reserved }: Attempt): Failure {
  return failure('budget', `it used more than the ${amountsText(reserved)} set aside for it`);
}

/**
 * Tells whether an attempt failed because it has used what was set aside for it: then another one
 * goes on from there, if there is more. One that fails far below that would fail for ever.
 *
 * @param before - The attempt while it was at work.
 * @param after - The attempt at its end.
 * @param why - What it failed of.
 * @returns Whether it costs its task none of its attempts.
 */
export function isUsedUp(before: Attempt, after: Attempt, why: Failure): boolean {
  if (why.reason !== 'budget' || !isLimited(before.reserved)) return false;
  if (before.status.state === 'stopping') return true; // it was us who stopped it
  const { usd, tokens } = chargeOf(after);
  return (
    usd >= (before.reserved.usd ?? Number.POSITIVE_INFINITY) / 2 ||
    tokens >= (before.reserved.tokens ?? Number.POSITIVE_INFINITY) / 2
  );
}

/**
 * Leaves out debts: of a budget that is used up, nothing is left.
 *
 * @param amounts - Perhaps below zero.
 * @returns None below.
 */
export function positive({ usd, tokens }: Amounts): Amounts {
  return {
    usd: usd === null ? null : Math.max(0, usd),
    tokens: tokens === null ? null : Math.max(0, tokens),
  };
}

/**
 * Says amounts in words.
 *
 * @param amounts - Money, tokens or both.
 * @returns Such as `$5.00 and 200,000 tokens`.
 */
export function amountsText({ usd, tokens }: Amounts): string {
  return [
    ...(usd === null ? [] : [formatUsd(usd)]),
    ...(tokens === null ? [] : [`${formatCount(tokens)} tokens`]),
  ].join(' and ');
}
