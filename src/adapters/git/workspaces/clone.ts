// Makes a clone for an agent: files checked out at a commit, and a git directory of its own that
// borrows the repository's objects. It is written by hand rather than by `git clone`, so that one git
// process is all it takes. Nothing of ours ever runs git with that directory's configuration.

import { copyFile, mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { git, GitFailure } from '../git.ts';
import { configText, own } from '../layout.ts';
import type { Layout } from '../layout.ts';
import { copySparse } from './as-wanted.ts';

/** Where a clone is made, and of what. */
interface CloneSpec {
  readonly work: string;
  /** Our index over it, which the agent never sees. */
  readonly index: string;
  readonly branch: string;
  /** A commit, or a tree: then the clone's branch has no commit yet. */
  readonly start: string;
  /** Whether the files are there already, with our index over them. */
  readonly isFilled?: boolean;
}

/**
 * Makes a clone in a folder that does not exist yet, or holds its files only.
 *
 * @param layout - The repository's.
 * @param spec - What and where.
 * @returns Whether it starts from a commit or from a tree.
 * @throws {GitFailure} When the files cannot be checked out.
 */
export async function makeClone(layout: Layout, spec: CloneSpec): Promise<'commit' | 'tree'> {
  const gitDir = join(spec.work, '.git');
  await Promise.all(
    ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'info'].map((name) =>
      mkdir(join(gitDir, name), { recursive: true }),
    ),
  );
  // Git is never left at work behind a failure: whoever tries again has the same folder.
  const checkedOut = spec.isFilled === true ? Promise.resolve() : checkOut(layout, spec);
  const made = Promise.all([
    kindOf(layout, spec.start),
    checkedOut,
    writeFile(join(gitDir, 'HEAD'), `ref: refs/heads/${spec.branch}\n`),
    writeFile(join(gitDir, 'config'), cloneConfig(layout)),
    writeFile(join(gitDir, 'objects/info/alternates'), `${layout.commonDir}/objects\n`),
    copySparse(layout, gitDir),
    copyFile(join(layout.commonDir, 'shallow'), join(gitDir, 'shallow')).catch(() => undefined),
  ]);
  await Promise.allSettled([made, checkedOut]);
  const [kind] = await made;
  await copyIndex(spec.index, join(gitDir, 'index'));
  if (kind === 'commit') {
    const ref = join(gitDir, 'refs/heads', spec.branch);
    await mkdir(dirname(ref), { recursive: true });
    await writeFile(ref, `${spec.start}\n`);
  }
  return kind;
}

/**
 * Copies an index with its time, by which git knows which files may have changed since unnoticed.
 *
 * @param from - The index.
 * @param to - The copy.
 */
export async function copyIndex(from: string, to: string): Promise<void> {
  const { atimeMs, mtimeMs } = await stat(from);
  await copyFile(from, to);
  await utimes(to, Math.floor(atimeMs) / 1000, Math.floor(mtimeMs) / 1000);
}

/**
 * Whether a name may be a branch: git's rules, and no more than a path below `refs/heads`.
 *
 * @param name - The short name.
 * @returns Whether it may.
 */
export function isBranchName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u0020\u007F~^:?*[\\]|\.\.|@\{|^-|\.$/.test(name)) return false;
  return name
    .split('/')
    .every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}

async function kindOf(layout: Layout, id: string): Promise<'commit' | 'tree'> {
  const result = await git(['cat-file', '-t', id], own(layout));
  const kind = result.stdout.toString('utf8').trim();
  if (kind === 'commit' || kind === 'tree') return kind;
  throw new GitFailure('cat-file', result);
}

/**
 * Checks files out into a folder that has none, without hooks and filters.
 *
 * @param layout - The repository's.
 * @param spec - What and where.
 * @throws {GitFailure} When it fails.
 */
export async function checkOut(
  layout: Layout,
  { work, index, start }: Omit<CloneSpec, 'branch'>,
): Promise<void> {
  const result = await git(
    ['read-tree', '-m', '-u', start],
    own(layout, { workTree: work, index }),
  );
  if (result.code !== 0) throw new GitFailure('read-tree', result);
}

function cloneConfig(layout: Layout): string {
  return configText(
    layout.format,
    ['filemode = true', 'bare = false', 'logallrefupdates = true', 'hooksPath = /dev/null'],
    [
      ...sparseLines(layout),
      '[user]',
      `\tname = ${quote(layout.identity.name)}`,
      `\temail = ${quote(layout.identity.email)}`,
      '[commit]',
      '\tgpgSign = false',
      '[gc]',
      '\tauto = 0',
    ],
  );
}

function sparseLines({ config = [], isSparse }: Layout): string[] {
  if (isSparse !== true) return [];
  const lines = config.filter(([key]) => key.startsWith('core.sparse'));
  return ['[core]', ...lines.map(([key, value]) => `\t${key.slice('core.'.length)} = ${value}`)];
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}
