// Judging the result of a run: by its checks, and by looking into what its reviewers claim.

import { findingsToFix, passes } from '../model/review.ts';
import { IMPLEMENTATION } from '../model/stage.ts';
import type { Finding, Review, Verdict } from '../model/verdict.ts';
import { lookInto } from '../review/claims.ts';
import { claimName, evidenceOn } from '../review/evidence.ts';
import type { Bench, Job } from './bench.ts';
import { environmentOf } from './environment.ts';
import { judgeTree } from './judge-tree.ts';
import type { Judging } from './judge-tree.ts';
import { taskBranch } from './names.ts';
import { findRegression } from './regress.ts';
import type { Regression } from './regress.ts';
import { checksOfResult, tailOf } from './result-checks.ts';

/** Longest time for a command that a reviewer names. */
const CLAIM_SECS = 120;
/** Whoever only reads and judges puts nothing right. */
const READERS: ReadonlySet<string> = new Set(['code-reviewer', 'Explore', 'Plan']);
const NOBODY = 'general-purpose';

/** What was found out. */
export interface Judged {
  readonly review: Review;
  readonly verdicts: readonly Verdict[];
  /** What broke a check on the result can be taken out. */
  readonly regression?: Extract<Regression, { kind: 'revert' }>;
}

/**
 * Looks into what a reviewer claims.
 *
 * @param bench - The coordinator.
 * @param job - Its attempt; it has handed in.
 * @param answered - What it answered.
 * @param signal - Ends the commands that are tried out.
 * @returns The review as it counts, and every verdict.
 */
export async function judgeReview(
  bench: Bench,
  job: Job,
  answered: Review,
  signal: AbortSignal,
): Promise<Judged> {
  const { repository, clock } = bench.workshop;
  const { review, tried } = await lookInto(answered, {
    repository,
    base: job.run.base.merged,
    tryOut: (commands) => tryOut(bench, job, { commit: answered.commit, commands }, signal),
  });
  const whole = withFixers(bench, job, review);
  const verdict: Verdict = {
    kind: 'review',
    name: job.attempt.agent,
    ok: passes(whole),
    command: null,
    exitCode: null,
    tree: await repository.treeOf(answered.commit),
    durationMs: Math.max(0, clock.now() - job.attempt.startedAt),
    summary: [whole.summary, ...remarks(whole, tried)].filter((line) => line !== '').join('\n'),
    findings: whole.findings,
  };
  return { review: whole, verdicts: [...tried, verdict] };
}

function remarks(review: Review, tried: readonly Verdict[]): readonly string[] {
  const { dropped = [] } = review;
  const known = new Set(tried.map(({ command }) => command));
  const untried = findingsToFix(review).flatMap(({ command }) =>
    command === undefined || known.has(command) ? [] : [command],
  );
  return [
    ...(dropped.length === 0
      ? []
      : [`(It changed files in its own copy, which are not merged: ${dropped.join(', ')})`]),
    ...(untried.length === 0 ? [] : [`(Not tried out: ${untried.join('; ')})`]),
  ];
}

/**
 * Judges the result by the run's checks and those of its tasks. What has passed on this very tree
 * already is not run again.
 *
 * @param bench - The coordinator.
 * @param job - The attempt that stands for it.
 * @param signal - Ends the checks.
 * @returns What they say as a review, and the verdicts of those that were run.
 */
export async function judgeResult(bench: Bench, job: Job, signal: AbortSignal): Promise<Judged> {
  const { repository, store } = bench.workshop;
  const { head: commit } = job.run;
  const known = evidenceOn(await store.verdicts(job.run.key), await repository.treeOf(commit));
  const all = checksOfResult(job.run);
  const open = all.filter(({ run }) => known.get(run)?.ok !== true);
  // A change that is proven may not go because of one failure that comes and goes.
  const retries = job.run.settings.integrate.flakyRetries;
  const { treeish, ...place } = { ...placeOf(bench, job, commit, signal), retries };
  const judging = { ...place, treeish, checks: open, all: true };
  const verdicts = await judgeTree(bench.workshop, judging);
  const failed = verdicts.filter(({ ok }) => !ok);
  const regression = await findRegression(bench, job, { failed, place }, signal);
  const proven = all.length - open.length;
  const summary = [
    ...(proven > 0 ? [`${proven} of ${all.length} checks have passed on this tree before`] : []),
    ...(verdicts.length > 0
      ? [`${verdicts.length - failed.length} of ${verdicts.length} passed now`]
      : []),
  ].join('; ');
  const review = withFixers(bench, job, {
    verdict: failed.length === 0 ? 'approve' : 'request_changes',
    summary,
    findings: failed.map((verdict) => findingOf(verdict, regression)),
    commit,
  });
  const found = new Map(review.findings.map((finding) => [finding.command, finding]));
  return {
    review,
    ...(regression?.kind === 'revert' && { regression }),
    verdicts: verdicts.map((verdict) => {
      const finding = verdict.ok ? undefined : found.get(verdict.command ?? undefined);
      return finding === undefined ? verdict : Object.assign({}, verdict, { findings: [finding] });
    }),
  };
}

function findingOf(verdict: Verdict, regression: Regression | null): Finding {
  const { name, command, exitCode } = verdict;
  const how = exitCode === null ? 'did not end by itself' : `failed with exit ${exitCode}`;
  const isCause = regression?.kind === 'stays' && regression.check === command;
  const cause = isCause
    ? ` It passed before the change of ${regression.cause}, which could not be taken out: ${regression.why}.`
    : '';
  const message = `The check "${name}" ${how} on the result of all tasks together.${cause}\n${tailOf(verdict)}`;
  return {
    severity: 'blocking',
    message: message.trim(),
    ...(command !== null && { command }),
  };
}

/**
 * Runs commands that a reviewer names: in a copy that goes afterwards, in the sandbox, without a
 * network. Without a sandbox only those are run that a person approved as checks.
 */
async function tryOut(
  bench: Bench,
  job: Job,
  { commit, commands }: { commit: string; commands: readonly string[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Verdict>> {
  const approved = new Set(checksOfResult(job.run).map(({ run }) => run));
  const sandbox = await bench.workshop.sandbox();
  const may = commands.filter((line) => sandbox.kind === 'works' || approved.has(line));
  const verdicts = await judgeTree(bench.workshop, {
    ...placeOf(bench, job, commit, signal),
    checks: may.map((run, index) => ({
      name: claimName(job.attempt.agent, index + 1),
      run,
      timeoutSecs: CLAIM_SECS,
    })),
    all: true,
    offline: true,
  });
  // What could not be set up says nothing of any command.
  return new Map(verdicts.flatMap((one) => (one.command === null ? [] : [[one.command, one]])));
}

function placeOf(
  bench: Bench,
  job: Job,
  treeish: string,
  signal: AbortSignal,
): Omit<Judging, 'checks'> {
  const { workspace, limits } = job.run.settings;
  return {
    treeish,
    name: `${job.task.key}-checks`,
    branch: taskBranch(job),
    settings: workspace,
    limits,
    env: environmentOf(bench.workshop, job),
    mark: job.attempt.mark,
    mayStart: () => bench.holdsLease(),
    signal,
  };
}

/** Who is to see to each finding: whom its words are for, else whose task has changed the file. */
function withFixers(bench: Bench, job: Job, review: Review): Review {
  const findings = review.findings.map((finding): Finding => {
    const fixer = fixerOf(bench, job, finding);
    const runtime = bench.workshop.agents.get(fixer.agent)?.runtime ?? null;
    return Object.assign({}, finding, { fixer: { ...fixer, runtime } });
  });
  return { ...review, findings };
}

function fixerOf(
  bench: Bench,
  { run }: Job,
  { file, message }: Finding,
): { agent: string; reason: string } {
  const title = message.split('\n', 1)[0] ?? '';
  const routed = bench.workshop.route({
    title,
    description: [file ?? [], message].flat().join('\n'),
  });
  if (routed.agent !== NOBODY && !READERS.has(routed.agent)) return routed;
  const owner = run.tasks.findLast(({ stage, attempts }) => {
    const status = attempts.at(-1)?.status;
    const files = status?.state === 'ended' ? (status.change?.files ?? []) : [];
    return stage === IMPLEMENTATION && file !== undefined && files.includes(file);
  });
  const agent = owner?.attempts.at(-1)?.agent;
  if (owner === undefined || agent === undefined || !bench.workshop.agents.has(agent)) {
    return routed.agent === NOBODY ? routed : { agent: NOBODY, reason: routed.reason };
  }
  return { agent, reason: `${owner.key} has changed ${file ?? ''}` };
}
