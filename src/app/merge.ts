// `tutti merge KEY`: the result of a run goes into its base branch. The one command that may move a
// checkout of the person; never against the checks, and never over an edit.

import type { Run } from '../model/run.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Verdict } from '../model/verdict.ts';
import type { MoveResult } from '../ports/repository.ts';
import { openFindings } from '../report/report.ts';
import { shortCommit } from '../report/view.ts';
import { allowedOf } from '../run/environment.ts';
import { judgeTree } from '../run/judge-tree.ts';
import {
  announceIntent,
  dropIntent,
  mergeChecksOf,
  readIntent,
  replaceIntent,
} from '../run/merge-intent.ts';
import type { BranchMove, MergeIntent } from '../run/merge-intent.ts';
import { checksOfResult } from '../run/result-checks.ts';
import type { Workshop } from '../run/workshop.ts';
import { plural } from '../util/amount.ts';
import { singleLine } from '../util/single-line.ts';
import type { App } from './app.ts';
import type { Confirm } from './confirm.ts';
import { findRun } from './find.ts';
import { foreignCommits } from './foreign-commits.ts';
import { bringCheckouts, finishRest, mergeRest, obstacle } from './merge-rest.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import { send } from './send.ts';
import type { Shown } from './shown.ts';
import { whyNotFollow } from './why-not-follow.ts';

/** How a merge is wanted, and who is there meanwhile. */
export interface MergeWish {
  /** A merge commit even where the branch could just move. */
  readonly noFf: boolean;
  readonly confirm: Confirm;
  /** Asks about what the repository would have run; `--yes` is no answer to it. */
  readonly trust: Confirm;
  readonly say: (line: string) => void;
  /** Ends it while nothing has been moved. */
  readonly signal: AbortSignal;
}

/** A merge as it is prepared. */
interface Merge {
  readonly workshop: Workshop;
  readonly run: Run;
  /** Where the base branch is. */
  readonly tip: string;
  readonly wish: MergeWish;
}

type Kind = 'fast_forward' | 'merge' | 'already_merged' | 'nothing';

/**
 * Merges a run into its base branch.
 *
 * @param app - The application.
 * @param key - The run's key as it was typed.
 * @param wish - How.
 * @returns What was done.
 */
export async function mergeRun(app: App, key: string, wish: MergeWish): Promise<Result<Shown>> {
  const found = await findRun(app, key);
  if (!found.ok) return found;
  const opened = await app.workshop();
  if (!opened.ok) return opened;
  const workshop = opened.value;
  const { repository } = workshop;
  const rest = await mergeRest(app, repository.commonDir);
  if (rest !== null) {
    const finished = await finishRest(app, workshop, rest);
    if (!finished.ok) return finished;
    if (finished.value !== null) wish.say(finished.value);
  }
  const run = found.value;
  if (!RUN_OVER[run.status.state]) {
    const hint = `go on with it: tutti resume ${run.key}`;
    return no('unfinished', `${run.key} is not finished, so there is nothing to merge yet`, hint);
  }
  const tip = await repository.resolve(`refs/heads/${run.baseBranch}`);
  if (tip === null) {
    const hint = `bring it back where the run began: git branch ${run.baseBranch} ${shortCommit(run.baseCommit)}`;
    return no('no_base', `there is no branch "${run.baseBranch}" to merge into`, hint);
  }
  if (run.head === run.base.merged) return done(run, { kind: 'nothing', to: tip });
  if ((await repository.resolve(run.head)) === null) {
    const what = `the result of ${run.key}, commit ${run.head}, is not in the repository any more`;
    return no('missing_commit', what, 'see what else is missing: git fsck', 1);
  }
  if (await repository.isAncestor(run.head, tip)) {
    return done(run, { kind: 'already_merged', to: tip });
  }
  // Even to look whether edits are in the way git would run it.
  const untrusted = await whyNotFollow(app, repository, wish.trust);
  if (untrusted !== null) return untrusted;
  const merge: Merge = { workshop, run, tip, wish };
  const refused = await refusal(merge);
  if (refused !== null) return refused;
  const merged = await locked(merge);
  // For the figures only: the merge is done, whether that can be written down or not.
  if (merged.ok) {
    await send(app, { type: 'note-merge', run: run.key, into: run.baseBranch, by: app.person });
  }
  return merged;
}

/** Whether the person wants it although something is unusual. */
async function refusal({ workshop, run, tip, wish }: Merge): Promise<Result<never> | null> {
  const verdicts = await workshop.store.verdicts(run.key);
  const findings = openFindings(verdicts).filter(
    ({ unconfirmed }) => unconfirmed === undefined,
  ).length;
  const unproven = run.tasks.filter(
    ({ status }) => status.state === 'completed' && status.proof === 'unproven',
  );
  const moved = !(await workshop.repository.isAncestor(tip, run.head));
  const foreign = await foreignCommits(workshop.repository, run);
  const reasons = [
    ...standing(run),
    ...(foreign === null ? [] : [foreign]),
    ...(unproven.length === 0 ? [] : [`no check has proven ${names(unproven)}`]),
    ...(findings === 0
      ? []
      : [`${plural(findings, 'finding')} of its review ${findings === 1 ? 'is' : 'are'} open`]),
    ...(moved ? [movedText(run)] : []),
  ];
  if (reasons.length === 0) return null;
  const answer = await wish.confirm(
    `${reasons.join('; ')}. Merge ${run.key} into ${run.baseBranch} all the same?`,
  );
  if (answer === true) return null;
  const hint = `look at it: tutti diff ${run.key}; merge it all the same: tutti merge ${run.key} --yes`;
  const what = `${run.key} was not merged: ${reasons.join('; ')}`;
  return no('unusual', what, hint, 3);
}

function standing({ key, status }: Run): readonly string[] {
  switch (status.state) {
    case 'failed':
      return [`${key} failed (${status.failure.reason})`];
    case 'canceled':
      return [`${key} was canceled`];
    case 'completed':
      return status.outcome === 'partial' ? [`${key} is only part of what was planned`] : [];
    default:
      return [];
  }
}

function movedText(run: Run): string {
  const moved = `${run.baseBranch} has moved since the run began`;
  return checksOfResult(run).length === 0
    ? `${moved} and no check can prove the merged result`
    : moved;
}

function names(tasks: readonly { readonly key: string }[]): string {
  const some = tasks.slice(0, 5).map(({ key }) => key);
  return tasks.length > some.length
    ? `${some.join(', ')} and ${tasks.length - some.length} more`
    : some.join(', ');
}

/** One merge at a time in a repository. */
async function locked(merge: Merge): Promise<Result<Shown>> {
  const { workshop, run } = merge;
  const { repository, supervisor } = workshop;
  const intent: MergeIntent = {
    run: run.key,
    holder: supervisor.self(),
    mark: workshop.randomId(),
    move: null,
  };
  if (!(await announceIntent(repository.commonDir, intent))) {
    const hint = 'wait until it is done, then give the command again';
    return no('busy', 'another merge is under way in this repository', hint, 1);
  }
  let keep = false;
  try {
    const made = await resultOf(merge, intent.mark);
    if (!made.ok) return made;
    const { kind, to, verdicts } = made.value;
    const move: BranchMove = { branch: run.baseBranch, from: merge.tip, to };
    if (merge.wish.signal.aborted) return interrupted(run);
    await replaceIntent(repository.commonDir, { ...intent, move });
    keep = true; // from here on only the whole way is the end
    const moved = await moveBranch(repository, move);
    if (!moved.ok) {
      keep = moved.problem.code === 'git_failed'; // then nobody knows how far it came
      return moved;
    }
    const followed = await bringCheckouts(repository, move, { run: run.key, again: false });
    if (!followed.ok) return followed;
    keep = false;
    return done(run, { kind, to, from: merge.tip, verdicts, checkouts: followed.value });
  } finally {
    if (!keep) await dropIntent(repository.commonDir, intent.mark);
  }
}

/** What the base branch is to move to, once the checks have allowed it. */
async function resultOf(
  merge: Merge,
  mark: string,
): Promise<Result<{ kind: Kind; to: string; verdicts: readonly Verdict[] }>> {
  const { run, tip, wish } = merge;
  const { repository, clock } = merge.workshop;
  const message = `Merge ${run.key}: ${singleLine(run.title)}\n\nTutti-Run: ${run.key}\n`;
  const spec = { parents: [tip, run.head], message, at: clock.now() };
  if (await repository.isAncestor(tip, run.head)) {
    const to = wish.noFf
      ? await repository.commit({ ...spec, tree: await repository.treeOf(run.head) })
      : run.head;
    const allowed = await allow(merge, to);
    return allowed ?? ok({ kind: wish.noFf ? 'merge' : 'fast_forward', to, verdicts: [] });
  }
  const base = await repository.mergeBase(tip, run.head);
  if (base === null) {
    const what = `${run.baseBranch} and the result of ${run.key} have no commit in common`;
    return no('unrelated', what, `${run.baseBranch} was replaced: merge by hand, if at all`, 1);
  }
  const merged = await repository.merge(base, tip, run.head);
  if (merged.kind === 'conflict') {
    const files = merged.files.map((file) => `  ${file}`).join('\n');
    const what = `${run.key} and ${run.baseBranch} have changed the same places:\n${files}`;
    return no('conflict', what, `merge by hand: git merge ${run.branch}`, 1);
  }
  const to = await repository.commit({ ...spec, tree: merged.tree });
  const allowed = await allow(merge, to);
  if (allowed !== null) return allowed;
  const verdicts = await gate(merge, to, mark);
  if (wish.signal.aborted) return interrupted(run);
  const bad = verdicts.find(({ ok: good }) => !good);
  if (bad !== undefined) {
    const what = `merged into ${run.baseBranch}, ${run.key} fails its check "${bad.name}":\n${bad.summary}`;
    const hint = `nothing was moved; mend it on ${run.baseBranch}, or take it over by hand from ${run.branch}`;
    return no('gate_failed', what, hint, 1);
  }
  // The checks took their time: somebody may have edited meanwhile.
  return (await allow(merge, to)) ?? ok({ kind: 'merge', to, verdicts });
}

async function gate(
  { workshop, run, wish }: Merge,
  to: string,
  mark: string,
): Promise<readonly Verdict[]> {
  const { workspace, limits, integrate } = run.settings;
  const { repository } = workshop;
  const checks = checksOfResult(run);
  if (checks.length > 0) wish.say(`${run.baseBranch} has moved: checking the merged result`);
  return judgeTree(workshop, {
    checks,
    treeish: to,
    name: mergeChecksOf(run.key),
    branch: run.baseBranch,
    settings: workspace,
    limits,
    retries: integrate.flakyRetries,
    env: { ...allowedOf(workshop.environment, workspace.env), TUTTI_RUN: run.key },
    mark,
    mayStart: async () => (await readIntent(repository.commonDir))?.mark === mark,
    signal: wish.signal,
  });
}

async function allow({ workshop, run, tip }: Merge, to: string): Promise<Result<never> | null> {
  const allowed = await workshop.repository.checkoutsAllow(run.baseBranch, tip, to);
  if (allowed.ok) return null;
  const first =
    allowed.busy === undefined ? 'commit them or put them away (git stash)' : 'finish that';
  const hint = `${first}, then: tutti merge ${run.key}`;
  return no('edits_in_the_way', `nothing was merged: ${obstacle(allowed)}`, hint, 1);
}

async function moveBranch(
  repository: Workshop['repository'],
  { branch, from, to }: BranchMove,
): Promise<Result<null>> {
  const ref = `refs/heads/${branch}`;
  let moved: MoveResult;
  try {
    moved = await repository.move([{ ref, old: from, new: to }], null);
  } catch (error) {
    // A full disk, or the lock of a git that was killed: git says which file it is.
    if (!(error instanceof Error)) throw error;
    const hint =
      'if no other git is at work, remove the lock it names, then give the command again';
    return no('git_failed', `${branch} could not be moved: ${error.message}`, hint, 1);
  }
  if (moved.kind === 'moved') return ok(null);
  const what = `${branch} was moved by somebody else at this moment: nothing was merged`;
  return no('moved_meanwhile', what, 'give the command again', 1);
}

function interrupted({ key }: Run): Result<never> {
  const what = `the merge of ${key} was interrupted: nothing was moved`;
  return no('interrupted', what, `merge it: tutti merge ${key}`, 1);
}

interface Done {
  readonly kind: Kind;
  readonly from?: string;
  readonly to: string;
  readonly verdicts?: readonly Verdict[];
  readonly checkouts?: readonly string[];
}

function done(run: Run, { kind, from, to, verdicts = [], checkouts = [] }: Done): Result<Shown> {
  const { key, baseBranch: branch } = run;
  const checks = verdicts.map(({ name, ok: good, command, exitCode, tree, durationMs }) => ({
    name,
    ok: good,
    command,
    exitCode,
    tree,
    durationMs,
  }));
  const merge = { run: key, branch, kind, from: from ?? null, to, checkouts, checks };
  return ok({ json: { merge }, text: () => words(run, { kind, to, verdicts, checkouts }) });
}

function words(
  { key, baseBranch }: Run,
  { kind, to, verdicts = [], checkouts = [] }: Done,
): string {
  if (kind === 'nothing') return `${key} changed nothing: there is nothing to merge`;
  if (kind === 'already_merged') return `${key} is already merged into ${baseBranch}`;
  const how = kind === 'fast_forward' ? 'moved to' : 'merged as';
  const proof =
    verdicts.length === 0 ? '' : `, ${plural(verdicts.length, 'check')} passed on the result`;
  const lines = [`${key} is in ${baseBranch}, ${how} ${shortCommit(to)}${proof}`];
  for (const path of checkouts) lines.push(`  ${path} follows`);
  return lines.join('\n');
}
