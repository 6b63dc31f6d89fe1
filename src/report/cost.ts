// What a run used, and who used it.

import type { Attempt, Usage } from '../model/attempt.ts';
import { NO_USAGE } from '../model/attempt.ts';
import { countedTokens } from '../model/budget.ts';
import type { Amounts } from '../model/budget.ts';
import type { Run } from '../model/run.ts';
import { formatCount, formatUsd } from '../util/amount.ts';
import type { CostJson, ReportJson } from './json-shapes.ts';
import { addUsage } from './summarize.ts';

const NOTHING: CostJson = { usd: 0, tokens: NO_USAGE, attempts: 0 };

function costBy(
  attempts: readonly Attempt[],
  nameOf: (attempt: Attempt) => string,
): Record<string, CostJson> {
  const sums = new Map<string, CostJson>();
  for (const attempt of attempts) {
    const sum = sums.get(nameOf(attempt)) ?? NOTHING;
    sums.set(nameOf(attempt), {
      usd: sum.usd + attempt.costUsd,
      tokens: addUsage(sum.tokens, attempt.tokens),
      attempts: sum.attempts + 1,
    });
  }
  return Object.fromEntries(
    [...sums].map(([name, sum]) => [name, Object.assign({}, sum, { usd: roundUsd(sum.usd) })]),
  );
}

/**
 * Takes the noise of adding off an amount.
 *
 * @param usd - The amount.
 * @returns It, to a millionth.
 */
export function roundUsd(usd: number): number {
  return Math.round(usd * 1e6) / 1e6;
}

/**
 * Says what a run has cost.
 *
 * @param usd - The amount.
 * @param ceiling - Its budget.
 * @returns Such as `$1.20`, or `$1.20 of $5.00` where money is limited.
 */
export function moneyText(usd: number, ceiling: Amounts): string {
  const of = ceiling.usd === null ? '' : ` of ${formatUsd(ceiling.usd)}`;
  return `${formatUsd(usd)}${of}`;
}

/**
 * Says how many tokens a run has used.
 *
 * @param used - The tokens.
 * @param ceiling - Its budget.
 * @returns Such as `8,000 tokens`, or `8,000 of 200,000 tokens` where they are limited.
 */
export function tokensText(used: Usage, ceiling: Amounts): string {
  const of = ceiling.tokens === null ? '' : ` of ${formatCount(ceiling.tokens)}`;
  return `${formatCount(countedTokens(used))}${of} tokens`;
}

/**
 * Adds up what a run used.
 *
 * @param run - The run.
 * @returns Money and tokens, in all, by agent and by runtime.
 */
export function costOf(run: Run): ReportJson['cost'] {
  const attempts = run.tasks.flatMap((task) => task.attempts);
  const { usd, tokens } = costBy(attempts, () => 'all')['all'] ?? NOTHING;
  return {
    usd,
    tokens,
    byAgent: costBy(attempts, ({ agent }) => agent),
    byRuntime: costBy(attempts, ({ runtime }) => runtime),
  };
}
