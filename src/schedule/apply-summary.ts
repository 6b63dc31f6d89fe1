// What summing a run up costs stands on the run's last attempt, so that its budget holds: set aside
// before a model is asked, and charged in full where nobody heard the answer.

import type { Attempt, Usage } from '../model/attempt.ts';
import { chargeOf, countedTokens, NO_AMOUNTS } from '../model/budget.ts';
import type { Amounts } from '../model/budget.ts';

/**
 * Sets something aside on an attempt that is over.
 *
 * @param before - The attempt.
 * @param more - What may be used.
 * @returns What changes of it.
 */
export function summaryAsked(
  before: Attempt,
  { usd, tokens }: Amounts,
): Pick<Attempt, 'status' | 'reserved'> {
  const used = chargeOf(before);
  return {
    status: before.status,
    reserved: {
      usd: usd === null ? before.reserved.usd : used.usd + usd,
      tokens: tokens === null ? before.reserved.tokens : used.tokens + tokens,
    },
  };
}

/**
 * Adds what was used to an attempt that is over.
 *
 * @param before - The attempt.
 * @param told - What its runtime told; `null` = nothing.
 * @returns What changes of it.
 */
export function summaryTold(
  before: Attempt,
  told: { readonly costUsd: number | null; readonly tokens: Usage | null },
): Partial<Attempt> & Pick<Attempt, 'status'> {
  const { costUsd, tokens } = told;
  const { status } = before;
  // What is set aside stays: it is charged in full.
  if (costUsd === null && (tokens === null || countedTokens(tokens) === 0)) return { status };
  return {
    status,
    costUsd: before.costUsd + (costUsd ?? 0),
    tokens: tokens === null ? before.tokens : added(before.tokens, tokens),
    reserved: NO_AMOUNTS,
  };
}

function added(one: Usage, other: Usage): Usage {
  return {
    input: one.input + other.input,
    output: one.output + other.output,
    cached: one.cached + other.cached,
  };
}
