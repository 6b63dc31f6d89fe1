// What a person has committed to the branch of a run after its end is no part of its result.

import type { Run } from '../model/run.ts';
import type { Repository } from '../ports/repository.ts';
import { shortCommit } from '../report/view.ts';

/**
 * Finds commits on the branch of a run that its result does not have.
 *
 * @param repository - Where the branch is.
 * @param run - The run; it is over.
 * @returns What is to be said of them; `null` = there are none.
 */
export async function foreignCommits(
  repository: Repository,
  { key, branch, head }: Run,
): Promise<string | null> {
  const at = await repository.resolve(`refs/heads/${branch}`);
  if (at === null || (await repository.isAncestor(at, head))) return null;
  return `${branch} has commits that are not part of ${key} (${shortCommit(at)})`;
}
