// Moving the head of a run, and its branch with it. The move was announced in the store before, so
// doing it a second time after a crash finds it done, or does it.

import type { Publication } from '../model/task.ts';
import type { Repository } from '../ports/repository.ts';

/** What a publication came to. */
export type Published =
  | { readonly kind: 'published' }
  /** Somebody else moved the head of the run. */
  | { readonly kind: 'elsewhere'; readonly at: string | null }
  | { readonly kind: 'superseded' };

/**
 * Moves the head of a run as announced; its branch follows in the same transaction, unless a work
 * tree has it checked out or it holds commits that the run does not know.
 *
 * @param repository - Where the refs are.
 * @param publication - The announced move.
 * @param run - The run's branch, without `refs/heads/`, the ref that remembers where it stands while
 *   it is behind, and the coordinator's epoch.
 * @returns What came of it.
 */
export async function publish(
  repository: Repository,
  publication: Publication,
  run: { readonly branch: string; readonly behind: string; readonly epoch: number },
): Promise<Published> {
  const { ref, old, new: commit } = publication;
  const at = await repository.resolve(ref);
  if (at !== null && (await repository.isAncestor(commit, at))) return { kind: 'published' };
  if (at !== null && at !== old) return { kind: 'elsewhere', at };
  const branch =
    (await branchMove(repository, run.branch, commit)) ??
    (await behindMove(repository, run, commit));
  const moves = [{ ref, old: at, new: commit }, ...(branch === null ? [] : [branch])];
  const moved = await repository.move(moves, run.epoch);
  if (moved.kind !== 'elsewhere') {
    return { kind: moved.kind === 'moved' ? 'published' : 'superseded' };
  }
  // The branch moved under our hands: the head alone says what the run has.
  const alone = await repository.move(moves.slice(0, 1), run.epoch);
  if (alone.kind === 'elsewhere') return alone;
  return { kind: alone.kind === 'moved' ? 'published' : 'superseded' };
}

/**
 * Tells how a run's branch can follow its head.
 *
 * @param repository - Where the refs are.
 * @param branch - The branch, without `refs/heads/`.
 * @param to - The head of the run.
 * @returns The move; `null` when the branch is there already, is checked out somewhere, or holds
 *   commits that the run does not know.
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
  if ((await repository.checkedOutAt(branch)).length > 0) return null;
  return { ref, old: at, new: to };
}

/** A branch that has to stay is remembered together with the move, so that it can follow later. */
async function behindMove(
  repository: Repository,
  { branch, behind }: { readonly branch: string; readonly behind: string },
  to: string,
): Promise<{ ref: string; old: string | null; new: string } | null> {
  const at = await repository.resolve(`refs/heads/${branch}`);
  if (at === null || at === to || !(await repository.isAncestor(at, to))) return null;
  const old = await repository.resolve(behind);
  return old === at ? null : { ref: behind, old, new: at };
}
