// Moving one of the person's work trees to another commit, so that a kill at any moment leaves what
// the next call can finish. The index is replaced last; until then its lock has our name in it, so
// that it can be told from that of another git.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  copyFile,
  lstat,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  unlink,
  writeFile,
  link,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { readSmallFile } from '../../util/small-file.ts';
import { git, gitRecords, gitText, readable } from './git.ts';
import type { GitOptions } from './git.ts';
import { own, personal } from './layout.ts';
import type { Layout } from './layout.ts';

/** From which commit to which one. */
interface Way {
  readonly from: string;
  readonly to: string;
}

/** A path that differs between two commits, with its entries in both (`mode id`). */
interface Step {
  /** One character a byte. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

const OUR_LOCK = 'tutti\n';
const ABSENT = '000000';
const SYMLINK = '120000';
const GITLINK = '160000';

/**
 * The index of a work tree.
 *
 * @param path - Where the work tree begins.
 * @returns The file's path.
 */
export function indexOf(path: string): Promise<string> {
  return gitText(['rev-parse', '--path-format=absolute', '--git-path', 'index'], personal(path));
}

/**
 * Tells whether somebody is changing an index at this moment.
 *
 * @param index - The index.
 * @returns The lock file that says so, or `null`.
 */
export async function lockedBy(index: string): Promise<string | null> {
  const lock = `${index}.lock`;
  return existsSync(lock) ? lock : null;
}

/**
 * Moves a work tree and its index. Git refuses to write over an edit.
 *
 * @param path - Where the work tree begins.
 * @param way - From which commit to which one.
 */
export async function follow(path: string, way: Way): Promise<void> {
  const index = await indexOf(path);
  const lock = `${index}.lock`;
  const copy = `${index}.tutti-${randomBytes(6).toString('hex')}`;
  await takeLock(lock);
  try {
    if (existsSync(index)) await copyFile(index, copy);
    const here = personal(path);
    const view: GitOptions = { ...here, env: { ...here.env, GIT_INDEX_FILE: copy } };
    await git(['update-index', '-q', '--refresh'], view);
    await gitText(['read-tree', '-m', '-u', way.from, way.to], view);
    await rename(copy, index);
  } finally {
    await rm(copy, { force: true });
    await rm(`${copy}.lock`, { force: true });
    await rm(lock, { force: true });
  }
}

/** The lock appears with our name in it or not at all: one without a name is another git's. */
async function takeLock(lock: string): Promise<void> {
  const named = `${lock}.tutti-${randomBytes(6).toString('hex')}`;
  await writeFile(named, OUR_LOCK, { flag: 'wx' });
  try {
    await link(named, lock);
  } finally {
    await rm(named, { force: true });
  }
}

/**
 * Removes what a `follow` that was killed has left in a work tree: our lock, and files that it had
 * begun to write. Those are told from edits by what is in them: nothing but the beginning of what
 * would be written. The next `follow` writes them whole.
 *
 * @param layout - The repository's.
 * @param path - Where the work tree begins.
 * @param way - From which commit to which one.
 */
export async function clearHalfMade(layout: Layout, path: string, way: Way): Promise<void> {
  const index = await indexOf(path);
  await dropOurs(index);
  const entries = new Map<string, string>();
  for (const record of await gitRecords(['ls-files', '--stage', '-z'], personal(path))) {
    const [, mode, id, file] = /^(\d+) (\w+) \d\t([^]*)$/.exec(record) ?? [];
    if (file !== undefined) entries.set(file, `${mode ?? ''} ${id ?? ''}`);
  }
  for (const step of await steps(layout, way)) {
    if (step.after.startsWith(ABSENT) || step.after.startsWith(GITLINK)) continue;
    const staged = entries.get(step.path) ?? null;
    if (staged !== (step.before.startsWith(ABSENT) ? null : step.before)) continue;
    const file = Buffer.from(`${Buffer.from(path).toString('latin1')}/${step.path}`, 'latin1');
    if (await isBegun(path, file, step)) await unlink(file);
  }
}

/** Copies of the index and locks that were not taken yet. */
function leftByUs(index: string, name: string): boolean {
  return name.startsWith(`${index}.tutti-`) || name.startsWith(`${index}.lock.tutti-`);
}

async function dropOurs(index: string): Promise<void> {
  const lock = `${index}.lock`;
  const owner = await readSmallFile(lock, OUR_LOCK.length);
  if (owner === OUR_LOCK) await rm(lock, { force: true });
  const folder = dirname(index);
  for (const name of await readdir(folder)) {
    if (leftByUs(basename(index), name)) await rm(join(folder, name), { force: true });
  }
}

async function steps(layout: Layout, { from, to }: Way): Promise<readonly Step[]> {
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--raw', '--full-index', from, to];
  const fields = await gitRecords(args, own(layout));
  const found: Step[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode, newMode, oldId, newId] = (fields[at] ?? '').slice(1).split(' ');
    found.push({
      path: fields[at + 1] ?? '',
      before: `${oldMode ?? ''} ${oldId ?? ''}`,
      after: `${newMode ?? ''} ${newId ?? ''}`,
    });
  }
  return found;
}

async function isBegun(root: string, file: Buffer, step: Step): Promise<boolean> {
  const there = await lstat(file).catch(() => null);
  const [mode, id] = step.after.split(' ');
  if (there === null || id === undefined) return false;
  if (there.isSymbolicLink() !== (mode === SYMLINK)) return false;
  if (there.isSymbolicLink()) {
    const blob = await git(['cat-file', 'blob', id], personal(root));
    return blob.stdout.equals(await readlink(file, { encoding: 'buffer' }));
  }
  if (!there.isFile()) return false;
  const begun = await readFile(file);
  // As git writes it, with the person's filters and line ends; and as it is, where the attributes
  // are among what changes.
  const path = `--path=${readable(step.path)}`;
  for (const args of [
    ['cat-file', '--filters', path, id],
    ['cat-file', 'blob', id],
  ]) {
    const whole = (await git(args, personal(root))).stdout;
    if (whole.subarray(0, begun.length).equals(begun)) return true;
  }
  return false;
}
