// Locks that a git has left which died at work, with the power or by a kill: whoever wants the same
// lock would wait for nobody. A file does not say whose it is, so the processes are asked: a lock
// that stands while no git is at work in the repository is nobody's.

import { lstat, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join, sep } from 'node:path';

import type { LeftLock } from '../../ports/repository.ts';
import { readSmallFile } from '../../util/small-file.ts';
import { LOCK_WAIT_MS } from './git.ts';
import type { Layout } from './layout.ts';

/** Where no processes can be looked at: nobody takes so long. */
const OLD_MS = 3_600_000;

/** Processes tell their start in these. */
const TICKS_PER_SECOND = 100;
/** How exactly the start of a process and the mark on a file can be compared. */
const MARGIN_MS = 1_000;

const LONGEST_PATH = 65_536;

/** A lock file as it was seen. */
interface Seen {
  readonly path: string;
  readonly ino: number;
  readonly mtimeMs: number;
}

/**
 * Finds locks in the repository that nobody holds any more.
 *
 * @param layout - The repository's.
 * @returns Their paths, and whether they lock something that only tutti writes.
 */
export async function leftLocks(layout: Layout): Promise<readonly (Seen & LeftLock)[]> {
  const { commonDir } = layout;
  const ours = [join(commonDir, 'refs', 'tutti'), join(commonDir, 'tutti', 'git')];
  const theirs = [join(commonDir, 'refs', 'heads'), join(commonDir, 'worktrees')];
  const found = [
    ...(await locksIn(commonDir, false)).map((path) => ({ path, ours: false })),
    ...(await everyLock(ours)).map((path) => ({ path, ours: true })),
    ...(await everyLock(theirs)).map((path) => ({ path, ours: false })),
  ];
  const seen = await look(found.map(({ path }) => path));
  const dead = await deadAmong(layout, seen, 0);
  return found.flatMap(({ path, ours: isOurs }) => {
    const one = dead.find((lock) => lock.path === path);
    return one === undefined ? [] : [{ ...one, ours: isOurs }];
  });
}

/**
 * Looks at lock files.
 *
 * @param layout - The repository's.
 * @param refs - Of these refs; each is tutti's to write.
 * @returns Those that are there.
 */
export function locksOn(layout: Layout, refs: readonly string[]): Promise<readonly Seen[]> {
  return look(refs.map((ref) => join(layout.commonDir, `${ref}.lock`)));
}

/**
 * Removes those of some locks that nobody holds any more.
 *
 * @param layout - The repository's.
 * @param seen - The locks; each is on something that is tutti's to write.
 * @param stoodMs - How long they have certainly stood since: who is younger did not make them.
 * @returns How many were removed.
 */
export async function dropLeftLocks(
  layout: Layout,
  seen: readonly Seen[],
  stoodMs: number = 0,
): Promise<number> {
  let count = 0;
  for (const one of await deadAmong(layout, seen, stoodMs)) {
    // Another git may have come for it since: what it has made is another file.
    const [now] = await look([one.path]);
    if (now === undefined || now.ino !== one.ino || now.mtimeMs !== one.mtimeMs) continue;
    await rm(one.path, { force: true });
    count += 1;
  }
  return count;
}

async function deadAmong(
  layout: Layout,
  seen: readonly Seen[],
  stoodMs: number,
): Promise<readonly Seen[]> {
  const now = Date.now();
  const age = ({ mtimeMs }: Seen): number => Math.abs(now - mtimeMs);
  const standing = seen.filter((one) => stoodMs > 0 || age(one) >= LOCK_WAIT_MS);
  if (standing.length === 0) return [];
  switch (await gitAtWork(layout, stoodMs)) {
    case 'somebody':
      return [];
    case 'nobody':
      return standing;
    case 'unknown':
      return standing.filter((one) => age(one) >= OLD_MS);
  }
}

/** Those that are there and of this user, whose processes can be looked at. */
async function look(paths: readonly string[]): Promise<readonly Seen[]> {
  const all = await Promise.all(
    paths.map(async (path) => {
      const stat = await lstat(path).catch(() => null);
      if (stat === null || !stat.isFile() || stat.uid !== process.getuid?.()) return [];
      return [{ path, ino: stat.ino, mtimeMs: stat.mtimeMs }];
    }),
  );
  return all.flat();
}

/** A git that has not lived as long as that does not count. */
async function gitAtWork(
  layout: Layout,
  longerMs: number,
): Promise<'somebody' | 'nobody' | 'unknown'> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/u.test(name));
  if (pids.length === 0) return 'unknown';
  const homes = [layout.root, layout.commonDir, ...(await linkedWorkTrees(layout))];
  const found = await Promise.all(pids.map((pid) => isGitIn(join('/proc', pid), homes, longerMs)));
  return found.includes(true) ? 'somebody' : 'nobody';
}

async function isGitIn(
  process: string,
  homes: readonly string[],
  longerMs: number,
): Promise<boolean> {
  const name = await readFile(join(process, 'comm'), 'utf8').catch(() => '');
  if (!name.startsWith('git')) return false;
  const cwd = await readlink(join(process, 'cwd')).catch(() => null);
  // It is dead and only waits to be reaped, or it is of another user.
  if (cwd === null) return false;
  if (longerMs > 0 && (await ageOf(process)) < longerMs - MARGIN_MS) return false;
  const environment = await readFile(join(process, 'environ'), 'latin1').catch(() => '');
  const gitDir = /(?:^|\0)GIT_DIR=([^\0]*)/u.exec(environment)?.[1];
  const places = gitDir === undefined ? [cwd] : [cwd, Buffer.from(gitDir, 'latin1').toString()];
  return places.some((place) => homes.some((home) => `${place}${sep}`.startsWith(`${home}${sep}`)));
}

async function ageOf(process: string): Promise<number> {
  const stat = await readFile(join(process, 'stat'), 'latin1').catch(() => '');
  // The name may hold anything; after it the start is the twentieth.
  const start = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  return (uptime() - start / TICKS_PER_SECOND) * 1_000;
}

async function linkedWorkTrees({ commonDir }: Layout): Promise<readonly string[]> {
  const folder = join(commonDir, 'worktrees');
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    names.map((name) => readSmallFile(join(folder, name, 'gitdir'), LONGEST_PATH)),
  );
  return files.flatMap((text) => (text === null ? [] : [text.trim().replace(/\/\.git$/u, '')]));
}

async function everyLock(folders: readonly string[]): Promise<readonly string[]> {
  return (await Promise.all(folders.map((folder) => locksIn(folder, true)))).flat();
}

async function locksIn(folder: string, recursive: boolean): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive }).catch(() => []);
  return names.filter((name) => name.endsWith('.lock')).map((name) => join(folder, name));
}
