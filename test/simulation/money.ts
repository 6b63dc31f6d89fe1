// Budgets once more, written to be read and not to be fast. The core's own accounts are in
// schedule/budget.ts.

import type { Attempt } from '../../src/model/attempt.ts';
import type { Amounts, Charge } from '../../src/model/budget.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { AttemptKey } from '../../src/model/key.ts';
import { RUN_OVER } from '../../src/model/run.ts';
import type { Run } from '../../src/model/run.ts';
import { taskIn } from './sound.ts';

type EventOf<T extends RunEvent['event']['type']> = Extract<RunEvent['event'], { type: T }>;

const KINDS = ['usd', 'tokens'] as const;
const NONE: Amounts = { usd: null, tokens: null };
/** Nothing starts with less. */
const LEAST: Charge = { usd: 0.5, tokens: 10_000 };
/** What decides nothing: dollars are sums of fractions. */
const NOISE = 1e-5;

/** Remembers what was set aside for whom, and finds what is spent twice, or by nobody. */
export class Money {
  readonly #reserved = new Map<AttemptKey, Amounts>();
  /** What attempts had used before a run was summed up on them, and what they are charged with now. */
  readonly #summed = new Map<AttemptKey, { readonly before: Charge; charge: Charge }>();

  /**
   * An attempt starts.
   *
   * @param run - Its run before.
   * @param event - With what is set aside for it.
   * @returns What is wrong with that; `null` = nothing.
   */
  leased(run: Run, event: EventOf<'attempt-leased'>): string | null {
    const { attempt, runtime, reserved = NONE } = event;
    this.#reserved.set(attempt, reserved);
    if (isFree(runtime)) {
      const isNothing = reserved.usd === null && reserved.tokens === null;
      return isNothing ? null : `${attempt} costs nothing, and has something set aside`;
    }
    const charged = chargesOf(run);
    for (const kind of KINDS) {
      const ceiling = run.ceiling[kind];
      if (ceiling === null) continue;
      const own = reserved[kind];
      if (own === null || own < LEAST[kind] - NOISE) return `${attempt} starts with no ${kind}`;
      const over = charged[kind] + own - ceiling;
      if (over > NOISE) return `${attempt} starts with ${over} ${kind} that are not there`;
    }
    return null;
  }

  /**
   * A run is summed up.
   *
   * @param run - The run before.
   * @param event - A model is asked, or has answered.
   * @returns What is wrong with that; `null` = nothing.
   */
  summed(run: Run, event: EventOf<'summary-asked' | 'summary-told'>): string | null {
    const attempt = taskIn(run, event.attempt).attempts.at(-1);
    if (attempt === undefined) return `${event.attempt} is nowhere`;
    const { key } = attempt;
    const used = chargeOf(attempt);
    if (event.type === 'summary-asked') {
      const aside = { usd: event.usd ?? 0, tokens: event.tokens ?? 0 };
      this.#reserved.set(key, plus(chargeOf(attempt), aside));
      this.#summed.set(key, { before: usedBy(attempt), charge: plus(used, aside) });
      const charged = plus(chargesOf(run), aside);
      const over = KINDS.find((kind) => charged[kind] > (run.ceiling[kind] ?? Infinity) + NOISE);
      return over === undefined
        ? null
        : `the summary of ${run.key} takes ${over} that is not there`;
    }
    const asked = this.#summed.get(key);
    if (asked === undefined) return `the summary on ${key} was not asked for`;
    const { costUsd, tokens } = event;
    const told = { usd: costUsd ?? 0, tokens: tokens === null ? 0 : sum(tokens) };
    // Of what nobody knows, all that was set aside stays charged.
    if (told.usd > 0 || told.tokens > 0) asked.charge = plus(asked.before, told);
    return null;
  }

  /**
   * Looks whether summaries are charged once.
   *
   * @param run - A run.
   * @returns What is wrong; `null` = nothing.
   */
  wrongSum({ tasks }: Run): string | null {
    if (this.#summed.size === 0) return null;
    for (const attempt of tasks.flatMap(({ attempts }) => attempts)) {
      const right = this.#summed.get(attempt.key)?.charge;
      if (right === undefined) continue;
      const now = chargeOf(attempt);
      const wrong = KINDS.find((kind) => Math.abs(now[kind] - right[kind]) > NOISE);
      if (wrong !== undefined) {
        return `with its summary, ${attempt.key} takes ${now[wrong]} ${wrong}, not ${right[wrong]}`;
      }
    }
    return null;
  }

  /**
   * Tells whether an attempt that failed for want of money has used what was set aside for it.
   *
   * @param run - Its run before.
   * @param event - Its end.
   * @returns Whether the failure is none of its own.
   */
  isUsedUp(run: Run, { attempt: key, costUsd, tokens }: EventOf<'attempt-ended'>): boolean {
    const attempt = taskIn(run, key).attempts.at(-1);
    const reserved = this.#reserved.get(key) ?? NONE;
    if (attempt === undefined || (reserved.usd === null && reserved.tokens === null)) return false;
    if (attempt.status.state === 'stopping') return true;
    const seen = usedBy(attempt);
    const usd = costUsd ?? seen.usd;
    const used = {
      usd,
      tokens: tokens === undefined || tokens === null ? seen.tokens : sum(tokens),
    };
    return KINDS.some((kind) => {
      const own = reserved[kind];
      const isKnown = used[kind] > 0 || ((kind === 'usd' ? costUsd : tokens) ?? null) !== null;
      return own !== null && (!isKnown || used[kind] >= own / 2);
    });
  }

  /**
   * Finds what does not go together when everything was decided.
   *
   * @param run - A run.
   * @returns A line; `null` when all is well.
   */
  problemOf(run: Run): string | null {
    if (RUN_OVER[run.status.state]) return null;
    const attempts = run.tasks.flatMap((task) => task.attempts);
    const charged = chargesOf(run);
    const used = totalOf(attempts.map(knownOf));
    for (const kind of KINDS) {
      const ceiling = run.ceiling[kind];
      if (ceiling === null) continue;
      const over = attempts.map((one) => chargeOf(one)[kind] - (this.#own(one, kind) ?? 0));
      const most = ceiling + over.filter((one) => one > 0).reduce((all, one) => all + one, 0);
      if (charged[kind] > most + NOISE) return `${charged[kind]} ${kind} of ${ceiling} are taken`;
      if (!run.settings.budget.hard) continue;
      const goesOn = attempts.find(
        (one) =>
          !isFree(one.runtime) &&
          (one.status.state === 'leased' || one.status.state === 'running') &&
          (used[kind] >= ceiling + NOISE ||
            (charged[kind] > ceiling + NOISE &&
              usedBy(one)[kind] > (this.#own(one, kind) ?? 0) + NOISE)),
      );
      if (goesOn !== undefined) return `${goesOn.key} goes on without ${kind}`;
    }
    const asks = run.asks.some(({ kind, status }) => kind === 'budget' && status.state === 'open');
    return asks && !isShort(run) ? 'it asks for money that it has' : null;
  }

  #own({ key }: Attempt, kind: keyof Charge): number | null {
    return this.#reserved.get(key)?.[kind] ?? null;
  }
}

/**
 * Tells whether whatever a runtime does costs nothing: a command of a person's own, the checks of a
 * review. No ceiling holds or stops it, however much the others have used; there would be nothing
 * gained, and a run could not even be judged without more money.
 *
 * @param runtime - Its name.
 * @returns Whether it is free.
 */
export function isFree(runtime: string): boolean {
  return runtime === 'command';
}

/**
 * Tells whether a run has too little left to start anything now, but perhaps more later.
 *
 * @param run - The run.
 * @returns Whether what is set aside for those that are at work may come back.
 */
export function waitsForMoney(run: Run): boolean {
  return isBelow(run, chargesOf(run)) && !isShort(run);
}

/** Whether there is too little even if nothing more is used of what is set aside. */
function isShort(run: Run): boolean {
  return isBelow(run, totalOf(run.tasks.flatMap(({ attempts }) => attempts.map(knownOf))));
}

function isBelow({ ceiling }: Run, used: Charge): boolean {
  return KINDS.some((kind) => (ceiling[kind] ?? Infinity) - used[kind] < LEAST[kind] - NOISE);
}

/** What is gone for good: at work what was reported, at its end what was set aside if nothing was. */
function knownOf(attempt: Attempt): Charge {
  const { state } = attempt.status;
  return state === 'ended' || state === 'handed_in' ? chargeOf(attempt) : usedBy(attempt);
}

function chargesOf({ tasks }: Run): Charge {
  return totalOf(tasks.flatMap(({ attempts }) => attempts.map(chargeOf)));
}

function chargeOf(attempt: Attempt): Charge {
  const { usd, tokens } = usedBy(attempt);
  const { reserved } = attempt;
  return { usd: Math.max(usd, reserved.usd ?? 0), tokens: Math.max(tokens, reserved.tokens ?? 0) };
}

function usedBy({ costUsd, tokens }: Attempt): Charge {
  return { usd: costUsd, tokens: sum(tokens) };
}

function sum({ input, output }: Attempt['tokens']): number {
  return input + output;
}

function plus(one: Charge, other: Charge): Charge {
  return { usd: one.usd + other.usd, tokens: one.tokens + other.tokens };
}

function totalOf(charges: readonly Charge[]): Charge {
  return {
    usd: charges.reduce((all, { usd }) => all + usd, 0),
    tokens: charges.reduce((all, { tokens }) => all + tokens, 0),
  };
}
