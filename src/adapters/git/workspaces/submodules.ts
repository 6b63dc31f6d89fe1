// Submodules of a workspace: their files as far as their objects are in the repository, without network
// and without a git directory of their own. What is changed in one is no change that could be taken.

import { randomBytes } from 'node:crypto';
import { lstat, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { git, gitRecords, readable, records } from '../git.ts';
import type { GitOptions } from '../git.ts';
import { own } from '../layout.ts';
import type { Layout } from '../layout.ts';
import { copyIndex } from './clone.ts';
import { newFiles } from './new-files.ts';

/** A submodule whose files are there. */
export interface FilledSubmodule {
  readonly path: string;
  /** The folder of its objects. */
  readonly objects: string;
  /** Our index over it. */
  readonly index: string;
  /** Set-up has made files in it: only those of its commit are compared. */
  readonly isBuilt?: true;
}

const GITLINK = '160000';

/**
 * Checks out the submodules of a fresh work tree.
 *
 * @param layout - The repository's.
 * @param tree - The work tree and our index over it.
 * @param tree.work - The former.
 * @param tree.index - The latter.
 * @returns Those that are there now, and the paths of those whose objects are not here.
 */
export async function fillSubmodules(
  layout: Layout,
  { work, index }: { readonly work: string; readonly index: string },
): Promise<{ readonly filled: readonly FilledSubmodule[]; readonly missing: readonly string[] }> {
  const filled: FilledSubmodule[] = [];
  const missing: string[] = [];
  const file = join(work, '.gitmodules');
  if ((await lstat(file).catch(() => null))?.isFile() !== true) return { filled, missing };
  const view = own(layout, { workTree: work, index });
  const names = await namesOf(view);
  for (const { path: raw, id } of await gitlinks(view)) {
    const path = readable(raw);
    const name = names.get(path) ?? '';
    const objects = join(layout.commonDir, 'modules', name, 'objects');
    const submodule = { path, objects, index: `${index}-sub${filled.length}` };
    const isFilled = isInside(name) && (await fill(layout, work, submodule, id));
    if (isFilled) filled.push(submodule);
    else missing.push(path);
  }
  return { filled, missing };
}

/**
 * Lists the submodules in which something was changed.
 *
 * @param layout - The repository's.
 * @param work - The work tree.
 * @param filled - Those that were checked out.
 * @returns Their paths.
 */
export async function changedSubmodules(
  layout: Layout,
  work: string,
  filled: readonly FilledSubmodule[],
): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const submodule of filled) {
    if (await isChanged(layout, work, submodule)) changed.push(submodule.path);
  }
  return changed;
}

/**
 * Tells in which submodules what somebody changes can be told, once all is ready.
 *
 * @param layout - The repository's.
 * @param work - The work tree.
 * @param found - What `fillSubmodules` has found.
 * @param found.filled - Those that it has checked out.
 * @param found.missing - The others.
 * @returns Those to compare, and the paths of those that are empty.
 */
export async function comparable(
  layout: Layout,
  work: string,
  { filled, missing }: Awaited<ReturnType<typeof fillSubmodules>>,
): Promise<{ readonly submodules: readonly FilledSubmodule[]; readonly empty: readonly string[] }> {
  // What set-up itself wrote in there is nobody's change.
  const touched = await changedSubmodules(layout, work, filled);
  const all = filled.map((one): FilledSubmodule =>
    touched.includes(one.path) ? { ...one, isBuilt: true } : one,
  );
  const built = all.filter(({ isBuilt }) => isBuilt === true);
  const edited = await changedSubmodules(layout, work, built);
  const hasFiles = await filledSince(work, missing);
  return {
    submodules: all.filter(({ path }) => !edited.includes(path)),
    empty: missing.filter((path) => !hasFiles.includes(path)),
  };
}

/**
 * Finds submodules in which somebody has made files, though nothing was there. Where git has brought
 * them, as with `git submodule update --init`, they are no work of anybody's here.
 *
 * @param work - The work tree.
 * @param empty - The paths of submodules that were empty.
 * @returns The paths of those that are not.
 */
export async function filledSince(
  work: string,
  empty: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of empty) {
    if ((await lstat(join(work, path, '.git')).catch(() => null)) !== null) continue;
    const { files, problems } = await newFiles(work, Buffer.from(path).toString('latin1'), 0);
    if (files.length > 0 || problems.length > 0) found.push(path);
  }
  return found;
}

/**
 * Lists the submodules that an index knows, with files or without.
 *
 * @param view - How to call git.
 * @returns Their paths, one character a byte, and their commits.
 */
export async function gitlinks(
  view: GitOptions,
): Promise<readonly { readonly path: string; readonly id: string }[]> {
  const entries = await gitRecords(['ls-files', '-z', '--stage'], view);
  return entries
    .filter((entry) => entry.startsWith(GITLINK))
    .map((entry) => {
      const at = entry.indexOf('\t');
      return { path: entry.slice(at + 1), id: entry.slice(0, at).split(' ')[1] ?? '' };
    });
}

async function fill(
  layout: Layout,
  work: string,
  submodule: FilledSubmodule,
  id: string,
): Promise<boolean> {
  const folder = join(work, submodule.path);
  if ((await realpath(folder).catch(() => null)) !== folder) return false;
  if ((await lstat(submodule.objects).catch(() => null))?.isDirectory() !== true) return false;
  const view = viewOf(layout, folder, submodule);
  const known = await git(['cat-file', '-e', `${id}^{tree}`], view);
  return known.code === 0 && (await git(['read-tree', '-m', '-u', id], view)).code === 0;
}

async function isChanged(
  layout: Layout,
  work: string,
  submodule: FilledSubmodule,
): Promise<boolean> {
  const folder = join(work, submodule.path);
  if ((await realpath(folder).catch(() => null)) !== folder) return true;
  const index = `${submodule.index}.${randomBytes(6).toString('hex')}`;
  try {
    await copyIndex(submodule.index, index);
    const view = viewOf(layout, folder, { ...submodule, index });
    const compare = ['--quiet', '--no-ext-diff', '--no-textconv', '--ignore-submodules=all'];
    const others = ['ls-files', '-z', '--others', '--exclude-standard', '--directory'];
    const [diff, untracked] = await Promise.all([
      git(['diff', ...compare], view),
      gitRecords([...others, '--no-empty-directory'], view),
    ]);
    if (diff.code !== 0 || submodule.isBuilt === true) return diff.code !== 0;
    return untracked.some((path) => path !== '.git' && path !== '.git/');
  } finally {
    await rm(index, { force: true });
  }
}

function viewOf(
  layout: Layout,
  workTree: string,
  { objects, index }: Pick<FilledSubmodule, 'objects' | 'index'>,
): GitOptions {
  // What the person wants of their own work trees is not meant for these.
  const view = own({ ...layout, config: [] }, { workTree, index });
  return { ...view, env: { ...view.env, GIT_OBJECT_DIRECTORY: objects } };
}

/** What each path is called; the file is the repository's, so nothing in it is believed. */
async function namesOf(view: GitOptions): Promise<ReadonlyMap<string, string>> {
  const listed = await git(['config', '-z', '--list', '--blob=:.gitmodules'], view);
  const pairs = records(listed.stdout).map((item): [string, string] => {
    const [, name = '', path = ''] =
      /^submodule\.([^]*)\.path\n([^]*)$/u.exec(readable(item)) ?? [];
    return [path, name];
  });
  return new Map(pairs.filter(([path]) => path !== ''));
}

/** A name is a path below the folder of submodules, never one out of it. */
function isInside(name: string): boolean {
  return name !== '' && !name.split(/[/\\]/u).some((part) => part === '' || /^\.+$/u.test(part));
}
