// What an agent changed. Only its work tree counts: we look at it through our own git directory and
// our own index, so whatever it did to `.git` means nothing. Objects go straight to the repository.

import { randomBytes } from 'node:crypto';
import { lstat, realpath, rm } from 'node:fs/promises';

import type { WorkspaceMode } from '../../../model/plan.ts';
import type { Collected, Laid, Look } from '../../../ports/workspace.ts';
import { saysNoRoom } from '../../../util/no-room.ts';
import { git, GitFailure, gitText, readable, records } from '../git.ts';
import type { GitOptions } from '../git.ts';
import { own } from '../layout.ts';
import type { Layout } from '../layout.ts';
import { SYNTHETIC_ENV, mergeCommits } from '../merge.ts';
import { commit } from '../repository.ts';
import { changedPaths, largeAmong, largeFileText } from './changed-paths.ts';
import type { LargeFile } from './changed-paths.ts';
import { copyIndex } from './clone.ts';
import { takeOutSecrets } from './leaks.ts';
import { changedSubmodules, filledSince, gitlinks } from './submodules.ts';
import type { FilledSubmodule } from './submodules.ts';

/** What is remembered of a workspace, in a file beside it. */
export interface WorkspaceRecord {
  readonly work: string;
  readonly start: string;
  readonly kind: 'commit' | 'tree';
  /** Left out by older versions: a clone. */
  readonly mode?: WorkspaceMode;
  /** The tree after set-up; `null` when set-up changed nothing. */
  readonly snapshot: string | null;
  /** Copied paths: no part of any change. */
  readonly copied: readonly string[];
  /** The filters that may run; left out: none. */
  readonly filters?: readonly string[];
  /** The largest file of a change, in bytes; left out by older versions. */
  readonly largest?: number;
  /** Submodules whose files are there; left out: none. */
  readonly submodules?: readonly FilledSubmodule[];
  /** Paths of submodules without files; left out: none. */
  readonly emptySubmodules?: readonly string[];
}

/** A work tree with the index of its checkout. */
interface WorkTree {
  readonly record: WorkspaceRecord;
  readonly index: string;
}

/** How a change is taken. */
interface Wanted {
  /** The commit's message. */
  readonly message: string;
  /** The commit's date, in epoch milliseconds. */
  readonly at: number;
  /** What is secret: it is taken out before anything else. */
  readonly secrets: readonly string[];
}

interface Entry {
  readonly mode: string;
  readonly id: string;
  /** One character a byte. */
  readonly path: string;
}

type Scanned =
  | { readonly ok: true; readonly entries: readonly Entry[]; readonly tree: string }
  | { readonly ok: false; readonly message: string };

const UNFIT: Laid = { kind: 'unfit' };
const GITLINK = '160000';
const GONE = '000000';
/** Of versions that did not remember it. */
const LARGEST = 512 * 1_048_576;
const MOST_FILES = 1000;
const MOST_SAID = 1000;

/**
 * Takes the tree that a work tree is, without copied and ignored files.
 *
 * @param layout - The repository's.
 * @param tree - The work tree.
 * @param large - What else is left out, one character a byte.
 * @returns The tree, or why it cannot be taken.
 */
export function takeSnapshot(
  layout: Layout,
  tree: WorkTree,
  large: readonly string[] = [],
): Promise<Scanned> {
  return withIndex(tree, async (index) => {
    return await scan(layout, tree.record, { index, env: {}, large });
  });
}

/** What a work tree has that git would take: what is too large for it, and the rest. */
interface Changed {
  /** One character a byte. */
  readonly paths: readonly string[];
  readonly large: readonly LargeFile[];
}

/**
 * Looks for changed files, and for those among them that are too large for git.
 *
 * @param layout - The repository's.
 * @param tree - The work tree.
 * @param tree.record - What is remembered of it.
 * @param tree.index - An index over it.
 * @returns What there is.
 */
export async function changedIn(layout: Layout, { record, index }: WorkTree): Promise<Changed> {
  const { work, copied, largest = LARGEST, filters = [] } = record;
  const view = own(layout, { workTree: work, index });
  const paths = await changedPaths(view, copied);
  const large = await largeAmong(view, { work, largest, filters }, paths);
  const isLarge = new Set(large.map(({ path }) => path));
  return { paths: paths.filter((path) => !isLarge.has(path)), large };
}

/**
 * Takes a work tree's difference to its snapshot as a commit on its start.
 *
 * @param layout - The repository's.
 * @param tree - The work tree.
 * @param wanted - How it is to be taken.
 * @returns The change, `none`, or what is wrong with it.
 */
export async function collectChange(
  layout: Layout,
  tree: WorkTree,
  { message, at, secrets }: Wanted,
): Promise<Collected> {
  const { record } = tree;
  if (record.kind === 'tree') return invalid('this checkout has no commit to put a change on');
  if (!(await isPlainFolder(record.work))) {
    return invalid('the folder of the workspace is gone, or was replaced');
  }
  const inside = [
    ...(await changedSubmodules(layout, record.work, record.submodules ?? [])),
    ...(await filledSince(record.work, record.emptySubmodules ?? [])),
  ];
  if (inside.length > 0) return invalid(submoduleMessage(inside));
  const { large, leaks } = await withIndex(tree, async (index) => {
    const changed = await changedIn(layout, { record, index });
    const place = { ...record, index };
    return {
      large: changed.large,
      leaks: await takeOutSecrets(layout, place, changed.paths, secrets),
    };
  });
  const tooLarge = large.length === 0 ? {} : { tooLarge: large.map(largeFileText) };
  const left = large.map(({ path }) => path);
  const now = await takeSnapshot(layout, tree, left);
  if (!now.ok) return invalid(now.message);
  if (now.entries.length === 0) return { kind: 'none', ...tooLarge };
  const problem = await submoduleTrick(layout, now.entries);
  if (problem !== null) return invalid(problem);
  const result = record.snapshot === null ? now.tree : await onStart(layout, tree, now.entries);
  if (result === (await gitText(['rev-parse', `${record.start}^{tree}`], own(layout)))) {
    return { kind: 'none', ...tooLarge };
  }
  const parents = [record.start];
  const id = await commit(layout, { tree: result, parents, message, at });
  const files = now.entries.map(({ path }) => readable(path)).slice(0, MOST_FILES);
  const change = { commit: id, tree: result, base: record.start, files };
  return { kind: 'change', change, secrets: leaks, ...tooLarge };
}

/**
 * Brings kept work into a fresh work tree.
 *
 * @param layout - The repository's.
 * @param tree - The work tree.
 * @param kept - A commit: its difference to its first parent is what is brought.
 * @returns Whether it applied.
 * @throws {GitFailure} When it could not be laid, so that files may be there in part.
 */
export async function restoreKept(layout: Layout, tree: WorkTree, kept: string): Promise<Laid> {
  const { record } = tree;
  if (record.kind === 'tree' || !(await isPlainFolder(record.work))) return UNFIT;
  const base = await git(['rev-parse', '--verify', '--quiet', `${kept}^`], own(layout));
  if (base.code !== 0) return UNFIT;
  const sides = { base: base.stdout.toString('utf8').trim(), ours: record.start, theirs: kept };
  const merged = await mergeCommits(layout, sides);
  if (merged.kind === 'conflict') return UNFIT;
  return await layTree(layout, tree, merged.tree);
}

/**
 * Brings a fresh work tree from its start to another tree.
 *
 * @param layout - The repository's.
 * @param tree - The work tree.
 * @param to - The tree that it is to be.
 * @returns Whether it is.
 * @throws {GitFailure} When it could not be laid, so that files may be there in part.
 */
export async function layTree(layout: Layout, tree: WorkTree, to: string): Promise<Laid> {
  const { record } = tree;
  return await withIndex(tree, async (index) => {
    const view = own(layout, { workTree: record.work, index });
    await git(['update-index', '-q', '--refresh'], view);
    // What differs counts also where a sparse checkout shows nothing: it is written there.
    const args = ['--no-sparse-checkout', '-m', '-u', record.start, to];
    // Git's code is the same for both: so it is asked first whether all of it fits.
    const asked = await git(['read-tree', '-n', ...args], view);
    if (asked.code !== 0 && !saysNoRoom(asked.stderr)) return UNFIT;
    await gitText(['read-tree', ...args], view);
    return { kind: 'laid' };
  });
}

// Our index stays as the checkout left it: each look has a copy, so a look that was killed leaves
// no lock that matters, and two looks do not disturb each other.
async function withIndex<T>(tree: WorkTree, use: (index: string) => Promise<T>): Promise<T> {
  const index = `${tree.index}.${randomBytes(6).toString('hex')}`;
  try {
    await copyIndex(tree.index, index);
    return await use(index);
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

/**
 * Looks at a work tree in which somebody is at work.
 *
 * @param layout - The repository's.
 * @param tree - The work tree.
 * @param look - An index for looks alone, and where what is seen is written to.
 * @param look.index - The index.
 * @param look.env - What git is told of the place.
 * @returns What has changed; `null` = nothing, or it cannot be told.
 */
export async function lookAt(
  layout: Layout,
  tree: WorkTree,
  { index, env }: { readonly index: string; readonly env: Readonly<Record<string, string>> },
): Promise<Look | null> {
  const { record } = tree;
  if (record.kind === 'tree' || !(await isPlainFolder(record.work))) return null;
  const { large } = await changedIn(layout, { record, index });
  const left = large.map(({ path }) => path);
  const now = await scan(layout, record, { index, env, large: left });
  if (!now.ok || now.entries.length === 0) return null;
  const plain = own(layout);
  const options = { ...plain, env: { ...plain.env, ...env } };
  const result =
    record.snapshot === null ? now.tree : await onStart(layout, tree, now.entries, env);
  // The same content is the same commit, so that what is known of it holds.
  const args = [...unsynced(env), 'commit-tree', '-p', record.start, '-m', 'look', result];
  const id = await gitText(args, { ...options, env: { ...options.env, ...SYNTHETIC_ENV } });
  const files = now.entries.map(({ path }) => readable(path)).slice(0, MOST_FILES);
  return { commit: id, base: record.start, files };
}

/** With what a work tree is looked at. */
interface How {
  readonly index: string;
  readonly env: Readonly<Record<string, string>>;
  /** Paths that are left out, one character a byte. */
  readonly large: readonly string[];
}

async function scan(
  layout: Layout,
  record: WorkspaceRecord,
  { index, env, large }: How,
): Promise<Scanned> {
  const plain = own(layout, { workTree: record.work, index });
  const view = { ...plain, env: { ...plain.env, ...env } };
  const submodules = await gitlinks(view);
  // Git would look into a submodule by running git there, with its configuration: it is left out.
  const left = [
    ...submodules.map(({ path }) => path),
    ...large,
    ...record.copied.map((path) => Buffer.from(path).toString('latin1')),
  ];
  const specs = ['.', ...left.map((path) => `:(top,exclude,literal)${path}`)];
  const args = ['add', '-A', '--sparse', '--pathspec-from-file=-', '--pathspec-file-nul'];
  const input = Buffer.from(specs.map((spec) => `${spec}\0`).join(''), 'latin1');
  const added = await git([...unsynced(env), ...args], { ...view, input });
  const problem = addProblem(added.code, added.stderr);
  if (problem !== null) return { ok: false, message: problem };
  const since = record.snapshot ?? record.start;
  const [entries, tree] = await Promise.all([
    differences(view, since),
    gitText([...unsynced(env), 'write-tree'], view),
  ]);
  const nested = entries.filter(({ mode }) => mode === GITLINK).map(({ path }) => readable(path));
  if (nested.length > 0) return { ok: false, message: nestedMessage(nested) };
  return { ok: true, entries, tree };
}

/** What goes with whoever looks need not be on the disk. */
function unsynced(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(env).length === 0 ? [] : ['-c', 'core.fsync=none'];
}

async function differences(view: GitOptions, since: string): Promise<readonly Entry[]> {
  const args = ['diff-index', '--cached', '--raw', '-z', '--no-renames', '--full-index', since];
  const result = await git(args, view);
  if (result.code !== 0) throw new GitFailure('diff-index', result);
  const fields = records(result.stdout);
  const entries: Entry[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, mode, , id] = (fields[at] ?? '').split(' ');
    entries.push({ mode: mode ?? GONE, id: id ?? '', path: fields[at + 1] ?? '' });
  }
  return entries;
}

// What set-up itself changed is no part of the change, so the changed paths are put onto the start.
async function onStart(
  layout: Layout,
  tree: WorkTree,
  entries: readonly Entry[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return await withIndex(tree, async (index) => {
    const gone = entries.filter(({ mode }) => mode === GONE);
    const there = entries.filter(({ mode }) => mode !== GONE);
    const lines = [...gone, ...there].map(({ mode, id, path }) =>
      mode === GONE ? `0 ${id}\t${path}\0` : `${mode} ${id}\t${path}\0`,
    );
    const plain = own(layout, { workTree: tree.record.work, index });
    const view = { ...plain, env: { ...plain.env, ...env } };
    const input = Buffer.from(lines.join(''), 'latin1');
    await gitText(['update-index', '--replace', '-z', '--index-info'], { ...view, input });
    return await gitText(['write-tree'], view);
  });
}

function addProblem(code: number, stderr: string): string | null {
  const [, empty] = /'(.+)\/' does not have a commit checked out/.exec(stderr) ?? [];
  if (empty !== undefined) return nestedMessage([empty]);
  // Git only warns about a folder it cannot look into, and takes it for empty.
  // It cuts what it says of a very long name, and may have said too much before to say the rest.
  const [, closed] =
    /could not open directory '([^'\n]+)/.exec(stderr) ??
    /unable to access '([^'\n]{3000,})/.exec(stderr) ??
    [];
  if (closed !== undefined) return `cannot read the folder ${short(closed)}`;
  // A copied path that is also ignored: git mentions it, with 1, and takes all the rest.
  const mentioned = code === 1 && stderr.includes('The following paths are ignored');
  const trouble = /^(error|fatal): /m.test(stderr);
  if (code === 0 || (mentioned && !trouble)) return null;
  const lines = stderr.split('\n').filter((line) => /^(error|fatal): /.test(line));
  return short(`git cannot take the work tree: ${lines.join('; ') || stderr.trim()}`);
}

/** A name may be of any length. */
function short(text: string): string {
  return text.length > MOST_SAID ? `${text.slice(0, MOST_SAID)} …` : text;
}

function submoduleMessage(paths: readonly string[]): string {
  return `changed inside a submodule, which a change of this repository cannot hold: ${paths.join(', ')}; it is to be changed in its own repository`;
}

function nestedMessage(paths: readonly string[]): string {
  return `a repository inside the work tree that is no submodule: ${paths.slice(0, 5).join(', ')}`;
}

// Whoever later runs `git submodule` on this change would run or reach what it names.
async function submoduleTrick(layout: Layout, entries: readonly Entry[]): Promise<string | null> {
  const file = entries.find(({ path, mode }) => path === '.gitmodules' && mode !== GONE);
  if (file === undefined) return null;
  const listed = await git(['config', '-z', '--list', `--blob=${file.id}`], own(layout));
  if (listed.code !== 0) return '.gitmodules cannot be read by git';
  const bad = records(listed.stdout).some((item) => {
    const [, name, key, value] = /^submodule\.([^]*)\.([^.\n]+)\n([^]*)$/.exec(item) ?? [];
    if (name === undefined || key === undefined || value === undefined) return false;
    if (name.split(/[/\\]/).includes('..')) return true;
    return key === 'update' ? value.startsWith('!') : value.startsWith('-');
  });
  return bad ? '.gitmodules names a command, an option or a path outside' : null;
}

async function isPlainFolder(path: string): Promise<boolean> {
  const stat = await lstat(path).catch(() => null);
  return stat?.isDirectory() === true && (await realpath(path)) === path;
}

function invalid(message: string): Collected {
  return { kind: 'invalid', message };
}
