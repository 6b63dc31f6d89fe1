// Merges without a work tree, in our own git directory: the person's drivers do not exist there,
// the attributes committed in `ours` count.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { MergeResult } from '../../ports/repository.ts';
import { git, GitFailure, gitRecords, gitText, records } from './git.ts';
import type { GitOptions } from './git.ts';
import { own } from './layout.ts';
import type { Layout } from './layout.ts';
import { readMerge } from './merge-output.ts';

/** Who makes commits that nobody sees: the same content gives the same commit. */
export const SYNTHETIC_ENV: Readonly<Record<string, string>> = {
  GIT_AUTHOR_NAME: 'tutti',
  GIT_AUTHOR_EMAIL: 'tutti@localhost',
  GIT_AUTHOR_DATE: '@0 +0000',
  GIT_COMMITTER_NAME: 'tutti',
  GIT_COMMITTER_EMAIL: 'tutti@localhost',
  GIT_COMMITTER_DATE: '@0 +0000',
};

/**
 * Merges two commits as changes of a given base.
 *
 * @param layout - The repository's.
 * @param sides - The base and the two commits.
 * @param sides.base - What both are compared to.
 * @param sides.ours - What is merged into.
 * @param sides.theirs - What is merged.
 * @returns The tree, or the files in conflict.
 */
export async function mergeCommits(
  layout: Layout,
  sides: { readonly base: string; readonly ours: string; readonly theirs: string },
): Promise<MergeResult> {
  if (atLeast(layout, 41)) {
    const options = own(layout);
    const env = { ...options.env, GIT_ATTR_SOURCE: sides.ours };
    return await mergeTree(['--merge-base', sides.base, sides.ours, sides.theirs], {
      ...options,
      env,
    });
  }
  const [ours, theirs] = await withBase(layout, sides);
  const result = await withAttributes(layout, sides.ours, own(layout), (options) =>
    mergeTree([ours, theirs], options),
  );
  if (result.kind === 'merged') return result;
  const messages = result.messages.replaceAll(ours, sides.ours).replaceAll(theirs, sides.theirs);
  return { ...result, messages };
}

async function mergeTree(args: readonly string[], options: GitOptions): Promise<MergeResult> {
  const result = await git(
    [
      '-c',
      'merge.conflictStyle=zdiff3',
      'merge-tree',
      '--write-tree',
      '-z',
      '--name-only',
      '--messages',
      ...args,
    ],
    options,
  );
  const [tree, ...rest] = records(result.stdout);
  // An error ends with 1 too, as a conflict does, but prints no tree.
  if (tree === undefined || result.code < 0 || result.code > 1) {
    throw new GitFailure('merge-tree', result);
  }
  if (result.code === 0) return { kind: 'merged', tree };
  const { files, messages } = readMerge(rest, 0, false);
  return { kind: 'conflict', tree, files, messages };
}

// Before 2.40 git can only find the base itself. Where it would find another one (a revert, a
// criss-cross), both sides are put on the wanted base as commits that nothing refers to.
async function withBase(
  layout: Layout,
  { base, ours, theirs }: { base: string; ours: string; theirs: string },
): Promise<readonly [string, string]> {
  const found = await git(['merge-base', '--all', ours, theirs], own(layout));
  if (found.stdout.toString('utf8').trim() === base) return [ours, theirs];
  const root = await synthetic(layout, base, []);
  return await Promise.all([synthetic(layout, ours, [root]), synthetic(layout, theirs, [root])]);
}

function synthetic(layout: Layout, commit: string, parents: readonly string[]): Promise<string> {
  const options = own(layout);
  const args = ['commit-tree', '-m', commit, ...parents.flatMap((parent) => ['-p', parent])];
  return gitText([...args, `${commit}^{tree}`], {
    ...options,
    env: { ...options.env, ...SYNTHETIC_ENV },
  });
}

/**
 * Lets git go by the attributes of a commit. Before 2.41 it reads them only from files: those of the
 * commit are laid out for it.
 *
 * @param layout - The repository's.
 * @param ours - The commit.
 * @param given - How git is to be called otherwise.
 * @param use - Calls it.
 * @returns What that comes to.
 */
export async function withAttributes<T>(
  layout: Layout,
  ours: string,
  given: GitOptions,
  use: (options: GitOptions) => Promise<T>,
): Promise<T> {
  if (atLeast(layout, 41)) {
    return await use({ ...given, env: { ...given.env, GIT_ATTR_SOURCE: ours } });
  }
  const entries = await gitRecords(['ls-tree', '-r', '-z', '--full-tree', ours], given);
  const files = entries.flatMap((entry) => {
    const [, id, path] = /^100[0-7]{3} blob (\w+)\t([^]*)$/.exec(entry) ?? [];
    return id !== undefined && path !== undefined && isAttributes(path) ? [{ id, path }] : [];
  });
  if (files.length === 0) return await use(given);
  const dir = await mkdtemp(join(tmpdir(), 'tutti-attributes-'));
  try {
    for (const { id, path } of files) {
      const target = Buffer.from(join(dir, path), 'latin1');
      await mkdir(Buffer.from(dirname(join(dir, path)), 'latin1'), { recursive: true });
      const blob = await git(['cat-file', 'blob', id], given);
      await writeFile(target, blob.stdout);
    }
    return await use({ ...given, cwd: dir, env: { ...given.env, GIT_WORK_TREE: dir } });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

// A tree made by hand may name `..`; nothing may be laid out beside the folder.
function isAttributes(path: string): boolean {
  const parts = path.split('/');
  return parts.at(-1) === '.gitattributes' && !parts.includes('..') && !parts.includes('');
}

function atLeast(layout: Layout, minor: number): boolean {
  const [major, itsMinor] = layout.gitVersion;
  return major > 2 || (major === 2 && itsMinor >= minor);
}
