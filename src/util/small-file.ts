// Files that somebody else may have put there, where another kind of thing could be as well: a pipe or a
// device would never end, and hold up whoever reads it.

import { readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

/**
 * Reads a file that is not of our making.
 *
 * @param path - Where; links are followed.
 * @param limit - Bytes; a larger one is no such file.
 * @returns Its text; `null` when there is none, or it is no plain file.
 */
export async function readSmallFile(path: string, limit: number): Promise<string | null> {
  const about = await stat(path).catch(() => null);
  if (about === null || !about.isFile() || about.size > limit) return null;
  return await readFile(path, 'utf8').catch(() => null);
}

/**
 * The same for those who cannot wait.
 *
 * @param path - Where; links are followed.
 * @param limit - Bytes; a larger one is no such file.
 * @returns Its text; `null` when there is none, or it is no plain file.
 */
export function readSmallFileSync(path: string, limit: number): string | null {
  try {
    const about = statSync(path, { throwIfNoEntry: false });
    if (about === undefined || !about.isFile() || about.size > limit) return null;
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
