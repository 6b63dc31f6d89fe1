// Judging what was handed in by the tree that it makes.

import type { Change } from '../model/attempt.ts';
import type { AttemptKey } from '../model/key.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Bench, Job, LiveEffect } from './bench.ts';
import { jobOf } from './bench.ts';
import { environmentOf } from './environment.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { isKnown, judgeRest, lookUp } from './judge-known.ts';
import { judgeResult, judgeReview } from './judge-review.ts';
import { taskBranch } from './names.ts';
import { missing } from './resolution.ts';
import { checksOf } from './task-checks.ts';

/**
 * Runs the checks of a task on the tree that its change makes.
 *
 * @param bench - The coordinator.
 * @param key - The attempt; it has handed in.
 * @param gatekeeper - How many may judge at once, and what is known.
 * @returns The work.
 */
export function verify(bench: Bench, key: AttemptKey, gatekeeper: Gatekeeper): LiveEffect {
  return judging(bench, key, async (job, change, signal) => {
    const judged = judgeOfResult(bench, job, signal);
    if (judged !== null) {
      const found = await gatekeeper.slots.use(judged);
      const { regression, ...review } = found;
      if (signal.aborted) return;
      if (regression === undefined) {
        await bench.report({ ...address(job), type: 'reviewed', ...review });
      } else {
        const { kind: _, ...broken } = regression;
        const refuted = review.verdicts;
        await bench.report({ ...address(job), type: 'regressed', ...broken, refuted });
      }
    } else {
      const lost = await missing(bench, job, change);
      if (lost !== null) {
        await bench.report({ ...address(job), type: 'lines-lost', ...lost });
        return;
      }
      const treeish = change?.commit ?? ownTree(job);
      const on = { treeish, before: change?.base ?? null, signal };
      const verdicts = await judgeFor(bench, job, on, gatekeeper);
      if (!signal.aborted) await bench.report({ ...address(job), type: 'verified', verdicts });
    }
  });
}

/** What checks something, or found nothing to fix, is judged on the run's head; `null` = in the root. */
function ownTree({ run, task }: Job): string | null {
  const { kind, fixes } = task.spec;
  return kind === 'check' || fixes !== undefined ? run.head : null;
}

/** How a task of the review is judged; `null` = it is none. */
function judgeOfResult(
  bench: Bench,
  job: Job,
  signal: AbortSignal,
): (() => ReturnType<typeof judgeReview>) | null {
  const { status } = job.attempt;
  const review = status.state === 'handed_in' ? status.report.review : undefined;
  if (review !== undefined) return () => judgeReview(bench, job, review, signal);
  return job.task.spec.round === undefined ? null : () => judgeResult(bench, job, signal);
}

const NOTHING: LiveEffect = { done: Promise.resolve(), stop: () => {} };

function judging(
  bench: Bench,
  key: AttemptKey,
  judge: (job: Job, change: Change | null, signal: AbortSignal) => Promise<void>,
): LiveEffect {
  const job = jobOf(bench.world, key);
  if (job?.attempt.status.state !== 'handed_in') return NOTHING;
  const abort = new AbortController();
  const { change } = job.attempt.status;
  const done = clear(bench, job).then(() => judge(job, change, abort.signal));
  return { done, stop: () => abort.abort() };
}

/** Ends the checks that an earlier coordinator left running. */
async function clear(bench: Bench, { attempt }: Job): Promise<void> {
  if (attempt.fence !== bench.epoch) await bench.workshop.supervisor.sweep([attempt.mark]);
}

/** Where the checks of a task are run. */
interface JudgedOn {
  /** `null` = in the project's root. */
  readonly treeish: string | null;
  /** The commit that the change was made on; `null` = there is no change. */
  readonly before: string | null;
  readonly signal: AbortSignal;
}

/** Runs the checks of a task on a tree, those that it has not passed before. */
async function judgeFor(
  bench: Bench,
  job: Job,
  { treeish, before, signal }: JudgedOn,
  gatekeeper: Gatekeeper,
): Promise<readonly Verdict[]> {
  const { run } = job;
  const checks = checksOf(job, treeish !== null);
  if (checks.length === 0) return [];
  const how = {
    run: run.key,
    before,
    name: `${job.task.key}-checks`,
    branch: taskBranch(job),
    settings: run.settings.workspace,
    limits: run.settings.limits,
    env: (port: number | null) =>
      environmentOf(bench.workshop, port === null ? job : { ...job, port }),
    mark: job.attempt.mark,
    mayStart: () => bench.holdsLease(),
    signal,
  };
  const { slots } = gatekeeper;
  if (treeish === null) {
    // What is done in the root may not be done twice, and what is found out there is of no tree.
    const all = { passed: [], open: checks, checks, conditions: new Map<string, string>() };
    return slots.use(() => judgeRest(bench, gatekeeper, all, { ...how, treeish }));
  }
  const { status } = job.attempt;
  const change = status.state === 'handed_in' ? status.change : null;
  const tree = change?.tree ?? (await bench.workshop.repository.treeOf(treeish));
  const found = await lookUp(bench, gatekeeper, { run, tree, checks });
  if (isKnown(found)) return found.passed;
  const retries = run.settings.integrate.flakyRetries;
  return slots.use(() => judgeRest(bench, gatekeeper, found, { ...how, treeish, retries }));
}

function address({ attempt }: Job): { attempt: AttemptKey; fence: number } {
  return { attempt: attempt.key, fence: attempt.fence };
}
