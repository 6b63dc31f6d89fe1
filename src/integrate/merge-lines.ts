// Putting two lines of commits together, without a work tree.

import type { MergeResult, Repository } from '../ports/repository.ts';

/** What two lines of commits give. */
export type MergedLines =
  /** One builds on the other already: it is the result. */
  | { readonly kind: 'built'; readonly commit: string }
  | { readonly kind: 'unrelated' }
  | MergeResult;

/**
 * Puts two lines of commits together.
 *
 * @param repository - Where the commits are.
 * @param ours - The end of one of them.
 * @param theirs - The end of the other.
 * @returns The one that builds on the other; else the tree of both, or the files that conflict.
 */
export async function mergeLines(
  repository: Repository,
  ours: string,
  theirs: string,
): Promise<MergedLines> {
  if (await repository.isAncestor(theirs, ours)) return { kind: 'built', commit: ours };
  if (await repository.isAncestor(ours, theirs)) return { kind: 'built', commit: theirs };
  const base = await repository.mergeBase(ours, theirs);
  return base === null ? { kind: 'unrelated' } : repository.merge(base, ours, theirs);
}
