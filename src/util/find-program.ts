import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * Finds a program the way a shell does, but never in the working directory: an entry of the search
 * path that is empty or relative is left out.
 *
 * @param name - A name, or an absolute path.
 * @param searchPath - The value of `PATH`.
 * @returns The absolute path of the program, or `null`.
 */
export function findProgram(name: string, searchPath: string): string | null {
  if (isAbsolute(name)) return isExecutable(name) ? name : null;
  if (name === '' || name.includes('/')) return null;
  const folders = searchPath.split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, name)).find((path) => isExecutable(path)) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
