// What an attempt leaves that is no part of its change: files that git ignores and copied files that
// it has made or changed. They go into a private folder of the state directory, never into an object.
//
//   <state>/kept/<task>-<number>/files/…     as they lay in the work tree
//   <state>/kept/<task>-<number>/git/…       what the agent committed and stashed, with our configuration
//   <state>/kept/<task>-<number>/about.json  what was left where it was, because there is too much of it

import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inflateSync } from 'node:zlib';

import type { Aside } from '../../../ports/workspace.ts';
import { isRecord } from '../../../util/is-record.ts';
import { redactor } from '../../../util/redact.ts';
import { git, records } from '../git.ts';
import { configText, own } from '../layout.ts';
import type { Layout } from '../layout.ts';
import { run } from './programs.ts';
import { readJson, writeJson } from './record.ts';

/** A folder with more than this is made by a program, such as a package manager, and made again. */
const MOST_FILES = 2000;
const MOST_NAMED = 20;
/** Bytes of one file that are looked through for secrets. */
const MOST_READ = 64 * 1_048_576;
/** Where git finds what to run, or is led elsewhere. */
const LEADING = [
  'commondir',
  'config',
  'config.worktree',
  'gitdir',
  'hooks',
  'info',
  'modules',
  'worktrees',
] as const;

/** A work tree that is about to go. */
interface Leaving {
  readonly work: string;
  /** A copy of our index over it. */
  readonly index: string;
  /** Copied paths: what of them is as it was copied is not kept. */
  readonly copied: readonly string[];
  /** When it was ready, in epoch milliseconds. */
  readonly since: number;
  /** What must not get into anything that is kept. */
  readonly secrets: readonly string[];
}

/**
 * Keeps what is no part of a change. Doing it again after a kill keeps the rest.
 *
 * @param layout - The repository's.
 * @param leaving - The work tree; nobody works in it any more.
 * @param folder - Where to.
 */
export async function keepAside(layout: Layout, leaving: Leaving, folder: string): Promise<void> {
  const view = own(layout, { workTree: leaving.work, index: leaving.index });
  const args = ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory'];
  const listed = await git(args, view);
  const ignored = listed.code === 0 ? records(listed.stdout) : [];
  const copied = leaving.copied.map((path) => Buffer.from(path).toString('latin1'));
  const leftOut: string[] = [];
  for (const entry of new Set([...ignored, ...copied].map((path) => path.replace(/\/+$/u, '')))) {
    const found: Buffer[] = [];
    const isWhole = await newFiles(leaving, Buffer.from(entry, 'latin1'), { found, seen: 0 });
    if (!isWhole) leftOut.push(Buffer.from(entry, 'latin1').toString());
    else for (const path of found) await bring(leaving.work, path, join(folder, 'files'));
  }
  if (!(await keepCommits(layout, leaving, folder))) leftOut.push('.git (it holds a secret)');
  if (leftOut.length === 0) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeJson(join(folder, 'about.json'), { leftOut: leftOut.slice(0, MOST_NAMED) });
}

/**
 * Keeps the git directory in which an agent made commits or stashes, on whatever branch. Nothing that
 * it wrote there for git to run stays. Tells whether it could: not where it holds a secret.
 */
async function keepCommits(
  layout: Layout,
  { work, secrets }: Leaving,
  folder: string,
): Promise<boolean> {
  const from = join(work, '.git');
  if ((await lstat(from).catch(() => null))?.isDirectory() !== true) return true;
  const objects = await readdir(join(from, 'objects')).catch(() => []);
  const packs = await readdir(join(from, 'objects/pack')).catch(() => []);
  const isOwn = objects.some((name) => name !== 'info' && name !== 'pack') || packs.length > 0;
  if (!isOwn) return true;
  if (await holdsSecret(from, secrets)) return false;
  const to = join(folder, 'git');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of LEADING) {
    await rm(join(from, name), { recursive: true, force: true });
  }
  await rm(to, { recursive: true, force: true });
  await rename(from, to).catch(() => undefined);
  if ((await lstat(to).catch(() => null))?.isDirectory() !== true) return true;
  await writeFile(join(to, 'config'), configText(layout.format, ['bare = true']));
  return true;
}

/** What is packed cannot be read here: it counts as if it held one. */
async function holdsSecret(folder: string, secrets: readonly string[]): Promise<boolean> {
  if (secrets.length === 0) return false;
  const redact = redactor(secrets);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if (entry.name.endsWith('.pack') || (await lstat(path)).size > MOST_READ) return true;
    const text = contentOf(await readFile(path));
    if (text === null || redact(text) !== text) return true;
  }
  return false;
}

/** Objects are compressed; `null` = too large to look at. */
function contentOf(bytes: Buffer): string | null {
  try {
    return inflateSync(bytes, { maxOutputLength: MOST_READ }).toString();
  } catch (error) {
    const isTooLarge = error instanceof RangeError;
    return isTooLarge ? null : bytes.toString();
  }
}

/** Finds files and links that were made or changed; false when there are too many to look at. */
async function newFiles(
  { work, since }: Pick<Leaving, 'work' | 'since'>,
  path: Buffer,
  so: { readonly found: Buffer[]; seen: number },
): Promise<boolean> {
  const whole = Buffer.concat([Buffer.from(`${work}/`), path]);
  const about = await lstat(whole).catch(() => null);
  if (about === null) return true;
  if (about.isDirectory()) {
    for (const name of await readdir(whole, { encoding: 'buffer' }).catch(() => [])) {
      // What a repository of their own holds is for nobody's git to read.
      if (name.toString('latin1').toLowerCase() === '.git') continue;
      const inner = Buffer.concat([path, Buffer.from('/'), name]);
      if (!(await newFiles({ work, since }, inner, so))) return false;
    }
    return true;
  }
  so.seen += 1;
  if (so.seen > MOST_FILES) return false;
  // Nobody can set this moment, as they can the one of the last change.
  const isNew = about.ctimeMs > since;
  if (isNew && (about.isFile() || about.isSymbolicLink())) so.found.push(path);
  return true;
}

/** Moved, for it may be large; where that cannot be, copied. */
async function bring(work: string, path: Buffer, folder: string): Promise<void> {
  const from = Buffer.concat([Buffer.from(`${work}/`), path]);
  const to = Buffer.concat([Buffer.from(`${folder}/`), path]);
  await mkdir(Buffer.from(dirname(to.toString('latin1')), 'latin1'), {
    recursive: true,
    mode: 0o700,
  });
  await rename(from, to).catch(async () => {
    if ((await lstat(from)).isFile()) await copyFile(from, to, constants.COPYFILE_FICLONE);
  });
}

/**
 * Tells what is kept beside git.
 *
 * @param folder - Where it would be.
 * @param left - A whole work tree that could not be taken; `null` = none.
 * @returns What there is; `null` = nothing.
 */
export async function readAside(folder: string, left: string | null): Promise<Aside | null> {
  const about = await readJson(join(folder, 'about.json'));
  const named = isRecord(about) && Array.isArray(about['leftOut']) ? about['leftOut'] : [];
  const leftOut = named.filter((one): one is string => typeof one === 'string');
  const there = [join(folder, 'files'), ...(left === null ? [] : [left])];
  const sums = await Promise.all(there.map((one) => sizeOf(one)));
  const files = sums.reduce((sum, one) => sum + one.files, 0);
  const bytes = sums.reduce((sum, one) => sum + one.bytes, 0);
  const gitDir = join(folder, 'git');
  const isKept = (await lstat(join(gitDir, 'config')).catch(() => null)) !== null;
  const commits = isKept ? gitDir : null;
  if (files === 0 && leftOut.length === 0 && commits === null) return null;
  return { files, bytes, leftOut, whole: left !== null, commits };
}

async function sizeOf(path: string): Promise<{ files: number; bytes: number }> {
  const about = await lstat(path).catch(() => null);
  if (about === null) return { files: 0, bytes: 0 };
  if (!about.isDirectory()) return { files: 1, bytes: about.size };
  const sum = { files: 0, bytes: 0 };
  for (const name of await readdir(path).catch(() => [])) {
    if (name === '.git') continue;
    const inner = await sizeOf(join(path, name));
    sum.files += inner.files;
    sum.bytes += inner.bytes;
  }
  return sum;
}

/**
 * Copies what is kept beside git into a folder, over what lies there.
 *
 * @param from - The folders it lies in, those that are there.
 * @param to - The folder.
 * @throws {Error} When not all of it could be copied.
 */
export async function copyAside(from: readonly string[], to: string): Promise<void> {
  for (const folder of from) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (name === '.git') continue;
      const problem = await run('cp', ['-a', '--', join(folder, name), to]);
      if (problem !== '') throw new Error(problem);
    }
  }
  await hideRepositories(to);
}

/** The configuration of a repository that an agent made is not to be read by the person's git. */
async function hideRepositories(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.name.toLowerCase() === '.git') await rename(path, join(folder, 'dot-git'));
    else if (entry.isDirectory()) await hideRepositories(path);
  }
}
