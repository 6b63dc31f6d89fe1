// A conflict as those see it who are to resolve it: both sides, and what became of them.

import { describeConflict, hunksOf } from '../integrate/conflict-hunks.ts';
import type { Hunk } from '../integrate/conflict-hunks.ts';
import type { Attempt, Change } from '../model/attempt.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { Repository } from '../ports/repository.ts';
import type { ConflictBrief } from '../prompt/conflict.ts';
import { fitsConflict } from '../schedule/conflict.ts';
import type { Contested } from '../schedule/input.ts';
import { taskAt } from '../schedule/moves.ts';
import type { Bench, Job } from './bench.ts';

/** A change that does not fit, with what it is to be put on. */
export interface Clash {
  readonly change: Pick<Change, 'base' | 'commit'>;
  /** The run's head that it is to fit. */
  readonly branch: string;
  readonly files: readonly string[];
  /** The merge with its marks; without a conflict any more, the merge. */
  readonly tree: string;
  /** Both sides of each place. */
  readonly sides: string;
  /** What the merge said of it, such as that one side has deleted what the other has changed. */
  readonly notes: readonly string[];
}

/** So much of both sides goes into a prompt or a question, in characters. */
export const LONGEST_SIDES: number = 6000;
const FILE_BYTES = 1_048_576;
const MOST_FILES = 400;
const NOBODY = 'general-purpose';

/**
 * Says of a conflict what its next agent, or a person, has to know.
 *
 * @param bench - The coordinator.
 * @param job - The attempt whose change does not fit.
 * @param merged - What the merge came to.
 * @returns Both sides, and who could resolve it.
 */
export async function contested(
  bench: Bench,
  job: Job,
  merged: { readonly files: readonly string[]; readonly messages: string; readonly tree: string },
): Promise<Contested & { readonly files: readonly string[] }> {
  const sides = await sidesOf(bench.workshop.repository, merged);
  return { files: merged.files, sides, ...resolverFor(bench, job, merged.files) };
}

/**
 * Shows both sides of a conflict.
 *
 * @param repository - Where the commits are.
 * @param merged - What the merge came to.
 * @returns The places, for a prompt or a question.
 */
export async function sidesOf(
  repository: Repository,
  { files, messages, tree }: Pick<Clash, 'files' | 'tree'> & { readonly messages: string },
): Promise<string> {
  const shown = files.slice(0, MOST_FILES);
  const asked = shown.map((path) => ({ commit: tree, path }));
  const texts = await repository.readFiles(asked, FILE_BYTES);
  const marked = shown.map((file, index) => ({ file, text: texts[index] ?? null }));
  return describeConflict(marked, messages, LONGEST_SIDES);
}

/**
 * Finds whom the words of the task and its files are for, else its own agent: it knows what it wanted.
 * A run of plain commands alone spends nothing on an agent that nobody asked for: it has none.
 *
 * @param bench - The coordinator.
 * @param job - The attempt whose change does not fit.
 * @param files - The files in conflict.
 * @returns Who could resolve it.
 */
export function resolverFor(
  { workshop }: Bench,
  { run, task, attempt }: Job,
  files: readonly string[],
): Pick<Contested, 'resolver'> {
  const { title, description, command } = task.spec;
  if (command !== null && run.tasks.every(({ spec }) => spec.command !== null)) return {};
  const routed = workshop.route({ title, description: [description, ...files].join('\n') });
  const known = command === null && workshop.agents.has(attempt.agent);
  const own = command === null ? attempt.runtime : null;
  if (routed.agent === NOBODY && known) {
    const reason = `it has made the change of ${task.key}`;
    return { resolver: { agent: attempt.agent, reason, runtime: own } };
  }
  const runtime = workshop.agents.get(routed.agent)?.runtime ?? own;
  return { resolver: { ...routed, runtime } };
}

/**
 * Finds the conflict that an attempt is to resolve.
 *
 * @param repository - Where the commits are.
 * @param job - The attempt.
 * @param branch - The commit that it starts, or has started, from.
 * @returns The conflict; `null` = it has none to resolve.
 */
export async function clashOf(
  repository: Repository,
  { run, task, attempt }: Job,
  branch: string,
): Promise<Clash | null> {
  if (!fitsConflict(task)) return null;
  const { resolves } = task.spec;
  const tries =
    resolves === undefined
      ? task.attempts.filter(({ number }) => number < attempt.number)
      : taskAt(run, resolves).attempts;
  return clashAmong(repository, tries, branch);
}

/**
 * Finds the conflict that a person is asked about.
 *
 * @param repository - Where the commits are.
 * @param run - The run.
 * @param task - The task that waits because of it.
 * @param branch - The head of the run that its change is to fit.
 * @returns The conflict; without files where it fits; `null` = there is no change.
 */
export async function clashToResolve(
  repository: Repository,
  run: Run,
  { key, spec: { resolves = key, byHand } }: Task,
  branch: string,
): Promise<Clash | null> {
  if (byHand !== undefined) return clashWith(repository, byHand, branch);
  return clashAmong(repository, taskAt(run, resolves).attempts, branch);
}

async function clashAmong(
  repository: Repository,
  tries: readonly Attempt[],
  branch: string,
): Promise<Clash | null> {
  const changes = tries.flatMap((one) => changeInConflict(one)).toReversed();
  let last: Clash | null = null;
  for (const change of changes) {
    last = await clashWith(repository, change, branch);
    // What fits now had lost lines of others: the one before it has them all.
    if (last.files.length > 0) return last;
  }
  return last;
}

async function clashWith(
  repository: Repository,
  change: Clash['change'],
  branch: string,
): Promise<Clash> {
  const merged = await repository.merge(change.base, branch, change.commit);
  const { tree } = merged;
  if (merged.kind === 'merged') return { change, branch, files: [], tree, sides: '', notes: [] };
  const sides = await sidesOf(repository, merged);
  const notes = merged.messages.split('\n').filter((line) => line.startsWith('CONFLICT'));
  return { change, branch, files: merged.files, tree, sides, notes };
}

/**
 * Finds the places of a conflict, for programs.
 *
 * @param repository - Where the commits are.
 * @param clash - The conflict.
 * @returns Each file with its places; none where a file as a whole is in conflict.
 */
export async function placesOf(
  repository: Repository,
  { files, tree }: Pick<Clash, 'files' | 'tree'>,
): Promise<readonly { readonly path: string; readonly hunks: readonly Hunk[] }[]> {
  const shown = files.slice(0, MOST_FILES);
  const texts = await repository.readFiles(
    shown.map((path) => ({ commit: tree, path })),
    FILE_BYTES,
  );
  return shown.map((path, index) => ({ path, hunks: hunksOf(texts[index] ?? '') }));
}

function changeInConflict({ status }: Attempt): readonly Change[] {
  if (status.state !== 'ended' || status.change === null) return [];
  const { outcome } = status;
  return outcome.kind === 'failed' && outcome.failure.reason === 'conflict' ? [status.change] : [];
}

/**
 * Says it for a prompt.
 *
 * @param job - The attempt.
 * @param clash - Its conflict; `null` = none.
 * @returns What the prompt tells of it.
 */
export function conflictBrief({ task, run }: Job, clash: Clash | null): ConflictBrief | null {
  if (clash === null) return null;
  const { change, branch, files, sides } = clash;
  const others = run.tasks
    .filter(({ status, attempts }) => {
      const last = attempts.at(-1)?.status;
      const own = last?.state === 'ended' ? (last.change?.files ?? []) : [];
      return status.state === 'completed' && own.some((file) => files.includes(file));
    })
    .map(({ key, spec }) => `${key} ${spec.title}`);
  return {
    resolves: task.spec.resolves !== undefined,
    base: change.base,
    branch,
    change: change.commit,
    files,
    sides,
    others,
  };
}
