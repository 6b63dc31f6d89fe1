// Moving the head of a run, and its branch with it. The move was announced in the store before, so
// doing it a second time after a crash finds it done, or does it.

import type { Publication } from '../model/task.ts';
import type { Repository } from '../ports/repository.ts';

/** What a publication came to. */
export type Published =
  | { readonly kind: 'published' }
  /** Somebody else moved the head of the run, or its branch holds commits that the run does not know. */
  | { readonly kind: 'elsewhere'; readonly why: 'head' | 'branch'; readonly at: string | null }
  | { readonly kind: 'superseded' };

/** The branch of a run, and what else its moves go by. */
interface Target {
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** The ref that remembers where the branch stands while it is behind. */
  readonly behind: string;
  /** The coordinator's. */
  readonly epoch: number;
}

/** Somebody may commit at the very moment, but not all the time. */
const TRIES = 5;

/**
 * Moves the head of a run as announced; its branch follows in the same transaction, unless a work
 * tree has it checked out. Where the branch holds commits that the run does not know, nothing moves:
 * they come first.
 *
 * @param repository - Where the refs are.
 * @param publication - The announced move.
 * @param run - The run's branch.
 * @returns What came of it.
 */
export async function publish(
  repository: Repository,
  publication: Publication,
  run: Target,
): Promise<Published> {
  for (let tries = 1; ; tries += 1) {
    const result = await publishOnce(repository, publication, run);
    // The branch moved under our hands: where it is now says what that means.
    if (result !== 'moved-meanwhile') return result;
    if (tries === TRIES) return { kind: 'elsewhere', why: 'branch', at: null };
  }
}

async function publishOnce(
  repository: Repository,
  { ref, old, new: commit }: Publication,
  run: Target,
): Promise<Published | 'moved-meanwhile'> {
  const at = await repository.resolve(ref);
  if (at !== null && (await repository.isAncestor(commit, at))) return { kind: 'published' };
  if (at !== null && at !== old) return { kind: 'elsewhere', why: 'head', at };
  const stands = await repository.resolve(`refs/heads/${run.branch}`);
  if (stands !== null && !(await repository.isAncestor(stands, commit))) {
    return { kind: 'elsewhere', why: 'branch', at: stands };
  }
  const others = await branchMoves(repository, run, { stands, to: commit });
  const moved = await repository.move([{ ref, old: at, new: commit }, ...others], run.epoch);
  if (moved.kind === 'moved') return { kind: 'published' };
  return moved.kind === 'superseded' ? moved : 'moved-meanwhile';
}

/** One step of a ref transaction. */
interface Move {
  readonly ref: string;
  readonly old: string | null;
  readonly new: string;
}

/** A branch that has to stay is remembered together with the move, so that it can follow later. */
async function branchMoves(
  repository: Repository,
  { branch, behind }: Target,
  { stands, to }: { readonly stands: string | null; readonly to: string },
): Promise<readonly Move[]> {
  const move = await branchMove(repository, branch, to);
  const old = await repository.resolve(behind);
  if (move === null) {
    if (stands === null || stands === to || old === stands) return [];
    return [{ ref: behind, old, new: stands }];
  }
  // What a person commits later builds on where it has followed to.
  return old === null ? [move] : [move, { ref: behind, old, new: to }];
}

/**
 * Tells how a run's branch can follow its head.
 *
 * @param repository - Where the refs are.
 * @param branch - The branch, without `refs/heads/`.
 * @param to - The head of the run.
 * @returns The move; `null` when the branch is there already, is checked out somewhere, holds commits
 *   that the run does not know, or cannot be made beside another one.
 */
export async function branchMove(
  repository: Repository,
  branch: string,
  to: string,
): Promise<{ ref: string; old: string | null; new: string } | null> {
  const ref = `refs/heads/${branch}`;
  const at = await repository.resolve(ref);
  if (at === to) return null;
  if (at !== null && !(await repository.isAncestor(at, to))) return null;
  if (at === null && (await cannotBe(repository, branch))) return null;
  if ((await repository.checkedOutAt(branch)).length > 0) return null;
  return { ref, old: at, new: to };
}

/** Git keeps branches like files: one is not a folder of others too. */
async function cannotBe(repository: Repository, branch: string): Promise<boolean> {
  if ((await branchAbove(repository, branch)) !== null) return true;
  return (await repository.refs(`refs/heads/${branch}/`)).length > 0;
}

/**
 * Finds the branch that keeps another one from being made, because its name would lie below it.
 *
 * @param repository - Where the refs are.
 * @param branch - The name of the other one, or its beginning up to a slash.
 * @returns The branch; `null` when there is none.
 */
export async function branchAbove(repository: Repository, branch: string): Promise<string | null> {
  const parts = branch.split('/').slice(0, -1);
  for (const [index] of parts.entries()) {
    const above = parts.slice(0, index + 1).join('/');
    if ((await repository.resolve(`refs/heads/${above}`)) !== null) return above;
  }
  return null;
}
