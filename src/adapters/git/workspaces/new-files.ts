// Which files below an entry of a work tree were made or changed since a moment. Agents made them, so any
// tree has to be coped with: closed folders, links in the place of folders, paths longer than any call
// takes.

import { chmod, lstat, readdir } from 'node:fs/promises';

import { errorCode } from '../../../util/system-error.ts';
import { fullPath, isInside } from './changed-paths.ts';

/** A file or a link. */
export interface NewFile {
  /** Below the work tree. */
  readonly path: Buffer;
  readonly bytes: number;
}

/** What was found. */
interface Found {
  readonly files: readonly NewFile[];
  /** What could not be looked at, or is too much, in words. */
  readonly problems: readonly string[];
}

/** More new ones than this were made by a program, such as a package manager, and can be made again. */
const MOST_FILES = 2000;
/** Names of a folder that are looked at together. */
const AT_ONCE = 32;
const MOST_SAID = 200;

/** More than is kept: nothing else is looked at. */
class TooMany extends Error {}

/**
 * Finds the new files of an entry.
 *
 * @param work - The work tree.
 * @param entry - A path in it, one character a byte; it may be gone.
 * @param since - In epoch milliseconds.
 * @returns The files; none where there are too many to be work of anybody's.
 */
export async function newFiles(work: string, entry: string, since: number): Promise<Found> {
  const full = fullPath(work, entry);
  if (!(await isInside(full))) return { files: [], problems: [] };
  const walk: Walk = { since, files: [], problems: [], prefix: Buffer.byteLength(work) + 1 };
  try {
    await look(walk, full);
    return walk;
  } catch (error) {
    if (!(error instanceof TooMany)) throw error;
    const name = Buffer.from(entry, 'latin1').toString();
    return { files: [], problems: [`${name}: more than ${MOST_FILES} files`] };
  }
}

interface Walk {
  readonly since: number;
  readonly files: NewFile[];
  readonly problems: string[];
  /** Where paths begin to be below the work tree. */
  readonly prefix: number;
}

async function look(walk: Walk, full: Buffer): Promise<void> {
  const about = await lstat(full).catch((error: unknown) => {
    complain(walk, full, error);
    return null;
  });
  if (about === null) return;
  if (about.isDirectory()) {
    await lookInto(walk, full);
    return;
  }
  // Nobody can set this moment, as they can the one of the last change.
  const isNew = about.ctimeMs > walk.since;
  if (!isNew || !(about.isFile() || about.isSymbolicLink())) return;
  if (walk.files.length >= MOST_FILES) throw new TooMany();
  walk.files.push({ path: full.subarray(walk.prefix), bytes: about.size });
}

async function lookInto(walk: Walk, folder: Buffer): Promise<void> {
  const names = await namesIn(folder).catch((error: unknown) => {
    complain(walk, folder, error);
    return [];
  });
  // What a repository of their own holds is for nobody's git to read.
  const others = names.filter((name) => name.toString('latin1').toLowerCase() !== '.git');
  for (let at = 0; at < others.length; at += AT_ONCE) {
    const some = others.slice(at, at + AT_ONCE);
    const looks = some.map((name) => look(walk, Buffer.concat([folder, Buffer.from('/'), name])));
    const ends = await Promise.allSettled(looks);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
}

/** A folder that its owner has closed is opened: what is in it is to be moved out. */
async function namesIn(folder: Buffer): Promise<Buffer[]> {
  const { mode } = await lstat(folder);
  if ((mode & 0o700) !== 0o700) await chmod(folder, (mode & 0o777) | 0o700);
  return await readdir(folder, { encoding: 'buffer' });
}

function complain(walk: Walk, full: Buffer, error: unknown): void {
  const code = errorCode(error) ?? '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return;
  const path = full.subarray(walk.prefix).toString();
  const name = path.length > MOST_SAID ? `${path.slice(0, MOST_SAID)} …` : path;
  const why = code === 'ENAMETOOLONG' ? 'its path is too long' : `it cannot be read (${code})`;
  walk.problems.push(`${name}: ${why}`);
}
