// The place where a task works and what of it is kept.

import type { Change } from '../model/attempt.ts';
import { failure } from '../model/failure.ts';
import type { Failure, FailureReason } from '../model/failure.ts';
import { MAKES_CHANGES } from '../model/plan.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Workspace, Collected } from '../ports/workspace.ts';
import { saysNoRoom } from '../util/no-room.ts';
import { isSystemError } from '../util/system-error.ts';
import type { Bench, Job } from './bench.ts';
import { confinementOf } from './confine.ts';
import { clashOf } from './conflict.ts';
import { environmentOf } from './environment.ts';
import { commitMessage, keptRef, taskBranch } from './names.ts';
import { setUpBy } from './set-up.ts';

/** A place that is ready, or why there is none. */
export type Prepared =
  | {
      readonly ok: true;
      readonly path: string;
      readonly home: string;
      readonly workspace: Workspace | null;
    }
  | { readonly ok: false; readonly failure: Failure };

/**
 * Makes a fresh workspace for an attempt, with the kept work of the one before where that helps.
 *
 * @param bench - The coordinator.
 * @param job - The attempt.
 * @param from - The commit it starts from.
 * @param signal - Ends a set-up command.
 * @returns The place; `workspace` is `null` for a task that works in the project's root.
 */
export async function prepare(
  bench: Bench,
  job: Job,
  from: string,
  signal: AbortSignal,
): Promise<Prepared> {
  const { workspaces, repository } = bench.workshop;
  const { task, run } = job;
  const home = workspaces.homePath(task.key);
  if (task.spec.workspace === 'none') {
    // There may be thousands of these, and what they run remembers nothing.
    return { ok: true, path: repository.root, home, workspace: null };
  }
  await saveLeft(bench, job);
  let reason: FailureReason = 'setup_failed';
  const env = environmentOf(bench.workshop, job);
  const prepared = await workspaces.prepare(
    {
      name: task.key,
      mode: task.spec.workspace,
      commit: from,
      branch: taskBranch(job),
      settings: run.settings.workspace,
      environment: env,
    },
    setUpBy(bench.workshop.supervisor, {
      env,
      mark: job.attempt.mark,
      limits: run.settings.limits,
      over: () => {
        reason = 'limit';
      },
      confine: (cwd, read) => confinementOf(bench.workshop, { cwd, home, folder: null, read }),
      mayStart: () => bench.holdsLease(),
      signal,
    }),
    () => bench.holdsLease(),
  );
  if (!prepared.ok) return { ok: false, failure: failure(reason, prepared.message) };
  const { workspace, remarks = [] } = prepared;
  for (const text of remarks) bench.agentEvent(job.attempt.key, { type: 'text', text });
  workspaces.ahead(
    { commit: from, settings: run.settings.workspace, environment: env },
    soonNeeded(job),
    () => bench.holdsLease(),
  );
  const message = await layBefore(bench, job, from, workspace);
  if (message !== null) {
    // Files that were cut off must be nobody's work.
    if (await bench.holdsLease()) await workspace.remove();
    return { ok: false, failure: failure('setup_failed', message) };
  }
  await workspaces.makeHome(task.key);
  return { ok: true, path: workspace.path, home, workspace };
}

/** Brings what the attempt goes on with into its workspace; tells why it cannot, or `null`. */
async function layBefore(
  bench: Bench,
  job: Job,
  from: string,
  workspace: Workspace,
): Promise<string | null> {
  const kept = await keptBefore(bench, job);
  const tree = kept === null ? await treeToLay(bench, job, from) : null;
  const [what, laid] =
    kept === null
      ? ['what is to be resolved', tree === null ? null : await workspace.lay(tree)]
      : ['the work so far', await workspace.restore(kept)];
  if (laid?.kind === 'failed') return `${what} could not be laid out: ${laid.message}`;
  // Kept work that does not fit is done again; without both sides there is nothing to resolve.
  if (kept !== null || laid?.kind !== 'unfit') return null;
  return `${what} could not be laid out in the workspace`;
}

/** What a person has made of a conflict, or both sides of it; `null` = there is none. */
async function treeToLay(bench: Bench, job: Job, from: string): Promise<string | null> {
  const { repository } = bench.workshop;
  const { byHand, resolves } = job.task.spec;
  if (byHand !== undefined) {
    return (await repository.merge(byHand.base, from, byHand.commit)).tree;
  }
  return resolves === undefined ? null : ((await clashOf(repository, job, from))?.tree ?? null);
}

/** Each task needs one to work in and one to be judged in, one after the other. */
function soonNeeded({ run }: Job): number {
  const left = run.tasks.filter(
    ({ spec, status }) => spec.workspace !== 'none' && !TASK_OVER[status.state],
  );
  return Math.min(run.settings.maxParallel, left.length);
}

/** What an earlier attempt left in its workspace, because it could not be taken then. */
async function saveLeft(bench: Bench, job: Job): Promise<void> {
  const left = await bench.workshop.workspaces.find(job.task.key);
  const before = job.task.attempts.at(-2);
  if (left === null || before === undefined || !(await bench.holdsLease())) return;
  const { invalid } = await keep(bench, { ...job, attempt: before }, left).catch(refused);
  if (invalid !== null && (await bench.holdsLease())) await left.setAside(before.key);
}

/** What the system does not let us take is looked at by people; with more room it can be taken later. */
function refused(error: unknown): Pick<Kept, 'invalid'> {
  if (!isSystemError(error) || saysNoRoom(error.message)) throw error;
  return { invalid: error.message };
}

/** The kept work that this attempt goes on with: the newest, unless it did not fit the branch. */
async function keptBefore(bench: Bench, { task }: Job): Promise<string | null> {
  if (!MAKES_CHANGES[task.spec.kind]) return null;
  for (const { key, status } of task.attempts.slice(0, -1).toReversed()) {
    if (status.state !== 'ended') return null;
    const { outcome } = status;
    if (outcome.kind === 'failed' && outcome.failure.reason === 'conflict') return null;
    // What a person has taken out is done again from the beginning.
    if (outcome.kind === 'succeeded' && task.takenBack?.reason === 'undone') return null;
    const kept = await bench.workshop.repository.resolve(keptRef(key));
    if (kept !== null) return kept;
  }
  return null;
}

/** What an attempt left: its change, and the ref that keeps it. */
export interface Kept {
  readonly change: Change | null;
  readonly keptRef: string | null;
  /** Why its work cannot be taken, in words. */
  readonly invalid: string | null;
  /** Where secrets were in it; they are taken out of what is kept. */
  readonly secrets: readonly string[];
  /** Files that are no part of it, for they are too large for git; they are kept beside it. */
  readonly tooLarge: readonly string[];
}

/** No answer is longer than what is kept of an output. */
const ANSWER_BYTES = 67_108_864;
const NOTHING: Kept = { change: null, keptRef: null, invalid: null, secrets: [], tooLarge: [] };

/**
 * Takes an attempt's work out of its workspace, puts it under a ref and removes the workspace.
 *
 * @param bench - The coordinator.
 * @param job - The attempt; its processes are gone.
 * @param workspace - Its workspace; `null` = it has none.
 * @returns What is kept.
 */
export async function keep(bench: Bench, job: Job, workspace: Workspace | null): Promise<Kept> {
  await cleanAnswer(bench, job);
  if (workspace === null) return NOTHING;
  const { clock } = bench.workshop;
  const collected = await workspace.collect(commitMessage(job), clock.now());
  const kept = await keepCollected(bench, job, collected);
  // What could not be taken stays where it is, to be looked at.
  // Whoever has taken over meanwhile may be at work there.
  if (kept.invalid === null && (await bench.holdsLease())) {
    await workspace.keepAside(job.attempt.key);
    await workspace.remove();
  }
  return kept;
}

/** The agent itself wrote that file: it is written anew where it holds a secret. */
async function cleanAnswer({ workshop }: Bench, { task }: Job): Promise<void> {
  const { files, secrets } = workshop;
  const answer = await files.read(task.key, 'result.json', ANSWER_BYTES);
  if (answer === null || secrets.redact(answer) === answer) return;
  await files.write(task.key, 'result.json', answer);
}

async function keepCollected(bench: Bench, job: Job, collected: Collected): Promise<Kept> {
  switch (collected.kind) {
    case 'none':
      return { ...NOTHING, tooLarge: collected.tooLarge ?? [] };
    case 'invalid':
      return { ...NOTHING, invalid: collected.message };
    case 'change': {
      const { change } = collected;
      const ref = keptRef(job.attempt.key);
      const { repository } = bench.workshop;
      const old = await repository.resolve(ref);
      const moves = old === change.commit ? [] : [{ ref, old, new: change.commit }];
      const moved = await repository.move(moves, bench.epoch);
      // What no ref holds must stay where it is.
      if (moved.kind !== 'moved') return { ...NOTHING, invalid: `${ref} could not be set` };
      const { secrets, tooLarge = [] } = collected;
      return { change, keptRef: ref, invalid: null, secrets, tooLarge };
    }
  }
}
