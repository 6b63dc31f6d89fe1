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
import { saysNoRoom } from '../../../util/no-room.ts';
import { redactor } from '../../../util/redact.ts';
import { errorCode, isSystemError } from '../../../util/system-error.ts';
import { git, readable, records } from '../git.ts';
import { configText, own } from '../layout.ts';
import type { Layout } from '../layout.ts';
import { changedIn } from './change.ts';
import type { WorkspaceRecord } from './change.ts';
import { newFiles } from './new-files.ts';
import type { NewFile } from './new-files.ts';
import { open, openAll } from './open-up.ts';
import { run } from './programs.ts';
import { writeJson } from './record.ts';
import { gitlinks } from './submodules.ts';

/** So much of ignored folders is kept of an attempt; what programs build can be built again. */
const MOST_BYTES = 1024 * 1_048_576;
const MOST_NAMED = 20;
const MOST_SAID = 200;
/** Bytes of one file that are looked through for secrets. */
const MOST_READ = 64 * 1_048_576;
const SECRET = 'it holds a secret';
/** The system's words for what is no fault of one file. */
const LACKING = new Set(['EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOSPC', 'EROFS']);
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
  await open(work);
  const { kept, leftOut } = await toKeep(await entriesOf(layout, leaving), leaving);
  const files = join(folder, 'files');
  // Here, so that what is wrong with our own folder is not taken for the fault of each file.
  if (kept.length > 0) await mkdir(files, { recursive: true, mode: 0o700 });
  for (const { path } of kept) {
    const problem = await bring(work, path, files);
    if (problem !== null) leftOut.push(`${path.toString().slice(0, MOST_SAID)}: ${problem}`);
  }
  const unkept = await keepCommits(layout, leaving, folder);
  if (unkept !== null) leftOut.push(`.git: ${unkept}`);
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
    // Of a folder that holds nothing else git names the files as well.
    const isNamed = foldersAbove(plain).some((folder) => entries.get(folder)?.isBounded === true);
    if (plain !== '' && !isNamed) entries.set(plain, { path: plain, isBounded: plain !== path });
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

/** The folders above a path, the outermost first. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'));
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
  // What was copied may lie in a folder that is ignored as a whole.
  const byPath = new Map(kept.map((one) => [one.path.toString('latin1'), one]));
  return { kept: [...byPath.values()], leftOut: [...new Set(leftOut)] };
}

/**
 * Keeps the git directory in which an agent made commits or stashes, on whatever branch. Nothing that
 * it wrote there for git to run stays. Tells why it could not: as where it holds a secret.
 */
async function keepCommits(
  layout: Layout,
  { record: { work }, secrets }: Leaving,
  folder: string,
): Promise<string | null> {
  const from = join(work, '.git');
  if ((await lstat(from).catch(() => null))?.isDirectory() !== true) return null;
  const isOwn = await hasObjects(from);
  if (isOwn === false) return null;
  await openAll(from);
  if (isOwn === null && (await hasObjects(from)) === false) return null;
  const refused = await whyNotSafe(from, secrets);
  if (refused !== null) return refused;
  const to = join(folder, 'git');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await run('rm', ['-rf', '--', ...LEADING.map((name) => join(from, name)), to]);
  for (const name of LEADING) {
    const stays = (await lstat(join(from, name)).catch(() => null)) !== null;
    if (stays) return `${name} in it cannot be removed`;
  }
  const problem = await moveFolder(from, to);
  if (problem !== null) return problem;
  await writeFile(join(to, 'config'), configText(layout.format, ['bare = true']));
  return null;
}

/** Whether a git directory has objects of its own; `null` = it is closed. */
async function hasObjects(gitDir: string): Promise<boolean | null> {
  try {
    const objects = await readdir(join(gitDir, 'objects'));
    if (objects.some((name) => name !== 'info' && name !== 'pack')) return true;
    return (await readdir(join(gitDir, 'objects/pack'))).length > 0;
  } catch (error) {
    const code = errorCode(error);
    return code === 'EACCES' || code === 'EPERM' ? null : false;
  }
}

/** Copied where it cannot be moved, as to another disk; tells why it could be neither. */
async function moveFolder(from: string, to: string): Promise<string | null> {
  try {
    await rename(from, to);
    return null;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code !== 'EXDEV') return `it cannot be moved (${error.code})`;
  }
  return await copyFolder(from, to);
}

/**
 * Copies a folder, whole or not at all.
 *
 * @param from - The folder.
 * @param to - Where nothing is.
 * @returns Why it could not; `null` = it is there.
 * @throws {Error} When there is no room.
 */
export async function copyFolder(from: string, to: string): Promise<string | null> {
  const problem = await run('cp', ['-a', '--', from, to]);
  if (problem === '') return null;
  await run('rm', ['-rf', '--', to]);
  if (saysNoRoom(problem)) throw Object.assign(new Error(problem), { code: 'ENOSPC' });
  return 'it cannot be copied';
}

/** What is packed cannot be read here, nor what nobody may read: it counts as if it held a secret. */
async function whyNotSafe(folder: string, secrets: readonly string[]): Promise<string | null> {
  if (secrets.length === 0) return null;
  const redact = redactor(secrets);
  try {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      if (entry.name.endsWith('.pack') || (await lstat(path)).size > MOST_READ) return SECRET;
      const text = contentOf(await readFile(path));
      if (text === null || redact(text) !== text) return SECRET;
    }
    return null;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return `it cannot be looked through for secrets (${error.code})`;
  }
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

/** Moved, for it may be large; where that cannot be, copied. Tells why it could not be kept. */
async function bring(work: string, path: Buffer, folder: string): Promise<string | null> {
  const from = Buffer.concat([Buffer.from(`${work}/`), path]);
  const to = Buffer.concat([Buffer.from(`${folder}/`), path]);
  try {
    await mkdir(to.subarray(0, to.lastIndexOf('/')), { recursive: true, mode: 0o700 });
    // Whoever has it brought back has to read it.
    await open(from);
    await open(from.subarray(0, from.lastIndexOf('/')));
    await rename(from, to).catch(async (error: unknown) => {
      // Another file system, or a file that may not be moved: it can be read all the same.
      if (!['EXDEV', 'EPERM', 'EACCES'].includes(errorCode(error) ?? '')) throw error;
      await copyOver(from, to);
    });
    return null;
  } catch (error) {
    // What the machine lacks, every other file would lack too: it all stays where it is.
    if (!isSystemError(error) || LACKING.has(error.code)) throw error;
    if (error.code === 'ENAMETOOLONG') return 'its path is too long';
    return `it cannot be kept (${error.code})`;
  }
}

/** For what cannot be moved. */
async function copyOver(from: Buffer, to: Buffer): Promise<void> {
  await rm(to, { force: true });
  if ((await lstat(from)).isSymbolicLink()) await symlink(await readlink(from, 'buffer'), to);
  else await copyFile(from, to, constants.COPYFILE_FICLONE);
}
