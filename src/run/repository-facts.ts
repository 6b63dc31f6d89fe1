// What a planner is told about a repository, gathered without a model and without its work tree; bounded
// in what is read, however large the repository is.

import { detectChecks } from '../checks/detect-checks.ts';
import type { RepositoryFacts } from '../plan/describe-repository.ts';
import { manifestsOf } from '../plan/packages.ts';
import { MOST_MAPPED_FILES, mapRepository } from '../plan/repository-map.ts';
import type { RepositoryMap } from '../plan/repository-map.ts';
import type { Repository } from '../ports/repository.ts';

const MANIFEST_BYTES = 256 * 1024;
const MOST_MANIFESTS = 24;
const MOST_COMMITS = 50;

/**
 * Maps a repository at a commit.
 *
 * @param repository - The repository.
 * @param commit - The commit.
 * @returns What its files tell.
 */
export async function mapAt(repository: Repository, commit: string): Promise<RepositoryMap> {
  return mapOf(repository, commit, await filesAt(repository, commit));
}

/**
 * Gathers everything that a planner is told about a repository.
 *
 * @param repository - The repository.
 * @param commit - The commit.
 * @returns What its files and its history tell.
 */
export async function factsAt(repository: Repository, commit: string): Promise<RepositoryFacts> {
  const files = await filesAt(repository, commit);
  const map = await mapOf(repository, commit, files);
  const { checks } = await detectChecks({
    files,
    read: (path) => repository.readFile(commit, path, MANIFEST_BYTES),
  });
  const recent = await repository.recent(commit, MOST_COMMITS);
  return { map, tests: checks.map(({ run }) => run), recent };
}

/** One more than is mapped tells that there are more. */
function filesAt(repository: Repository, commit: string): Promise<readonly string[]> {
  return repository.listFiles(commit, MOST_MAPPED_FILES + 1);
}

async function mapOf(
  repository: Repository,
  commit: string,
  files: readonly string[],
): Promise<RepositoryMap> {
  const contents = new Map<string, string>();
  for (const path of manifestsOf(files, MOST_MANIFESTS)) {
    const text = await repository.readFile(commit, path, MANIFEST_BYTES);
    if (text !== null) contents.set(path, text);
  }
  return mapRepository(files, contents);
}
