// Where a repository keeps its things, and the git directory of our own beside it. In ours the
// person's configuration does not count: no drivers, no filters, no external diff. It has no
// objects; what it makes goes straight to the repository's.

import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { GitOptions } from './git.ts';

/** What was learned about a repository when it was opened. */
export interface Layout {
  /** Where its main work tree begins. */
  readonly root: string;
  readonly commonDir: string;
  readonly format: 'sha1' | 'sha256';
  readonly gitVersion: readonly [number, number];
  /** Whether some of its objects may be elsewhere only; nothing of ours fetches them. */
  readonly isPartial: boolean;
  readonly identity: { readonly name: string; readonly email: string };
  /** Settings of the person that say how files on their disk are to be compared. */
  readonly fileSettings: readonly string[];
  /** Settings of work trees that the person has asked for, see `asWanted`. */
  readonly config?: readonly (readonly [key: string, value: string])[];
  /** Whether work trees have only some of the files. */
  readonly isSparse?: boolean;
}

/** What a call in our own git directory works on, beside objects. */
interface OwnView {
  readonly workTree?: string;
  readonly index?: string;
}

/** What is ours to write below the git directory. Were one of them a link, it would be elsewhere. */
const OURS = ['tutti', 'tutti/git', 'refs/tutti', 'worktrees', 'logs/HEAD'];

/** Folders that other tools share between checkouts by links, on purpose: what is in them is git's. */
const MAY_LEAD_ELSEWHERE: ReadonlySet<string> = new Set(['refs', 'logs', 'logs/refs']);

/** What our git directory holds, beside locks. */
const IN_OWN_DIR = new Set(['HEAD', 'config', 'refs', 'objects']);

/**
 * Looks for links where things of ours would be written.
 *
 * @param commonDir - The repository's.
 * @returns The first that is there, or `null`.
 */
export async function linkInTheWay(commonDir: string): Promise<string | null> {
  for (const name of OURS) {
    const path = join(commonDir, name);
    if ((await lstat(path).catch(() => null))?.isSymbolicLink() === true) return path;
  }
  return null;
}

/**
 * Looks for links on the way to where git writes when a ref moves: the folders of the ref, and its log,
 * to which git would append wherever it lies.
 *
 * @param commonDir - The repository's.
 * @param refs - Full names.
 * @returns The first that is there, or `null`.
 */
export async function linkOnTheWay(
  commonDir: string,
  refs: readonly string[],
): Promise<string | null> {
  const paths = new Set(['logs/HEAD']);
  for (const ref of refs) {
    const parts = ref.split('/');
    for (let count = 2; count <= parts.length; count += 1) {
      const name = parts.slice(0, count).join('/');
      // The file of a ref is replaced, not written into.
      if (count < parts.length) paths.add(name);
      paths.add(`logs/${name}`);
    }
  }
  for (const name of paths) {
    if (MAY_LEAD_ELSEWHERE.has(name)) continue;
    const path = join(commonDir, name);
    if ((await lstat(path).catch(() => null))?.isSymbolicLink() === true) return path;
  }
  return null;
}

/**
 * Makes our git directory, unless it is there as we made it: one that came with the repository, or
 * was changed, could name programs.
 *
 * @param layout - The repository's.
 * @returns Its path.
 */
export async function makeOwnDir(layout: Layout): Promise<string> {
  const path = ownDir(layout);
  const config = configText(layout.format, ['bare = true']);
  if (await isOurs(path, config)) return path;
  // Made aside and renamed: another process may be making it at this moment.
  const random = randomBytes(6).toString('hex');
  const fresh = `${path}.${random}`;
  await mkdir(join(fresh, 'refs'), { recursive: true });
  await mkdir(join(fresh, 'objects'));
  await writeFile(join(fresh, 'config'), config);
  await writeFile(join(fresh, 'HEAD'), HEAD);
  const old = `${path}.old-${random}`;
  if (!(await isOurs(path, config))) await rename(path, old).catch(() => undefined);
  await rename(fresh, path).catch(async (error: unknown) => {
    await rm(fresh, { recursive: true, force: true });
    if (!(await isOurs(path, config))) throw error;
  });
  await rm(old, { recursive: true, force: true });
  return path;
}

const HEAD = 'ref: refs/heads/none\n';

async function isOurs(path: string, config: string): Promise<boolean> {
  const read = (name: string): Promise<string> => readPlain(join(path, name));
  const [text, head, names, isSparse] = await Promise.all([
    read('config'),
    read('HEAD'),
    readdir(path).catch(() => []),
    holdsSparseOnly(join(path, 'info')),
  ]);
  const isOwn = (name: string): boolean =>
    IN_OWN_DIR.has(name) || name.endsWith('.lock') || (name === 'info' && isSparse);
  return text === config && head === HEAD && names.every(isOwn);
}

/** The one thing that is put there by us, see `asWanted`: attributes would be another. */
async function holdsSparseOnly(info: string): Promise<boolean> {
  if ((await lstat(info).catch(() => null))?.isDirectory() !== true) return false;
  const names = await readdir(info).catch(() => ['unreadable']);
  return names.every((name) => /^sparse-checkout(?:\.[\da-f]+)?$/u.test(name));
}

/** A pipe or a device would never end. */
async function readPlain(path: string): Promise<string> {
  const about = await lstat(path).catch(() => null);
  if (about?.isFile() !== true || about.size > 4_096) return '';
  return await readFile(path, 'utf8').catch(() => '');
}

/**
 * The text of a git configuration file with what every directory of ours has.
 *
 * @param format - The repository's object format.
 * @param core - More lines of the section `core`.
 * @param rest - Lines after it.
 * @returns The text.
 */
export function configText(
  format: Layout['format'],
  core: readonly string[],
  rest: readonly string[] = [],
): string {
  const version = format === 'sha1' ? 0 : 1;
  const extension = format === 'sha1' ? [] : ['[extensions]', `\tobjectformat = ${format}`];
  const lines = ['[core]', `\trepositoryformatversion = ${version}`];
  return [...lines, ...core.map((line) => `\t${line}`), ...extension, ...rest, ''].join('\n');
}

/**
 * How to call git in our directory.
 *
 * @param layout - The repository's.
 * @param view - The work tree and index to use, if any.
 * @returns Options for the runner.
 */
export function own(layout: Layout, view: OwnView = {}): GitOptions {
  return {
    cwd: view.workTree ?? ownDir(layout),
    env: {
      GIT_DIR: ownDir(layout),
      GIT_OBJECT_DIRECTORY: join(layout.commonDir, 'objects'),
      GIT_SHALLOW_FILE: join(layout.commonDir, 'shallow'),
      ...(view.workTree === undefined
        ? {}
        : { GIT_WORK_TREE: view.workTree, ...asEnvironment(layout.config ?? []) }),
      ...(view.index === undefined ? {} : { GIT_INDEX_FILE: view.index }),
    },
  };
}

function asEnvironment(config: NonNullable<Layout['config']>): Record<string, string> {
  const env: Record<string, string> = { GIT_CONFIG_COUNT: String(config.length) };
  for (const [at, [key, value]] of config.entries()) {
    env[`GIT_CONFIG_KEY_${at}`] = key;
    env[`GIT_CONFIG_VALUE_${at}`] = value;
  }
  return env;
}

/**
 * How to call git in the repository itself: for refs, and for what only its configuration says.
 *
 * @param layout - The repository's.
 * @returns Options for the runner.
 */
export function theirs(layout: Layout): GitOptions {
  const { name, email } = layout.identity;
  return {
    cwd: layout.commonDir,
    // For the reflog; without it git would ask the system who we are.
    env: { GIT_DIR: layout.commonDir, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email },
  };
}

/**
 * How to call git in one of the person's work trees, with their configuration.
 *
 * @param path - Where it begins.
 * @returns Options for the runner.
 */
export function personal(path: string): GitOptions {
  return { cwd: path, personal: true, env: { GIT_DIR: join(path, '.git'), GIT_WORK_TREE: path } };
}

function ownDir(layout: Layout): string {
  return join(layout.commonDir, 'tutti', 'git');
}
