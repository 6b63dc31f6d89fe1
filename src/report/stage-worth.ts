// Which stages were worth it: what each took, what reviews found, and how the work did in runs with a
// stage and in those without.

import type { OutcomeRun, OutcomeTask } from '../model/outcome.ts';
import { IMPLEMENTATION, PLANNING } from '../model/stage.ts';
import { formatDuration, formatUsd, plural } from '../util/amount.ts';
import { median } from '../util/median.ts';
import { firstTry, shareOf, unionMs } from './tries.ts';
import type { Share } from './tries.ts';

/** What one stage took and gave. */
export interface StageMetrics {
  /** Runs in which an attempt of it was made. */
  readonly runs: number;
  /** Of one run, in milliseconds: how long at least one of its attempts was open. */
  readonly medianMs: number;
  /** Of one run. */
  readonly medianUsd: number;
  /** Reviews that found something which held: blocking or major, and not found untrue. */
  readonly found: Share;
  /** Tasks that saw to such findings and got onto the branch. */
  readonly fixes: number;
  /** First-try passes of the work in planned runs with this stage, and without it. */
  readonly firstTryWith: Share;
  readonly firstTryWithout: Share;
}

/** Fewer say nothing. */
const FEWEST = 3;

/**
 * Measures the stages of runs.
 *
 * @param runs - The runs.
 * @returns What each stage took and gave, by its name.
 */
export function stageMetrics(runs: readonly OutcomeRun[]): Readonly<Record<string, StageMetrics>> {
  const names = new Set(runs.flatMap(({ tasks }) => tasks.map(({ stage }) => stage)));
  const planned = runs.filter(({ source }) => source !== 'direct');
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const parts = runs
        .map((run) => partOf(run, name))
        .filter(({ attempts }) => attempts.length > 0);
      if (parts.length === 0) return [];
      const reviews = parts.flatMap(({ tasks }) => tasks.flatMap((task) => task.reviews));
      const found = reviews.filter(({ findings }) => findings > 0).length;
      const has = (run: OutcomeRun): boolean => partOf(run, name).attempts.length > 0;
      const metrics: StageMetrics = {
        runs: parts.length,
        medianMs: median(parts.map(({ ms }) => ms)) ?? 0,
        medianUsd: median(parts.map(({ usd }) => usd)) ?? 0,
        found: shareOf(found, reviews.length),
        fixes: reviews.length === 0 ? 0 : fixesOf(parts.map(({ run }) => run)),
        firstTryWith: workOf(planned.filter((run) => has(run))),
        firstTryWithout: workOf(planned.filter((run) => !has(run))),
      };
      return [[name, metrics]];
    }),
  );
}

interface Part {
  readonly run: OutcomeRun;
  readonly tasks: readonly OutcomeTask[];
  readonly attempts: OutcomeTask['attempts'];
  readonly ms: number;
  readonly usd: number;
}

function partOf(run: OutcomeRun, stage: string): Part {
  const tasks = run.tasks.filter((task) => task.stage === stage);
  const attempts = tasks.flatMap((task) =>
    task.attempts.filter(({ finishedAt }) => finishedAt !== null),
  );
  const spans = attempts.map(
    ({ startedAt, finishedAt }) => [startedAt, finishedAt ?? startedAt] as const,
  );
  const usd = attempts.reduce((sum, attempt) => sum + attempt.usd, 0);
  return { run, tasks, attempts, ms: unionMs(spans), usd };
}

function fixesOf(runs: readonly OutcomeRun[]): number {
  return runs.flatMap(({ tasks }) => tasks).filter(({ fixes, integrated }) => fixes && integrated)
    .length;
}

/** What a review wanted done is not the work that was planned. */
function workOf(runs: readonly OutcomeRun[]): Share {
  const tries = runs
    .flatMap(({ tasks }) => tasks)
    .filter(({ kind, fixes }) => kind === 'work' && !fixes)
    .flatMap((task) => firstTry(task) ?? []);
  return shareOf(tries.filter(({ outcome }) => outcome === 'succeeded').length, tries.length);
}

/**
 * Says which stages were worth it, where enough is known.
 *
 * @param stages - What each stage took and gave.
 * @returns A line for each that can be left out.
 */
export function stageRemarks(stages: Readonly<Record<string, StageMetrics>>): readonly string[] {
  return Object.entries(stages)
    .filter(([name, { runs }]) => name !== IMPLEMENTATION && name !== PLANNING && runs >= FEWEST)
    .map(
      ([name, one]) => `history of the stage ${name}: ${[...worth(one), price(one)].join(', ')}`,
    );
}

function worth({ found, fixes, firstTryWith, firstTryWithout }: StageMetrics): string[] {
  if (found.of > 0) {
    const fixed = fixes === 0 ? '' : `, ${plural(fixes, 'fix', 'fixes')} got onto the branch`;
    return [`${found.count} of ${plural(found.of, 'review')} found something that held${fixed}`];
  }
  if (firstTryWith.of < FEWEST || firstTryWithout.of < FEWEST) return [];
  const [yes, no] = [firstTryWith, firstTryWithout].map(({ count, of }) => `${count} of ${of}`);
  return [`${yes} first-try passes with it, ${no} without`];
}

function price({ medianMs, medianUsd }: StageMetrics): string {
  const money = medianUsd > 0 ? ` and ${formatUsd(medianUsd)}` : '';
  return `${formatDuration(medianMs)}${money} a run`;
}
