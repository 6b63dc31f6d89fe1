// What a run may cost, what it has cost, and what is set aside for attempts that are at work. A
// reservation is a column of the attempt's own row: it cannot outlive the attempt, nor be lost.

/** Money and tokens; `null` = not counted. */
export interface Amounts {
  /** US dollars. */
  readonly usd: number | null;
  /** Input and output together; what is read from a provider's cache is not counted. */
  readonly tokens: number | null;
}

/** What one run may use, as it is configured; `null` = as much as it needs. */
export interface Budget extends Amounts {
  /** Whether what is running is stopped at the ceiling; else it may finish. */
  readonly hard: boolean;
}

/** Nothing is counted. */
export const NO_AMOUNTS: Amounts = { usd: null, tokens: null };
/** No ceiling. */
export const NO_BUDGET: Budget = { ...NO_AMOUNTS, hard: true };

/** Money and tokens that are known. */
export interface Charge {
  readonly usd: number;
  readonly tokens: number;
}

/** Tokens as a runtime reports them, as far as they are counted. */
interface Tokens {
  readonly input: number;
  readonly output: number;
}

/** What an attempt says about its use. */
interface Charged<T extends Tokens = Tokens> {
  readonly costUsd: number;
  readonly tokens: T;
  readonly reserved: Amounts;
}

/**
 * Counts tokens the way budgets do.
 *
 * @param usage - What a runtime reported.
 * @returns Input and output together.
 */
export function countedTokens({ input, output }: Tokens): number {
  return input + output;
}

/**
 * Tells what an attempt takes from its run's budget: what it is known to have used, or what is still
 * set aside for it. An attempt that ended without saying what it used keeps its reservation.
 *
 * @param attempt - The attempt.
 * @returns The greater of both.
 */
export function chargeOf({ costUsd, tokens, reserved }: Charged): Charge {
  return {
    usd: Math.max(costUsd, reserved.usd ?? 0),
    tokens: Math.max(countedTokens(tokens), reserved.tokens ?? 0),
  };
}

/**
 * Adds up what a run has used and set aside.
 *
 * @param run - The run.
 * @returns The sum of the charges of all its attempts.
 */
export function chargedOf({
  tasks,
}: {
  readonly tasks: readonly { readonly attempts: readonly Charged[] }[];
}): Charge {
  let [usd, tokens] = [0, 0];
  for (const { attempts } of tasks) {
    for (const attempt of attempts) {
      const charge = chargeOf(attempt);
      usd += charge.usd;
      tokens += charge.tokens;
    }
  }
  return { usd: tidy(usd), tokens };
}

/**
 * Tells what is left of a ceiling.
 *
 * @param ceiling - The ceiling.
 * @param used - What counts against it.
 * @returns The rest, below zero where more was used; `null` where there is no ceiling.
 */
export function leftOf(ceiling: Amounts, used: Charge): Amounts {
  return {
    usd: ceiling.usd === null ? null : tidy(ceiling.usd - used.usd),
    tokens: ceiling.tokens === null ? null : ceiling.tokens - used.tokens,
  };
}

/**
 * Raises a ceiling. What is not limited stays so.
 *
 * @param ceiling - The ceiling.
 * @param by - What is added to it; `null` = nothing.
 * @returns The new ceiling.
 */
export function raisedBy(ceiling: Amounts, by: Amounts): Amounts {
  return {
    usd: ceiling.usd === null ? null : tidy(ceiling.usd + (by.usd ?? 0)),
    tokens: ceiling.tokens === null ? null : ceiling.tokens + (by.tokens ?? 0),
  };
}

/**
 * Tells what an attempt has used at its end: what it reports, else what was seen last; then nothing
 * is set aside for it any more. Where nothing is known, its reservation stays: it is charged in full.
 *
 * @param before - The attempt, with what was seen last and what is set aside.
 * @param end - What it reports.
 * @returns Its settled amounts.
 */
export function settledUse<T extends Tokens>(
  before: Charged<T>,
  end: { readonly costUsd?: number | null; readonly tokens?: T | null },
): Charged<T> {
  const costUsd = end.costUsd ?? before.costUsd;
  const tokens = end.tokens ?? before.tokens;
  const knowsUsd = typeof end.costUsd === 'number' || costUsd > 0;
  const knowsTokens = (end.tokens ?? null) !== null || countedTokens(tokens) > 0;
  return {
    costUsd,
    tokens,
    reserved: {
      usd: knowsUsd ? null : before.reserved.usd,
      tokens: knowsTokens ? null : before.reserved.tokens,
    },
  };
}

/**
 * Tells whether there is a ceiling at all.
 *
 * @param ceiling - A run's ceiling.
 * @returns Whether money or tokens are limited.
 */
export function isLimited({ usd, tokens }: Amounts): boolean {
  return usd !== null || tokens !== null;
}

/** Sums of dollars have noise in their last digits, which must not decide anything. */
function tidy(usd: number): number {
  return Math.round(usd * 1e6) / 1e6;
}
