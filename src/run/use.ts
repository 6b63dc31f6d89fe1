// What sessions of one attempt use, and what that leaves of its budget.

import { costOf } from '../model/prices.ts';
import type { Prices } from '../model/prices.ts';
import type { AttemptResult } from '../ports/agent-runtime.ts';

/** What one session has used. */
export type Use = Pick<AttemptResult, 'costUsd' | 'tokens'>;

/**
 * Adds up what two sessions have used.
 *
 * @param first - The one.
 * @param second - The other.
 * @returns Both together; of the cost what is known of it, `null` where nothing is.
 */
export function added(first: Use, second: Use): Use {
  // What one of them has cost is not to be lost because nobody knows it of the other.
  const known = first.costUsd !== null || second.costUsd !== null;
  return {
    tokens: {
      input: first.tokens.input + second.tokens.input,
      output: first.tokens.output + second.tokens.output,
      cached: first.tokens.cached + second.tokens.cached,
    },
    costUsd: known ? (first.costUsd ?? 0) + (second.costUsd ?? 0) : null,
  };
}

/**
 * Tells what is left of a budget.
 *
 * @param budget - The budget; `null` = none.
 * @param used - What was used.
 * @returns The rest.
 */
export function rest(budget: number | null, used: number): number | null {
  return budget === null ? null : Math.max(0, budget - used);
}

/**
 * Puts a price on tokens where a runtime told no money.
 *
 * @param use - What was used.
 * @param model - The model; `null` = nobody knows.
 * @param prices - The person's own prices.
 * @returns The same, with its cost as far as it can be told.
 */
export function priced<T extends Use>(use: T, model: string | null, prices: Prices): T {
  if (use.costUsd !== null) return use;
  const { input, output, cached } = use.tokens;
  // No tokens at all: nothing was told, which is not the same as nothing used.
  if (input + output + cached === 0) return use;
  return { ...use, costUsd: costOf(model, use.tokens, prices) };
}
