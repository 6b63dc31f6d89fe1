// What a planner is told about a repository, gathered without a model and without its work tree.

import { mapRepository } from '../plan/repository-map.ts';
import type { RepositoryMap } from '../plan/repository-map.ts';
import type { Repository } from '../ports/repository.ts';

/** More paths than this say nothing new. */
const MOST_FILES = 50_000;
const MANIFEST_BYTES = 256 * 1024;
const MANIFEST = /(?:^|\/)(?:package\.json|pyproject\.toml|Cargo\.toml|go\.mod)$/u;
const MOST_MANIFESTS = 20;

/**
 * Maps a repository at a commit.
 *
 * @param repository - The repository.
 * @param commit - The commit.
 * @returns What its files tell.
 */
export async function mapAt(repository: Repository, commit: string): Promise<RepositoryMap> {
  const paths = await repository.listFiles(commit, MOST_FILES);
  const manifests = paths.filter((path) => MANIFEST.test(path)).slice(0, MOST_MANIFESTS);
  const contents = new Map<string, string>();
  for (const path of manifests) {
    const text = await repository.readFile(commit, path, MANIFEST_BYTES);
    if (text !== null) contents.set(path, text);
  }
  return mapRepository(paths, contents);
}
