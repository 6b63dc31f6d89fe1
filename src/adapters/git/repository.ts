// The port `Repository` over the git command.

import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { ChangedFile, CommitSpec, Repository } from '../../ports/repository.ts';
import { checkoutPrograms } from './checkout-programs.ts';
import { checkedOutAt, checkoutsAllow, isDirty, isIgnored, updateCheckouts } from './checkouts.ts';
import { readFiles } from './contents.ts';
import { git, GitFailure, gitRecords, gitText, readable, records } from './git.ts';
import { own, theirs } from './layout.ts';
import type { Layout } from './layout.ts';
import { dropLeftLocks, leftLocks } from './left-locks.ts';
import { mergeCommits } from './merge.ts';
import { objectFolders } from './object-folders.ts';
import { push, remotesOf } from './push.ts';
import { recentCommits } from './recent.ts';
import { announceEpoch, deleteRefs, heldOnlyBy, listRefs, moveRefs, readEpoch } from './refs.ts';

const DIFF_LIMIT = 16 * 1024 * 1024;
const LIST_LIMIT = 64 * 1024 * 1024;
const STATUS: Readonly<Record<string, ChangedFile['status']>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  T: 'type',
};

// Workspaces need to know more of the repository than its port says.
const layouts: WeakMap<Repository, Layout> = new WeakMap();

/**
 * Makes the repository port over what was found at opening.
 *
 * @param layout - Where things are.
 * @returns The repository.
 */
export function createRepository(layout: Layout): Repository {
  const repository: Repository = {
    root: layout.root,
    commonDir: layout.commonDir,
    gitVersion: layout.gitVersion,
    objectFolders: () => objectFolders(join(layout.commonDir, 'objects')),
    ...reading(layout),
    merge: (base, ours, other) => mergeCommits(layout, { base, ours, theirs: other }),
    commit: (spec) => commit(layout, spec),
    refs: (prefix) => listRefs(layout, prefix),
    move: (moves, epoch) => moveRefs(layout, moves, epoch),
    heldOnlyBy: (refs) => heldOnlyBy(layout, refs),
    deleteRefs: (refs) => deleteRefs(layout, refs),
    leftLocks: () => leftLocks(layout),
    dropLeftLocks: async () =>
      dropLeftLocks(
        layout,
        (await leftLocks(layout)).filter(({ ours }) => ours),
      ),
    setEpoch: (epoch) => announceEpoch(layout, epoch),
    epoch: () => readEpoch(layout),
    isDirty: () => isDirty(layout),
    isIgnored: (path) => isIgnored(layout, path),
    checkedOutAt: (branch) => checkedOutAt(layout, branch),
    checkoutPrograms: () => checkoutPrograms(layout),
    checkoutsAllow: (branch, from, to) => checkoutsAllow(layout, branch, from, to),
    updateCheckouts: (branch, from, to, again = false) =>
      updateCheckouts(layout, branch, { from, to, again }),
    remotes: (branch) => remotesOf(layout, branch),
    push: (spec) => push(layout, spec),
    writeFiles: (id, folder) => writeFiles(layout, id, folder),
  };
  layouts.set(repository, layout);
  return repository;
}

/**
 * Where the things of an open repository are.
 *
 * @param repository - One that `createRepository` made.
 * @returns Its layout.
 */
export function layoutOf(repository: Repository): Layout {
  const layout = layouts.get(repository);
  if (layout === undefined) throw new TypeError('this repository was not opened by git');
  return layout;
}

/**
 * Writes a commit object; the same spec gives the same commit.
 *
 * @param layout - The repository's.
 * @param spec - What it is to say.
 * @returns Its id.
 */
export function commit(layout: Layout, spec: CommitSpec): Promise<string> {
  const options = own(layout);
  const { name, email } = layout.identity;
  // Without the `@` git does not take the first years of the epoch for seconds.
  const date = `@${Math.floor(spec.at / 1000)} +0000`;
  const parents = spec.parents.flatMap((parent) => ['-p', parent]);
  return gitText(['commit-tree', '-F', '-', ...parents, spec.tree], {
    ...options,
    // Git refuses a NUL in a message.
    input: spec.message.replaceAll('\0', ''),
    env: {
      ...options.env,
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
      GIT_COMMITTER_DATE: date,
    },
  });
}

type Reading = Pick<
  Repository,
  | 'resolve'
  | 'treeOf'
  | 'objects'
  | 'currentBranch'
  | 'isAncestor'
  | 'mergeBase'
  | 'changedLines'
  | 'changedFiles'
  | 'changedSize'
  | 'diff'
  | 'log'
  | 'recent'
  | 'listFiles'
  | 'readFile'
  | 'readFiles'
>;

function reading(layout: Layout): Reading {
  return {
    resolve: async (revision) => {
      const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
      const result = await git(args, theirs(layout));
      return result.code === 0 ? result.stdout.toString('utf8').trim() : null;
    },
    treeOf: (id) =>
      gitText(['rev-parse', '--verify', '--end-of-options', `${id}^{tree}`], own(layout)),
    objects: (names) => objects(layout, names),
    currentBranch: async () => {
      const result = await git(['symbolic-ref', '-q', 'HEAD'], theirs(layout));
      const ref = result.stdout.toString('utf8').trim();
      return ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : null;
    },
    isAncestor: async (ancestor, id) => {
      const args = ['merge-base', '--is-ancestor', ancestor, id];
      const result = await git(args, own(layout));
      if (result.code !== 0 && result.code !== 1) throw new GitFailure('merge-base', result);
      return result.code === 0;
    },
    mergeBase: async (one, other) => {
      const result = await git(['merge-base', one, other], own(layout));
      if (result.code !== 0 && result.code !== 1) throw new GitFailure('merge-base', result);
      return result.code === 0 ? result.stdout.toString('utf8').trim() : null;
    },
    changedLines: async (from, to) => {
      const args = ['diff-tree', '-r', '-z', '--no-renames', '--numstat', from, to];
      return (await gitRecords(args, own(layout))).map((line) => {
        const [added, deleted, ...path] = line.split('\t');
        return {
          path: readable(path.join('\t')),
          added: lineCount(added),
          deleted: lineCount(deleted),
        };
      });
    },
    changedFiles: async (from, to) => {
      const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-status', from, to];
      const fields = await gitRecords(args, own(layout));
      return pairs(fields).map(([status, path]) => ({
        path: readable(path),
        status: STATUS[status] ?? 'modified',
      }));
    },
    changedSize: (from, to) => changedSize(layout, from, to),
    diff: async (from, to) => {
      const args = ['diff', '--no-ext-diff', '--no-textconv', '--find-renames', from, to, '--'];
      const result = await git(args, { ...own(layout), limit: DIFF_LIMIT });
      if (result.code !== 0 && !result.cut) throw new GitFailure('diff', result);
      const text = result.stdout.toString('utf8');
      return result.cut ? `${text}\n(the rest of the diff was left out)\n` : text;
    },
    log: async (from, to) => {
      const args = [
        'log',
        '-z',
        '--topo-order',
        '--format=%H%x09%s',
        '--end-of-options',
        `${from}..${to}`,
        '--',
      ];
      const lines = await gitRecords(args, own(layout));
      return lines.map((line) => {
        const at = line.indexOf('\t');
        return { commit: line.slice(0, at), subject: readable(line.slice(at + 1)) };
      });
    },
    recent: (id, limit) => recentCommits(layout, id, limit),
    listFiles: (id, limit) => listFiles(layout, id, limit),
    readFile: (id, path, limit) => readFile(layout, { commit: id, path, limit }),
    readFiles: (asked, limit, byId) => readFiles(layout, asked, limit, byId),
  };
}

// One process for all of them, however many there are.
async function objects(
  layout: Layout,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  // A line break or a blank would be another question.
  const asked = names.filter((name) => /^[0-9a-f]{40,64}(\^\{tree\})?$/u.test(name));
  if (asked.length === 0) return new Map();
  const args = ['cat-file', '--batch-check=%(objectname)'];
  const lines = (await gitText(args, { ...own(layout), input: asked.join('\n') })).split('\n');
  return new Map(
    asked.flatMap((name, index): [string, string][] => {
      const line = lines[index] ?? '';
      return /^[0-9a-f]+$/u.test(line) ? [[name, line]] : [];
    }),
  );
}

async function listFiles(layout: Layout, id: string, limit: number): Promise<readonly string[]> {
  const args = ['ls-tree', '-r', '-z', '--name-only', '--full-tree', id];
  const result = await git(args, { ...own(layout), limit: LIST_LIMIT });
  if (result.code !== 0 && !result.cut) throw new GitFailure('ls-tree', result);
  const names = records(result.stdout);
  // Where the list was cut, the last name may be.
  return (result.cut ? names.slice(0, -1) : names).slice(0, limit).map(readable);
}

async function changedSize(
  layout: Layout,
  from: string,
  to: string,
): Promise<{ files: number; bytes: number }> {
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--full-index', from, to];
  const fields = pairs(await gitRecords(args, own(layout)));
  const ids = fields.flatMap(([raw]) => {
    const [, mode = '', , id = ''] = raw.split(' ');
    return mode.startsWith('1') && mode !== '160000' ? [id] : [];
  });
  if (ids.length === 0) return { files: fields.length, bytes: 0 };
  const check = ['cat-file', '--batch-check=%(objectsize)'];
  const sizes = await gitText(check, { ...own(layout), input: ids.join('\n') });
  const bytes = sizes.split('\n').reduce((sum, size) => sum + (Number(size) || 0), 0);
  return { files: fields.length, bytes };
}

function lineCount(text: string | undefined): number | null {
  return text === undefined || text === '-' ? null : Number(text);
}

// With our own index, in our own git directory: no filter of anybody runs, no link is followed.
async function writeFiles(layout: Layout, id: string, folder: string): Promise<void> {
  const index = join(layout.commonDir, 'tutti', `index-${randomBytes(6).toString('hex')}`);
  try {
    await gitText(['read-tree', '-m', '-u', id], own(layout, { workTree: folder, index }));
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

async function readFile(
  layout: Layout,
  { commit: id, path, limit }: { commit: string; path: string; limit: number },
): Promise<string | null> {
  const args = ['--literal-pathspecs', 'ls-tree', '-z', '-l', '--full-tree', id, '--', path];
  const result = await git(args, own(layout));
  const [entry] = records(result.stdout);
  // A symbolic link or a submodule has no content of its own.
  const [, blob, size] = /^100[0-7]{3} blob (\w+) +(\d+)\t/.exec(entry ?? '') ?? [];
  if (blob === undefined || Number(size) > limit) return null;
  return (await git(['cat-file', 'blob', blob], own(layout))).stdout.toString('utf8');
}

function pairs(fields: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    found.push([fields[at] ?? '', fields[at + 1] ?? '']);
  }
  return found;
}
