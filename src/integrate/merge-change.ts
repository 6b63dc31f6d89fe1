// Putting a change on the head of a run, without a work tree.

import type { Change } from '../model/attempt.ts';
import type { Repository } from '../ports/repository.ts';

/** What putting a change on a head gives. */
export type MergedChange =
  /** The change was made on that very head: its tree is the result. */
  | { readonly kind: 'unmoved'; readonly tree: string }
  | { readonly kind: 'merged'; readonly tree: string }
  | {
      readonly kind: 'conflict';
      readonly files: readonly string[];
      /** What the merge said. */
      readonly messages: string;
      /** With the marks of the merge. */
      readonly tree: string;
    };

/**
 * Puts a change on the head of a run.
 *
 * @param repository - Where the commits are.
 * @param head - The run's head.
 * @param change - The change, made on an earlier or the same head.
 * @returns The tree of the result, or the files that conflict.
 */
export async function mergeChange(
  repository: Repository,
  head: string,
  change: Change,
): Promise<MergedChange> {
  if (change.base === head) return { kind: 'unmoved', tree: change.tree };
  const merged = await repository.merge(change.base, head, change.commit);
  return merged;
}
