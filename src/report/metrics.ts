// Figures over all runs: how fast, how good, how dear. What each of them means, in docs/metrics.md.
// A share or a mean of nothing is `null`, never 0.

import type { Usage } from '../model/attempt.ts';
import { NO_USAGE } from '../model/attempt.ts';
import type { OutcomeAttempt, OutcomeRun, OutcomeTask } from '../model/outcome.ts';
import { RUN_OVER } from '../model/run.ts';
import { median } from '../util/median.ts';
import { roundUsd } from './cost.ts';
import { utilisation } from './demand.ts';
import { stageMetrics } from './stage-worth.ts';
import type { StageMetrics } from './stage-worth.ts';
import { addUsage } from './summarize.ts';
import { firstTry, planShape, rounded, shareOf, unionMs } from './tries.ts';
import type { Share } from './tries.ts';

/** What metrics are made from. */
export interface MetricsInput {
  readonly runs: readonly OutcomeRun[];
  /** Nothing that ended before counts, epoch milliseconds; `null` = everything. */
  readonly since: number | null;
  readonly now: number;
}

/** Lengths of time. */
export interface Times {
  readonly count: number;
  /** Milliseconds; `null` of nothing. */
  readonly medianMs: number | null;
  readonly longestMs: number | null;
}

/** How much faster it went than one attempt after the other. */
export interface SpeedUp {
  /** The lengths of all attempts, added up, in milliseconds. */
  readonly sequentialMs: number;
  /** How long at least one of them was open. */
  readonly wallMs: number;
  /** The first by the second; `null` where nothing took any time. */
  readonly ratio: number | null;
}

/** What attempts of one sort used and came to. */
export interface Spent {
  readonly attempts: number;
  readonly tasks: number;
  readonly firstTry: Share;
  readonly usd: number;
  readonly tokens: Usage;
  /** The median of those that succeeded, in milliseconds. */
  readonly medianMs: number | null;
}

/** What runs of one shape of plan came to. */
export interface ShapeMetrics {
  readonly runs: number;
  readonly tasks: number;
  readonly failed: Share;
  readonly speedUp: SpeedUp;
  /** Of one run; `null` where there is none. */
  readonly meanUsd: number | null;
}

/** What there is to know over all runs. */
export interface Metrics {
  readonly from: number | null;
  readonly to: number;
  /** The length of that, at least one day. */
  readonly days: number;
  readonly runs: {
    readonly finished: number;
    readonly completed: number;
    readonly partial: number;
    readonly failed: number;
    readonly canceled: number;
    /** Completed ones. */
    readonly perDay: number;
    readonly perWeek: number;
  };
  readonly tasks: {
    readonly completed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly perDay: number;
    readonly perWeek: number;
  };
  readonly firstTry: Share;
  readonly reviews: Share;
  readonly utilisation: ReturnType<typeof utilisation>;
  readonly conflicts: {
    readonly changes: number;
    readonly conflicts: number;
    readonly per100: number | null;
  };
  /** From when a run was asked for until its result was in its base branch. */
  readonly toMerge: Times;
  /** The same by its pull request, where a forge has said so. */
  readonly toMergedPullRequest: Times;
  readonly speedUp: SpeedUp;
  readonly cost: { readonly usd: number; readonly tokens: Usage };
  readonly byAgent: Readonly<Record<string, Spent>>;
  readonly byRuntime: Readonly<Record<string, Spent>>;
  readonly byKind: Readonly<Record<string, Spent>>;
  readonly byShape: Readonly<Record<string, ShapeMetrics>>;
  readonly byStage: Readonly<Record<string, StageMetrics>>;
}

const DAY_MS = 86_400_000;

/** An attempt that is over, with what it belongs to. */
interface Ended {
  readonly attempt: OutcomeAttempt;
  readonly task: OutcomeTask;
  readonly from: number;
  readonly to: number;
}

/**
 * Computes the figures.
 *
 * @param input - What runs came to, and the time that is looked at.
 * @returns The figures.
 */
export function metricsOf({ runs, since, now }: MetricsInput): Metrics {
  const from = since ?? earliest(runs);
  const days = Math.max(1, (now - (from ?? now)) / DAY_MS);
  const isIn = (at: number | null): at is number => at !== null && at >= (since ?? -Infinity);
  const over = runs.filter(({ state, finishedAt }) => RUN_OVER[state] && isIn(finishedAt));
  const tasks = runs.flatMap((run) => run.tasks).filter(({ finishedAt }) => isIn(finishedAt));
  const inTime = runs.map((run) => endedIn(run, isIn));
  const ended = inTime.flat();
  const completed = over.filter(({ state }) => state === 'completed');
  const done = tasks.filter(({ state }) => state === 'completed').length;
  return {
    from,
    to: now,
    days: rounded(days),
    runs: {
      finished: over.length,
      completed: completed.length,
      partial: completed.filter(({ partial }) => partial).length,
      failed: over.filter(({ state }) => state === 'failed').length,
      canceled: over.filter(({ state }) => state === 'canceled').length,
      ...velocity(completed.length, days),
    },
    tasks: {
      completed: done,
      failed: tasks.filter(({ state }) => state === 'failed').length,
      skipped: tasks.filter(({ state }) => state === 'skipped').length,
      ...velocity(done, days),
    },
    firstTry: firstTries(ended),
    reviews: reviewsOf(runs, isIn),
    utilisation: use(runs, from ?? now),
    conflicts: conflictsOf(ended),
    toMerge: times(runs, ({ mergedAt }) => mergedAt, isIn),
    toMergedPullRequest: times(runs, ({ offerMergedAt }) => offerMergedAt, isIn),
    speedUp: speedUp(inTime),
    cost: costOf(ended.map(({ attempt }) => attempt)),
    byAgent: spentBy(ended, ({ attempt }) => attempt.agent),
    byRuntime: spentBy(ended, ({ attempt }) => attempt.runtime),
    byKind: spentBy(ended, ({ task }) => task.kind),
    byShape: shapes(over),
    byStage: stageMetrics(over),
  };
}

function earliest(runs: readonly OutcomeRun[]): number | null {
  return runs.reduce<number | null>(
    (first, { createdAt }) => (first === null || createdAt < first ? createdAt : first),
    null,
  );
}

function endedIn(run: OutcomeRun, isIn: (at: number | null) => at is number): Ended[] {
  return run.tasks.flatMap((task) =>
    task.attempts.flatMap((attempt): Ended[] => {
      const { startedAt, finishedAt } = attempt;
      // The wall clock may have been set back in between.
      return isIn(finishedAt)
        ? [{ attempt, task, from: startedAt, to: Math.max(startedAt, finishedAt) }]
        : [];
    }),
  );
}

function velocity(count: number, days: number): { perDay: number; perWeek: number } {
  return { perDay: rounded(count / days), perWeek: rounded((count / days) * 7) };
}

/** A task counts where the attempt that decides it ended. */
function firstTries(ended: readonly Ended[]): Share {
  const decisive = ended.filter(({ task, attempt }) => firstTry(task) === attempt);
  const passed = decisive.filter(({ attempt }) => attempt.outcome === 'succeeded');
  return shareOf(passed.length, decisive.length);
}

function reviewsOf(runs: readonly OutcomeRun[], isIn: (at: number | null) => at is number): Share {
  const reviews = runs
    .flatMap((run) => run.tasks)
    .flatMap((task) => task.reviews.filter(({ at }) => isIn(at)));
  return shareOf(reviews.filter(({ ok }) => ok).length, reviews.length);
}

function use(runs: readonly OutcomeRun[], since: number): Metrics['utilisation'] {
  const { waitingMs, usedMs, share } = utilisation(runs, since);
  return { waitingMs, usedMs, share: share === null ? null : rounded(share) };
}

/** A change that could be merged, or could not because of another one. */
function conflictsOf(ended: readonly Ended[]): Metrics['conflicts'] {
  const conflicts = ended.filter(({ attempt }) => attempt.reason === 'conflict').length;
  const merged = ended.filter(
    ({ attempt, task }) => attempt.outcome === 'succeeded' && attempt.changed && task.integrated,
  ).length;
  const changes = merged + conflicts;
  const per100 = changes === 0 ? null : rounded((100 * conflicts) / changes);
  return { changes, conflicts, per100 };
}

function times(
  runs: readonly OutcomeRun[],
  endOf: (run: OutcomeRun) => number | null,
  isIn: (at: number | null) => at is number,
): Times {
  const lengths = runs.flatMap((run) => {
    const end = endOf(run);
    return isIn(end) ? [Math.max(0, end - run.createdAt)] : [];
  });
  const longestMs = lengths.length === 0 ? null : lengths.reduce((a, b) => Math.max(a, b), 0);
  return { count: lengths.length, medianMs: median(lengths), longestMs };
}

/**
 * Compares the time attempts took with the time in which they were made.
 *
 * @param runs - The attempts of each run.
 * @returns The sums over all runs: what runs won over one another is not counted.
 */
function speedUp(runs: readonly (readonly Ended[])[]): SpeedUp {
  const sequentialMs = sum(runs.flat().map(({ from, to }) => to - from));
  const wallMs = sum(runs.map((ended) => unionMs(ended.map(({ from, to }) => [from, to]))));
  return { sequentialMs, wallMs, ratio: wallMs === 0 ? null : rounded(sequentialMs / wallMs) };
}

/**
 * Compares the time that a run's attempts took with the time in which they were made.
 *
 * @param run - The run.
 * @returns How much faster it went than one after the other.
 */
export function runSpeedUp(run: OutcomeRun): SpeedUp {
  return speedUp([endedIn(run, (at): at is number => at !== null)]);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}

function costOf(attempts: readonly OutcomeAttempt[]): Metrics['cost'] {
  let [usd, tokens] = [0, NO_USAGE];
  for (const attempt of attempts) {
    usd += attempt.usd;
    tokens = addUsage(tokens, attempt.tokens);
  }
  return { usd: roundUsd(usd), tokens };
}

function spentBy(
  ended: readonly Ended[],
  nameOf: (one: Ended) => string,
): Readonly<Record<string, Spent>> {
  const sorted = [...grouped(ended, nameOf)].map(([name, group]) => [name, spent(group)] as const);
  // The dearest first; of equals the busiest.
  return Object.fromEntries(
    sorted.toSorted(([, a], [, b]) => b.usd - a.usd || b.attempts - a.attempts),
  );
}

function spent(group: readonly Ended[]): Spent {
  const passed = group.filter(({ attempt }) => attempt.outcome === 'succeeded');
  return {
    attempts: group.length,
    tasks: new Set(group.map(({ task }) => task)).size,
    firstTry: firstTries(group),
    ...costOf(group.map(({ attempt }) => attempt)),
    medianMs: median(passed.map(({ from, to }) => to - from)),
  };
}

function shapes(over: readonly OutcomeRun[]): Readonly<Record<string, ShapeMetrics>> {
  const groups = grouped(over, (run) => planShape(run) ?? 'none');
  groups.delete('none');
  return Object.fromEntries(
    [...groups].map(([name, runs]) => {
      const all = runs.map((run) => endedIn(run, (at): at is number => at !== null));
      const { usd } = costOf(all.flat().map(({ attempt }) => attempt));
      return [
        name,
        {
          runs: runs.length,
          tasks: sum(runs.map(({ tasks }) => tasks.length)),
          failed: shareOf(runs.filter(({ state }) => state === 'failed').length, runs.length),
          speedUp: speedUp(all),
          meanUsd: roundUsd(usd / runs.length),
        },
      ];
    }),
  );
}

function grouped<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = nameOf(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}
