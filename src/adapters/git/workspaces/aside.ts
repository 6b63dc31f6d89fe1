// What an attempt leaves that is no part of its change: files that git ignores, copied files that it has
// made or changed, what it made in submodules that cannot be compared, and files too large for git. They go into a private folder of the state
// directory, never into an object.
//
//   <state>/kept/<task>-<number>/files/…     as they lay in the work tree
//   <state>/kept/<task>-<number>/git/…       what the agent committed and stashed, with our configuration
//   <state>/kept/<task>-<number>/about.json  what was not kept, and why

import { constants } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';

import { formatBytes, plural } from '../../../util/amount.ts';
import { redactor } from '../../../util/redact.ts';
import { errorCode } from '../../../util/system-error.ts';
import { git, readable, records } from '../git.ts';
import { configText, own } from '../layout.ts';
import type { Layout } from '../layout.ts';
import { changedIn } from './change.ts';
import type { WorkspaceRecord } from './change.ts';
import { newFiles } from './new-files.ts';
import type { NewFile } from './new-files.ts';
import { writeJson } from './record.ts';
import { gitlinks } from './submodules.ts';

/** So much of ignored folders is kept of an attempt; what programs build can be built again. */
const MOST_BYTES = 1024 * 1_048_576;
const MOST_NAMED = 20;
const MOST_SAID = 200;
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
  readonly record: WorkspaceRecord;
  /** Our index over it. */
  readonly index: string;
  /** When it was ready, in epoch milliseconds. */
  readonly since: number;
  /** What must not get into anything that is kept. */
  readonly secrets: readonly string[];
}

/** What somebody may have made or changed. */
interface Entry {
  readonly path: string;
  /** Programs fill ignored folders: those are not kept at any size. */
  readonly isBounded: boolean;
}

/**
 * Keeps what is no part of a change. Doing it again after a kill keeps the rest.
 *
 * @param layout - The repository's, as it is wanted for this work tree.
 * @param leaving - The work tree; nobody works in it any more.
 * @param folder - Where to.
 * @throws {Error} When something cannot be kept that should be, as on a full disk: what was not moved
 *   is still in the work tree.
 */
export async function keepAside(layout: Layout, leaving: Leaving, folder: string): Promise<void> {
  const { work } = leaving.record;
  const { kept, leftOut } = await toKeep(await entriesOf(layout, leaving), leaving);
  for (const { path } of kept) {
    const isKept = await bring(work, path, join(folder, 'files'));
    if (!isKept) leftOut.push(`${path.toString().slice(0, MOST_SAID)}: its path is too long`);
  }
  if (!(await keepCommits(layout, leaving, folder))) leftOut.push('.git: it holds a secret');
  if (leftOut.length === 0) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const more = leftOut.length - MOST_NAMED;
  const named = [...leftOut.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])];
  await writeJson(join(folder, 'about.json'), { leftOut: named });
}

async function entriesOf(layout: Layout, { record, index }: Leaving): Promise<readonly Entry[]> {
  const view = own(layout, { workTree: record.work, index });
  const args = ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory'];
  const [listed, { large }, submodules] = await Promise.all([
    git(args, view),
    changedIn(layout, { record, index }),
    gitlinks(view),
  ]);
  const ignored = listed.code === 0 ? records(listed.stdout) : [];
  const entries = new Map<string, Entry>();
  for (const path of ignored) {
    const plain = path.replace(/\/+$/u, '');
    if (plain !== '') entries.set(plain, { path: plain, isBounded: plain !== path });
  }
  // No change holds what is in them: one in which all is compared is as it was, or was refused.
  const compared = new Set(
    record.submodules?.flatMap(({ path, isBuilt }) => (isBuilt === true ? [] : [path])),
  );
  for (const { path } of submodules) {
    if (!compared.has(readable(path))) entries.set(path, { path, isBounded: true });
  }
  const copied = record.copied.map((path) => Buffer.from(path).toString('latin1'));
  for (const path of [...copied, ...large.map((one) => one.path)]) {
    if (!entries.has(path)) entries.set(path, { path, isBounded: false });
  }
  return [...entries.values()];
}

/** Chooses what is kept, the smaller folders first, and names the rest. */
async function toKeep(
  entries: readonly Entry[],
  { record, since }: Leaving,
): Promise<{ readonly kept: NewFile[]; readonly leftOut: string[] }> {
  const kept: NewFile[] = [];
  const leftOut: string[] = [];
  const folders: {
    readonly name: string;
    readonly files: readonly NewFile[];
    readonly bytes: number;
  }[] = [];
  for (const { path, isBounded } of entries) {
    const { files, problems } = await newFiles(record.work, path, since);
    leftOut.push(...problems);
    const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
    const name = Buffer.from(path, 'latin1').toString();
    if (isBounded) folders.push({ name, files, bytes });
    else kept.push(...files);
  }
  let room = MOST_BYTES;
  for (const { name, files, bytes } of folders.toSorted((a, b) => a.bytes - b.bytes)) {
    room -= bytes;
    if (room >= 0) kept.push(...files);
    else leftOut.push(`${name}: ${plural(files.length, 'file')}, ${formatBytes(bytes)}`);
  }
  return { kept, leftOut };
}

/**
 * Keeps the git directory in which an agent made commits or stashes, on whatever branch. Nothing that
 * it wrote there for git to run stays. Tells whether it could: not where it holds a secret.
 */
async function keepCommits(
  layout: Layout,
  { record: { work }, secrets }: Leaving,
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

/** Moved, for it may be large; where that cannot be, copied. Tells whether its path could be written. */
async function bring(work: string, path: Buffer, folder: string): Promise<boolean> {
  const from = Buffer.concat([Buffer.from(`${work}/`), path]);
  const to = Buffer.concat([Buffer.from(`${folder}/`), path]);
  try {
    await mkdir(to.subarray(0, to.lastIndexOf('/')), { recursive: true, mode: 0o700 });
    await rename(from, to).catch(async (error: unknown) => {
      // Another file system, or a file that may not be moved: it can be read all the same.
      if (!['EXDEV', 'EPERM', 'EACCES'].includes(errorCode(error) ?? '')) throw error;
      await copyOver(from, to);
    });
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENAMETOOLONG') return false;
    throw error;
  }
}

/** For what cannot be moved. */
async function copyOver(from: Buffer, to: Buffer): Promise<void> {
  await rm(to, { force: true });
  if ((await lstat(from)).isSymbolicLink()) await symlink(await readlink(from, 'buffer'), to);
  else await copyFile(from, to, constants.COPYFILE_FICLONE);
}
