// A whole run in short, for whoever has the run and shows it like the store's summaries.

import type { Usage } from '../model/attempt.ts';
import { NO_USAGE } from '../model/attempt.ts';
import { chargedOf } from '../model/budget.ts';
import type { Run } from '../model/run.ts';
import type { RunSummary } from '../model/summary.ts';

/**
 * Adds two amounts of tokens.
 *
 * @param one - Some tokens.
 * @param other - More tokens.
 * @returns Their sum.
 */
export function addUsage(one: Usage, other: Usage): Usage {
  return {
    input: one.input + other.input,
    output: one.output + other.output,
    cached: one.cached + other.cached,
  };
}

/**
 * Sums a run up.
 *
 * @param run - The run, complete.
 * @returns The run in short.
 */
export function summarize(run: Run): RunSummary {
  const counts: Record<string, number> = {};
  let [costUsd, tokens] = [0, NO_USAGE];
  for (const task of run.tasks) {
    counts[task.status.state] = (counts[task.status.state] ?? 0) + 1;
    for (const attempt of task.attempts) {
      costUsd += attempt.costUsd;
      tokens = addUsage(tokens, attempt.tokens);
    }
  }
  const openAsks = run.asks.filter(({ status }) => status.state === 'open').length;
  const { tasks: _tasks, plans: _plans, asks: _asks, settings: _settings, ...rest } = run;
  return { run: rest, openAsks, counts, costUsd, tokens, charged: chargedOf(run) };
}
