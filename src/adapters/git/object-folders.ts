// A repository may borrow objects of others, which may borrow in turn.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { readSmallFile } from '../../util/small-file.ts';

/** What git itself follows at most. */
const DEEPEST = 5;

/** Far more than anybody borrows from. */
const MOST_BYTES = 1024 * 1024;

/**
 * Lists the folders that a repository's objects lie in.
 *
 * @param own - Its own.
 * @returns The folders, its own first; each once, however they borrow from one another.
 */
export async function objectFolders(own: string): Promise<readonly string[]> {
  const found = new Set([own]);
  let next: readonly string[] = [own];
  for (let deep = 0; deep < DEEPEST && next.length > 0; deep += 1) {
    const borrowed = await Promise.all(next.map(alternatesOf));
    next = [...new Set(borrowed.flat())].filter((folder) => !found.has(folder));
    for (const folder of next) found.add(folder);
  }
  return [...found];
}

async function alternatesOf(folder: string): Promise<readonly string[]> {
  const text = (await readSmallFile(join(folder, 'info', 'alternates'), MOST_BYTES)) ?? '';
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => resolve(folder, line)).filter(hasObjects);
}

/** The sandbox shows these folders to agents: one that git has not made is none of them. */
function hasObjects(folder: string): boolean {
  return ['info', 'pack'].some((name) => existsSync(join(folder, name)));
}
