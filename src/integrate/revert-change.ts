// Taking a change out of a head again: a merge whose sides are the head and what was before the
// change, seen from the change.

import type { Repository } from '../ports/repository.ts';

/** What taking a change out came to. */
type Reverted =
  | { readonly kind: 'reverted'; readonly tree: string }
  | { readonly kind: 'conflict'; readonly files: readonly string[] };

/**
 * Takes the change of a commit out of a head.
 *
 * @param repository - Where the commits are.
 * @param head - The head; the commit is part of it.
 * @param commit - The commit, with one parent.
 * @returns The tree of the result, or the files that were changed again since.
 */
export async function revertChange(
  repository: Repository,
  head: string,
  commit: string,
): Promise<Reverted> {
  const before = await repository.resolve(`${commit}^`);
  if (before === null) throw new Error(`${commit} has no commit before it`);
  const merged = await repository.merge(commit, head, before);
  return merged.kind === 'merged'
    ? { kind: 'reverted', tree: merged.tree }
    : { kind: 'conflict', files: merged.files };
}
