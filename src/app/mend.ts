// `tutti doctor --fix`: what can be mended without asking. Only files of our own are touched, nothing
// is written through a link, and what is in order is left as it is: twice does no more than once.

import { chmod, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Repository } from '../ports/repository.ts';
import { plural } from '../util/amount.ts';
import { isSystemError } from '../util/system-error.ts';
import type { App } from './app.ts';
import { finishKilledMerge, mergeRest } from './merge-rest.ts';

/** Something of ours that is not as it should be. */
export interface Fault {
  /** What it is about. */
  readonly name: string;
  /** What is wrong. */
  readonly text: string;
  /** What is done about it, in the words of an order. */
  readonly remedy: string;
  /** Mends it; says what was done, or `null` where somebody was faster. */
  readonly mend: () => Promise<string | null>;
}

/** What is older was left by a process that died: nobody takes so long. */
const STALE_MS = 3_600_000;
/** Names of what is made aside and renamed, in our folder of the git directory. */
const ASIDE = /^(?:git\.[0-9a-f]{12}|index-[0-9a-f]{12}(?:\.lock)?|merge\.json\.[0-9a-f]+)$/u;
const OWNER_FILE = 0o600;
const OWNER_FOLDER = 0o700;
const OTHERS_WRITE = 0o002;
const IGNORE_ALL = '*\n';

/**
 * Looks for what can be mended without asking.
 *
 * @param app - The application.
 * @param repository - Its repository.
 * @returns What is wrong, in the order in which it is mended.
 */
export async function findFaults(app: App, repository: Repository): Promise<readonly Fault[]> {
  const { commonDir } = repository;
  const home = join(commonDir, 'tutti');
  const faults = [
    ...(await ofPermissions([home, join(app.root, '.tutti', 'runs')])),
    ...(await ofRunsFolder(app.root, home)),
    ...(await ofHalfMade(home, app.clock.now())),
    ...(await ofLocks(repository)),
    ...(await ofSockets(app)),
  ];
  const rest = await mergeRest(app, commonDir);
  if (rest === null || rest.live) return faults;
  const text = `a merge of ${rest.intent.run} was interrupted`;
  return [
    ...faults,
    { name: 'merge', text, remedy: 'finish it', mend: () => finishKilledMerge(app, commonDir) },
  ];
}

/**
 * Mends what can be mended, and brings the store up to date.
 *
 * @param app - The application.
 * @param repository - Its repository.
 * @returns What was done, a line each; and what could not be done.
 */
export async function mend(
  app: App,
  repository: Repository,
): Promise<{ readonly done: readonly string[]; readonly failed: readonly string[] }> {
  const done: string[] = [];
  const failed: string[] = [];
  for (const fault of await findFaults(app, repository)) {
    try {
      const line = await fault.mend();
      if (line !== null) done.push(line);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      failed.push(`${fault.text}: ${error.message}`);
    }
  }
  const migrated = await migrate(app, join(repository.commonDir, 'tutti'));
  if (migrated !== null) done.push(migrated);
  return { done, failed };
}

/** Opening it for writing brings it up to date; that it cannot be opened is found right after. */
async function migrate(app: App, home: string): Promise<string | null> {
  if ((await lstat(join(home, 'tutti.db')).catch(() => null)) === null) return null;
  const store = await app.store();
  const from = store.ok ? (store.value.migratedFrom ?? null) : null;
  return from === null ? null : `brought the store up to date from version ${from}`;
}

async function ofPermissions(folders: readonly string[]): Promise<Fault[]> {
  const found: Fault[] = [];
  for (const folder of folders) {
    const count = await openUp(folder, false);
    if (count === 0) continue;
    found.push({
      name: 'permissions',
      remedy: 'put them right',
      text: `${plural(count, 'file')} of ours in ${folder} cannot be read or written by you, or can be written by anybody`,
      mend: async () => {
        const mended = await openUp(folder, true);
        return `gave ${plural(mended, 'file')} in ${folder} back to you alone to write`;
      },
    });
  }
  return found;
}

/** Gives their owner, who is us, back what was taken away, and takes it from everybody else. */
async function openUp(root: string, change: boolean): Promise<number> {
  let count = 0;
  const left = [root];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const stat = await lstat(at).catch(() => null);
    if (stat === null || stat.isSymbolicLink() || stat.uid !== process.getuid?.()) continue;
    const mode = stat.mode & 0o7777;
    const wanted = (mode | (stat.isDirectory() ? OWNER_FOLDER : OWNER_FILE)) & ~OTHERS_WRITE;
    if (mode !== wanted) {
      if (change) await chmod(at, wanted);
      count += 1;
    }
    if (!stat.isDirectory()) continue;
    for (const name of await readdir(at).catch(() => [])) left.push(join(at, name));
  }
  return count;
}

async function ofRunsFolder(root: string, home: string): Promise<Fault[]> {
  const folder = join(root, '.tutti');
  const runs = join(folder, 'runs');
  const outer = await lstat(folder).catch(() => null);
  const inner = await lstat(runs).catch(() => null);
  // The first run makes it.
  const used = inner !== null || (await lstat(join(home, 'tutti.db')).catch(() => null)) !== null;
  // A link that the repository brings would let us write anywhere.
  const strange = [outer, inner].some((stat) => stat !== null && !stat.isDirectory());
  if (!used || strange) return [];
  const make = async (): Promise<string | null> => {
    const made = await mkdir(runs, { recursive: true });
    return made === undefined ? null : 'made .tutti/runs';
  };
  const ignore = join(runs, '.gitignore');
  return [
    ...(inner === null
      ? [{ name: 'folders', text: '.tutti/runs is missing', remedy: 'make it', mend: make }]
      : []),
    ...((await isIgnoring(ignore))
      ? []
      : [
          {
            name: 'ignores',
            remedy: 'have it ignored',
            text: 'git does not ignore .tutti/runs',
            mend: async () => {
              await rm(ignore, { force: true });
              await writeFile(ignore, IGNORE_ALL, { flag: 'wx' });
              return 'git ignores .tutti/runs';
            },
          },
        ]),
  ];
}

async function isIgnoring(file: string): Promise<boolean> {
  const stat = await lstat(file).catch(() => null);
  if (stat?.isFile() !== true) return false;
  return (await readFile(file, 'utf8').catch(() => null)) === IGNORE_ALL;
}

async function ofHalfMade(home: string, now: number): Promise<Fault[]> {
  const stale: string[] = [];
  for (const name of await readdir(home).catch(() => [])) {
    const path = join(home, name);
    const stat = ASIDE.test(name) ? await lstat(path).catch(() => null) : null;
    if (stat !== null && now - stat.mtimeMs >= STALE_MS) stale.push(path);
  }
  if (stale.length === 0) return [];
  const what = plural(stale.length, 'half-made file');
  return [
    {
      name: 'half-made',
      remedy: 'remove them',
      text: `${what} in ${home}`,
      mend: async () => {
        for (const path of stale) await rm(path, { recursive: true, force: true });
        return `removed ${what} in ${home}`;
      },
    },
  ];
}

async function ofLocks(repository: Repository): Promise<Fault[]> {
  const ours = (await repository.leftLocks()).filter((lock) => lock.ours).length;
  if (ours === 0) return [];
  return [
    {
      name: 'locks',
      remedy: 'remove them',
      text: `${plural(ours, 'lock')} of a git that died`,
      mend: async () => {
        const count = await repository.dropLeftLocks();
        return count === 0 ? null : `removed ${plural(count, 'lock')} of a git that died`;
      },
    },
  ];
}

async function ofSockets(app: App): Promise<Fault[]> {
  const sockets = await app.nudge.leftBehind();
  if (sockets.length === 0) return [];
  const what = `${plural(sockets.length, 'socket')} of dead processes`;
  return [
    {
      name: 'sockets',
      remedy: 'remove them',
      text: what,
      mend: async () => {
        for (const folder of sockets) await rm(folder, { recursive: true, force: true });
        return `removed ${what}`;
      },
    },
  ];
}
