// Where a repository keeps its things, and the git directory of our own beside it. In ours the
// person's configuration does not count: no drivers, no filters, no external diff. It has no
// objects; what it makes goes straight to the repository's.

import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { GitOptions } from './git.ts';

/** What was learned about a repository when it was opened. */
export interface Layout {
  /** Where its main work tree begins. */
  readonly root: string;
  readonly commonDir: string;
  readonly format: 'sha1' | 'sha256';
  readonly gitVersion: readonly [number, number];
  readonly identity: { readonly name: string; readonly email: string };
  /** Settings of the person that say how files on their disk are to be compared. */
  readonly fileSettings: readonly string[];
}

/** What a call in our own git directory works on, beside objects. */
interface OwnView {
  readonly workTree?: string;
  readonly index?: string;
}

/**
 * Makes our git directory, unless it is there.
 *
 * @param layout - The repository's.
 * @returns Its path.
 */
export async function makeOwnDir(layout: Layout): Promise<string> {
  const path = ownDir(layout);
  if ((await stat(join(path, 'HEAD')).catch(() => null)) !== null) return path;
  // Made aside and renamed: another process may be making it at this moment.
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  await mkdir(join(fresh, 'refs'), { recursive: true });
  await mkdir(join(fresh, 'objects'));
  await writeFile(join(fresh, 'config'), configText(layout.format, ['bare = true']));
  await writeFile(join(fresh, 'HEAD'), 'ref: refs/heads/none\n');
  await rename(fresh, path).catch(async (error: unknown) => {
    await rm(fresh, { recursive: true, force: true });
    if ((await stat(join(path, 'HEAD')).catch(() => null)) === null) throw error;
  });
  return path;
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
      ...(view.workTree === undefined ? {} : { GIT_WORK_TREE: view.workTree }),
      ...(view.index === undefined ? {} : { GIT_INDEX_FILE: view.index }),
    },
  };
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
