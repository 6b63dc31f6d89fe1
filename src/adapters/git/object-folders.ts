// A repository may borrow objects of others, which may borrow in turn.

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** What git itself follows at most. */
const DEEPEST = 5;

/**
 * Lists the folders that a repository's objects lie in.
 *
 * @param own - Its own.
 * @param deep - How many borrowed before it.
 * @returns The folders, its own first.
 */
export async function objectFolders(own: string, deep: number = 0): Promise<readonly string[]> {
  if (deep > DEEPEST) return [];
  const text = await readFile(join(own, 'info', 'alternates'), 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const others = await Promise.all(
    lines.map((line) => objectFolders(resolve(own, line), deep + 1)),
  );
  return [own, ...others.flat()];
}
