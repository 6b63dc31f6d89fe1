import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';

/** What looking for a program came to. */
export type Resolved =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly message: string };

/** What exec(3) falls back to. */
const DEFAULT_PATH = '/bin:/usr/bin';

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function kindOf(path: string): 'program' | 'not_executable' | 'missing' {
  try {
    if (!statSync(path).isFile()) return 'not_executable';
  } catch {
    return 'missing';
  }
  try {
    accessSync(path, constants.X_OK);
    return 'program';
  } catch {
    return 'not_executable';
  }
}

/**
 * Finds the file that a program's name stands for, as exec would: a name is looked up on the PATH
 * of the environment it will have, a path is relative to its directory.
 *
 * @param name The name or path.
 * @param cwd The directory it will run in.
 * @param path The PATH it will have.
 * @returns The absolute path, or why there is none, in words.
 */
export function resolveProgram(name: string, cwd: string, path: string | undefined): Resolved {
  try {
    if (!isDirectory(cwd)) return { ok: false, message: `no such directory: ${cwd}` };
  } catch (error) {
    return { ok: false, message: `cannot use directory ${cwd}: ${String(error)}` };
  }
  if (name === '') return { ok: false, message: 'no program is named' };
  const folders = name.includes('/') ? [''] : (path ?? DEFAULT_PATH).split(delimiter);
  let found: string | null = null;
  for (const folder of folders) {
    const candidate = resolve(cwd, folder, name);
    const kind = kindOf(candidate);
    if (kind === 'program') return { ok: true, path: candidate };
    if (kind === 'not_executable') found ??= candidate;
  }
  if (found !== null) return { ok: false, message: `not an executable file: ${found}` };
  return { ok: false, message: `program not found: ${name}` };
}
