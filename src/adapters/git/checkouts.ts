// The person's own work trees. They are only read, but for one act: bringing clean checkouts of a
// branch to where the branch went. There the person's filters and line ends apply, hooks never.

import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { CheckoutsResult } from '../../ports/repository.ts';
import { clearHalfMade, follow, indexOf, lockedBy } from './follow.ts';
import { git, gitRecords, gitText, readable, records } from './git.ts';
import type { GitOptions } from './git.ts';
import { own, personal, theirs } from './layout.ts';
import type { Layout } from './layout.ts';

const MOST_FILES = 100;
const LOOK = ['diff', '-z', '--name-only', '--no-ext-diff', '--no-textconv', '--no-renames'];

/**
 * The work trees that have a branch checked out.
 *
 * @param layout - The repository's.
 * @param branch - Its name, short or full.
 * @returns Their paths.
 */
export async function checkedOutAt(layout: Layout, branch: string): Promise<readonly string[]> {
  const wanted = `branch ${branch.startsWith('refs/') ? branch : `refs/heads/${branch}`}`;
  const fields = await gitRecords(['worktree', 'list', '--porcelain', '-z'], theirs(layout));
  const paths: string[] = [];
  let path = '';
  let first = true;
  for (const field of fields) {
    const text = readable(field);
    if (text.startsWith('worktree ')) {
      // For the main one git only guesses from the name of the git directory.
      path = first ? layout.root : text.slice('worktree '.length);
      first = false;
    }
    if (text === wanted && isWorkTree(path)) paths.push(path);
  }
  return paths;
}

/**
 * Whether a work tree that git lists is still there: one that was deleted stays in the list.
 *
 * @param path - Where it begins.
 * @returns Whether it is.
 */
export function isWorkTree(path: string): boolean {
  return existsSync(join(path, '.git'));
}

/**
 * Whether all checkouts of a branch can follow it without losing an edit. Changes nothing.
 *
 * @param layout - The repository's.
 * @param branch - Its name.
 * @param from - The commit they are at.
 * @param to - The commit they would go to.
 * @returns The checkouts that would move, or the files that are in the way.
 */
export async function checkoutsAllow(
  layout: Layout,
  branch: string,
  from: string,
  to: string,
): Promise<CheckoutsResult> {
  const paths = await checkedOutAt(layout, branch);
  for (const path of paths) {
    const trouble = await inTheWay(layout, path, from, to);
    if (trouble !== null) return { ok: false, path, ...trouble };
  }
  return { ok: true, updated: paths };
}

/**
 * Brings all checkouts of a branch from one commit to another; none when one of them cannot follow.
 *
 * @param layout - The repository's.
 * @param branch - Its name.
 * @param way - The commits.
 * @param way.from - The commit they are at.
 * @param way.to - The commit they go to; being there already is fine.
 * @param way.again - Whether an earlier call may have been killed half-way: what it left is told
 *   from edits and made anew. Nobody else may be at it.
 * @returns What was moved, or the files that are in the way.
 */
export async function updateCheckouts(
  layout: Layout,
  branch: string,
  way: { readonly from: string; readonly to: string; readonly again: boolean },
): Promise<CheckoutsResult> {
  if (way.again) {
    for (const path of await checkedOutAt(layout, branch)) await clearHalfMade(layout, path, way);
  }
  const allowed = await checkoutsAllow(layout, branch, way.from, way.to);
  if (!allowed.ok) return allowed;
  for (const path of allowed.updated) await follow(path, way);
  return allowed;
}

/**
 * Whether the main work tree has anything that is not committed.
 *
 * @param layout - The repository's.
 * @returns Whether it has.
 */
export async function isDirty(layout: Layout): Promise<boolean> {
  // The person's index and HEAD, but our configuration: a filter of theirs must not run here.
  const env = { ...theirs(layout).env, ...own(layout).env, GIT_WORK_TREE: layout.root };
  const view: GitOptions = {
    cwd: layout.root,
    env: {
      ...env,
      GIT_DIR: layout.commonDir,
      GIT_COMMON_DIR: own(layout).env?.['GIT_DIR'] ?? '',
    },
  };
  const head = await gitText(['rev-parse', '--verify', 'HEAD^{commit}'], theirs(layout));
  const compare = [...layout.fileSettings, 'diff', '--quiet', '--no-ext-diff', '--no-textconv'];
  const [staged, edited, untracked] = await Promise.all([
    git([...compare, '--ignore-submodules=all', '--cached', head, '--'], view),
    git([...compare, '--ignore-submodules=all', '--'], view),
    git(
      ['ls-files', '-z', '--others', '--exclude-standard', '--directory', '--no-empty-directory'],
      {
        ...personal(layout.root),
        limit: 1,
      },
    ),
  ]);
  return staged.code !== 0 || edited.code !== 0 || untracked.stdout.length > 0;
}

/**
 * Whether git ignores a path of the main work tree.
 *
 * @param layout - The repository's.
 * @param path - Relative to its root.
 * @returns Whether it does; a tracked path is never ignored.
 */
export async function isIgnored(layout: Layout, path: string): Promise<boolean> {
  const args = ['check-ignore', '-z', '--stdin'];
  const result = await git(args, { ...personal(layout.root), input: `${path}\0` });
  return result.code === 0;
}

// Git itself judges, on a copy of the index, because comparing stat data writes it. It would
// overwrite ignored files, which are somebody's work too: those are looked for here.
async function inTheWay(
  layout: Layout,
  path: string,
  from: string,
  to: string,
): Promise<{ files: readonly string[]; busy?: string } | null> {
  const here = personal(path);
  const index = await indexOf(path);
  const lock = await lockedBy(index);
  if (lock !== null) return { files: [], busy: `${lock} is there: another git is at work` };
  if (lstatSync(index, { throwIfNoEntry: false })?.isFile() === false) {
    return { files: [], busy: `${index} is no file: remove it, then: git reset` };
  }
  const name = `index-${randomBytes(6).toString('hex')}`;
  const copy = join(layout.commonDir, 'tutti', name);
  try {
    if (existsSync(index)) await copyFile(index, copy);
    const view = { ...here, env: { ...here.env, GIT_INDEX_FILE: copy } };
    await git(['update-index', '-q', '--refresh'], view);
    const changed = await changes(layout, from, to);
    const tracked = new Set(await gitRecords(['ls-files', '-z'], view));
    const covered = changed.added.filter((file) => !tracked.has(file) && isThere(path, file));
    const trial = await git(['read-tree', '-n', '-m', '-u', from, to], view);
    if (trial.code === 0 && covered.length === 0) return null;
    const edited = await git(
      // Of a submodule only which commit it is at: to look for edits in it, git would be started
      // there, with its own configuration.
      [...LOOK, '--ignore-submodules=dirty', from, '--'],
      view,
    );
    const edits = records(edited.stdout).filter((file) => changed.all.has(file));
    const files = [...new Set([...covered, ...edits])].map(readable).slice(0, MOST_FILES);
    if (files.length > 0) return { files };
    return { files, busy: trial.stderr.trim().replace(/^(?:error|fatal): /, '') };
  } finally {
    await rm(copy, { force: true });
    await rm(`${copy}.lock`, { force: true });
  }
}

async function changes(
  layout: Layout,
  from: string,
  to: string,
): Promise<{ all: ReadonlySet<string>; added: readonly string[] }> {
  const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-status', from, to];
  const fields = await gitRecords(args, own(layout));
  const all = fields.filter((_, at) => at % 2 === 1);
  const added = all.filter((_, at) => fields[at * 2] === 'A');
  return { all: new Set(all), added };
}

function isThere(root: string, file: string): boolean {
  const path = Buffer.from(`${Buffer.from(root).toString('latin1')}/${file}`, 'latin1');
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
