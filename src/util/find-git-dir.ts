import { statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

import { readSmallFileSync } from './small-file.ts';

/** More than any path. */
const LARGEST_LINK = 65_536;

/** Where a repository lies, found without starting git. */
export interface GitPlace {
  /** The common git directory: the same for all linked work trees. */
  readonly commonDir: string;
  /** The work tree that the folder is in. */
  readonly workTree: string;
}

/**
 * Looks for the repository of a folder as git does, upwards. Only for a quick look: it knows no
 * environment variables and no bare repositories.
 *
 * @param dir - Any folder.
 * @returns Where the repository lies; `null` when there is none.
 */
export function findGitDir(dir: string): GitPlace | null {
  for (let at = resolve(dir); ; at = dirname(at)) {
    const found = gitDirOf(join(at, '.git'));
    if (found !== null) return { commonDir: commonOf(found), workTree: at };
    if (at === dirname(at)) return null;
  }
}

function gitDirOf(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (stat.isDirectory()) return path;
  const target = /^gitdir: (.+?)\s*$/mu.exec(readSmallFileSync(path, LARGEST_LINK) ?? '')?.[1];
  return target === undefined ? null : resolve(dirname(path), target);
}

function commonOf(gitDir: string): string {
  const target = readSmallFileSync(join(gitDir, 'commondir'), LARGEST_LINK)?.trim();
  if (target === undefined) return gitDir;
  return isAbsolute(target) ? target : resolve(gitDir, target);
}
