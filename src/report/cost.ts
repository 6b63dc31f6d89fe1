// What a run used, and who used it.

import type { Attempt } from '../model/attempt.ts';
import { NO_USAGE } from '../model/attempt.ts';
import type { Run } from '../model/run.ts';
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
