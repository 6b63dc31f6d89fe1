// Judging what was handed in: checks on the tree it makes, merging, the gate, moving the branch.

import { mergeChange } from '../integrate/merge-change.ts';
import { publish } from '../integrate/publish.ts';
import type { Change } from '../model/attempt.ts';
import type { AttemptKey } from '../model/key.ts';
import type { Check } from '../model/plan.ts';
import type { Publication } from '../model/task.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Bench, Job, LiveEffect } from './bench.ts';
import { jobOf } from './bench.ts';
import { checkChanges } from './check-changes.ts';
import type { CheckSlots } from './check-slots.ts';
import { withComparison } from './compare-tests.ts';
import { contested, missing } from './conflict.ts';
import { environmentOf } from './environment.ts';
import { judgeResult, judgeReview } from './judge-review.ts';
import { judgeTree } from './judge-tree.ts';
import type { Judging } from './judge-tree.ts';
import { behindRef, commitMessage, headRef, taskBranch } from './names.ts';

/** Longest time for a check that a plan names without one. */
const TASK_CHECK_SECS = 600;

/**
 * Runs the checks of a task on the tree that its change makes.
 *
 * @param bench - The coordinator.
 * @param key - The attempt; it has handed in.
 * @param slots - How many may run checks at once.
 * @returns The work.
 */
export function verify(bench: Bench, key: AttemptKey, slots: CheckSlots): LiveEffect {
  return judging(bench, key, async (job, change, signal) => {
    const judged = judgeOfResult(bench, job, signal);
    if (judged !== null) {
      const found = await slots.use(judged);
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
      const on = { treeish, before: change?.base ?? null };
      const verdicts = await slots.use(() => judgeFor(bench, job, on, signal));
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

/**
 * Merges a verified change into the run's head and runs the gate on the merged tree.
 *
 * @param bench - The coordinator.
 * @param key - The attempt; it is at the head of the merge queue.
 * @param slots - How many may run checks at once.
 * @returns The work.
 */
export function integrate(bench: Bench, key: AttemptKey, slots: CheckSlots): LiveEffect {
  return judging(bench, key, async (job, change, signal) => {
    if (change === null) return;
    const { head } = job.run;
    const merged = await mergeChange(bench.workshop.repository, head, change);
    if (merged.kind === 'conflict') {
      const report = await contested(bench, job, merged);
      await bench.report({ ...address(job), type: 'conflict', ...report });
      return;
    }
    // A change on the very head was judged as it is; anything else is a new tree to be judged.
    const { kind, tree } = merged;
    const commit = kind === 'unmoved' ? change.commit : await commitOn(bench, job, { head, tree });
    const verdicts =
      kind === 'unmoved'
        ? []
        : await slots.use(() => judgeFor(bench, job, { treeish: commit, before: head }, signal));
    if (signal.aborted) return;
    if (verdicts.some(({ ok }) => !ok)) {
      await bench.report({ ...address(job), type: 'gate-failed', verdicts });
      return;
    }
    const proof = checksOf(job, true).length > 0 ? 'proven' : 'unproven';
    const publication = { ref: headRef(job.run.key), old: head, new: commit, tree, proof } as const;
    const commands = checksOf(job, true).map(({ run }) => run);
    const touched = await checkChanges(bench.workshop.repository, change, commands);
    await bench.report({ ...address(job), type: 'publishable', publication, verdicts, touched });
  });
}

/**
 * Moves the run's head and its branch as it was announced.
 *
 * @param bench - The coordinator.
 * @param key - The attempt whose publication is announced.
 * @returns The work; it is too short to be stopped.
 */
export function announce(bench: Bench, key: AttemptKey): LiveEffect {
  const job = jobOf(bench.world, key);
  const status = job?.task.status;
  if (job === null || status?.state !== 'running' || status.publication === null) return NOTHING;
  return { done: move(bench, job, status.publication), stop: () => {} };
}

async function move(bench: Bench, job: Job, publication: Publication): Promise<void> {
  const { branch, key } = job.run;
  const to = { branch, behind: behindRef(key), epoch: bench.epoch };
  const result = await publish(bench.workshop.repository, publication, to);
  if (result.kind === 'superseded') return; // the next write says so too
  await bench.report(
    result.kind === 'published'
      ? { ...address(job), type: 'published' }
      : { ...address(job), type: 'not-published', at: result.at },
  );
  if (result.kind !== 'published') return;
  // Nobody goes on with its sessions; what cannot be removed now is tried again when the run is over.
  await bench.workshop.workspaces.removeHome(job.task.key).catch(() => undefined);
}

/** One commit a task, so that the branch reads as a list of tasks and each can be reverted alone. */
function commitOn(bench: Bench, job: Job, on: { head: string; tree: string }): Promise<string> {
  const { repository, clock } = bench.workshop;
  const message = commitMessage(job);
  return repository.commit({ tree: on.tree, parents: [on.head], message, at: clock.now() });
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

/** The run's checks and the task's own; the run's say nothing of a task that changes nothing. */
function checksOf({ run, task }: Job, changes: boolean): readonly Check[] {
  const own = task.spec.checks.map((line, index): Check => ({
    name: `${task.spec.id}-${index + 1}`,
    run: line,
    timeoutSecs: TASK_CHECK_SECS,
  }));
  const all = changes ? [...run.settings.checks, ...own] : own;
  return all.filter((check, index) => all.findIndex((one) => one.run === check.run) === index);
}

/** Where the checks of a task are run. */
interface JudgedOn {
  /** `null` = in the project's root. */
  readonly treeish: string | null;
  /** The commit that the change was made on; `null` = there is no change. */
  readonly before: string | null;
}

/** Runs the checks of a task on a tree, and compares what they count with the tree before. */
async function judgeFor(
  bench: Bench,
  job: Job,
  { treeish, before }: JudgedOn,
  signal: AbortSignal,
): Promise<readonly Verdict[]> {
  const checks = checksOf(job, treeish !== null);
  if (checks.length === 0) return [];
  const ports = await bench.workshop.ports.take();
  const env = environmentOf(bench.workshop, ports === null ? job : { ...job, port: ports.first });
  const means: Judging = {
    checks,
    treeish,
    name: `${job.task.key}-checks`,
    branch: taskBranch(job),
    settings: job.run.settings.workspace,
    limits: job.run.settings.limits,
    env,
    mark: job.attempt.mark,
    mayStart: () => bench.holdsLease(),
    signal,
  };
  try {
    const verdicts = await judgeTree(bench.workshop, means);
    return await withComparison(bench, means, { run: job.run.key, before, verdicts });
  } finally {
    ports?.release();
  }
}

function address({ attempt }: Job): { attempt: AttemptKey; fence: number } {
  return { attempt: attempt.key, fence: attempt.fence };
}
