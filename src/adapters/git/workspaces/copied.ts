// Brings files and folders that git does not have (`.env`, `node_modules`) from the person's main
// work tree into a workspace. Real copies or reflinks, never shared inodes; nothing is read outside
// the one or written outside the other, even where the repository has symbolic links on the way.

import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { copyFile, cp, lstat, mkdir, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

import { errorCode } from '../../../util/system-error.ts';
import { run } from './programs.ts';

/** What copying came to: the paths that were there and were copied, or what is wrong with one. */
export type Copied =
  | { readonly ok: true; readonly paths: readonly string[] }
  | { readonly ok: false; readonly message: string };

/**
 * Copies paths from one work tree to another; missing ones are fine.
 *
 * @param from - The root to copy from.
 * @param to - The root to copy to.
 * @param paths - Relative to both.
 * @returns Those that were copied.
 */
export async function copyPaths(
  from: string,
  to: string,
  paths: readonly string[],
): Promise<Copied> {
  const done: string[] = [];
  for (const given of paths) {
    const path = confined(given);
    if (path === null)
      return { ok: false, message: `cannot copy ${given}: not a path inside the project` };
    const source = join(from, path);
    const stat = await present(source);
    if (stat === null) continue;
    const parent = await realpath(dirname(source));
    if (parent !== from && !parent.startsWith(from + sep)) {
      return { ok: false, message: `cannot copy ${given}: it leads out of the project` };
    }
    if (!(await makeParents(to, path))) {
      return {
        ok: false,
        message: `cannot copy ${given}: a folder on its way is a link or a file`,
      };
    }
    await rm(join(to, path), { recursive: true, force: true });
    const problem = await copyOne(source, join(to, path), stat);
    if (problem !== '') return { ok: false, message: `cannot copy ${given}: ${problem}` };
    done.push(path);
  }
  return { ok: true, paths: done };
}

function confined(path: string): string | null {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const bad = parts.some((part) => part === '..' || part.toLowerCase() === '.git');
  return path.startsWith('/') || bad || parts.length === 0 || path.includes('\0')
    ? null
    : parts.join('/');
}

async function makeParents(root: string, path: string): Promise<boolean> {
  let at = root;
  for (const part of path.split('/').slice(0, -1)) {
    at = join(at, part);
    const stat = await present(at);
    if (stat === null) await mkdir(at);
    else if (!stat.isDirectory()) return false;
  }
  return true;
}

async function copyOne(source: string, target: string, stat: Stats): Promise<string> {
  if (stat.isSymbolicLink()) await symlink(await readlink(source), target);
  else if (stat.isFile()) await copyFile(source, target, constants.COPYFILE_FICLONE);
  else if (!stat.isDirectory()) return 'neither a file nor a folder';
  // Several times faster than Node for a folder of many files.
  else if (process.platform === 'linux') {
    return await run('cp', ['-a', '--reflink=auto', '--', source, target]);
  } else {
    const mode = constants.COPYFILE_FICLONE;
    await cp(source, target, {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      mode,
    });
  }
  return '';
}

async function present(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
