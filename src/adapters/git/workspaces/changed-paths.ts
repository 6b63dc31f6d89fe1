// Which files of a work tree git would take, and which of those are too large to become objects.

import { lstat, realpath } from 'node:fs/promises';

import { formatBytes } from '../../../util/amount.ts';
import { git, gitRecords, readable, records } from '../git.ts';
import type { GitOptions } from '../git.ts';

/** A changed file that is no part of the change, for git is no place for it. */
export interface LargeFile {
  /** One character a byte. */
  readonly path: string;
  readonly bytes: number;
}

/** What is too large, in a work tree. */
interface Largest {
  readonly work: string;
  /** In bytes. */
  readonly largest: number;
  /** Names of filters that run: what they store elsewhere may have any size. */
  readonly filters: readonly string[];
}

/**
 * Lists what git would take, without what was copied.
 *
 * @param view - How to call git.
 * @param copied - Copied paths: no part of any change.
 * @returns The paths, one character a byte.
 */
export async function changedPaths(
  view: GitOptions,
  copied: readonly string[],
): Promise<readonly string[]> {
  const args = ['ls-files', '-z', '--modified', '--others', '--exclude-standard'];
  const left = new Set(copied.map((path) => Buffer.from(path).toString('latin1')));
  const isLeft = (path: string): boolean =>
    path.split('/').some((_, at, parts) => left.has(parts.slice(0, at + 1).join('/')));
  return [...new Set(await gitRecords(args, view))].filter(
    (path) => path !== '' && !path.endsWith('/') && !isLeft(path),
  );
}

/**
 * Finds files that are too large.
 *
 * @param view - How to call git.
 * @param among - What too large is.
 * @param paths - Where to look.
 * @returns Those that are.
 */
export async function largeAmong(
  view: GitOptions,
  { work, largest, filters }: Largest,
  paths: readonly string[],
): Promise<readonly LargeFile[]> {
  const found: LargeFile[] = [];
  for (const path of paths) {
    const full = fullPath(work, path);
    const stat = await lstat(full).catch(() => null);
    if (stat?.isFile() === true && stat.size > largest && (await isInside(full))) {
      found.push({ path, bytes: stat.size });
    }
  }
  return found.length === 0 || filters.length === 0
    ? found
    : await unfiltered(view, filters, found);
}

async function unfiltered(
  view: GitOptions,
  filters: readonly string[],
  found: readonly LargeFile[],
): Promise<readonly LargeFile[]> {
  const input = Buffer.from(found.map(({ path }) => `${path}\0`).join(''), 'latin1');
  const args = ['check-attr', '-z', '--stdin', 'filter'];
  const fields = records((await git(args, { ...view, input })).stdout);
  // For each path: the path, the attribute, its value.
  return found.filter((_, at) => !filters.includes(fields[at * 3 + 2] ?? ''));
}

/**
 * Makes the path of a file in a work tree.
 *
 * @param work - The work tree.
 * @param path - One character a byte.
 * @returns Its bytes.
 */
export function fullPath(work: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${work}/`), Buffer.from(path, 'latin1')]);
}

/**
 * Tells whether a file lies where its path says: a folder on the way may have been replaced by a link
 * to somewhere else.
 *
 * @param full - The path, as `fullPath` makes it.
 * @returns Whether it does.
 */
export async function isInside(full: Buffer): Promise<boolean> {
  const folder = full.subarray(0, full.lastIndexOf('/'));
  const real = await realpath(folder, 'buffer').catch(() => null);
  return real?.equals(folder) === true;
}

/**
 * Names a file that is too large, for people.
 *
 * @param file - The file.
 * @returns Its name and size.
 */
export function largeFileText({ path, bytes }: LargeFile): string {
  return `${readable(path)} (${formatBytes(bytes)})`;
}
