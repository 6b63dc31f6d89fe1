// Makes a linked work tree of the repository, for people who want to look in with their own tools. Its
// HEAD is detached, so that no branch is taken from anybody. It is written by hand, as a clone is: no
// hook of the person's runs, and nothing of ours ever runs git with that configuration.
//
//   <git dir>/worktrees/tutti-<name>/   HEAD commondir gitdir index, and `locked`, which says whose it is

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Layout } from '../layout.ts';
import { copySparse } from './as-wanted.ts';
import { checkOut, copyIndex } from './clone.ts';
import { discard } from './trash.ts';
import type { Trash } from './trash.ts';

/** What a person sees in `git worktree list`; what does not say it is not ours to remove. */
const OURS = 'tutti works here, and removes it:';

/** Where a linked work tree is made, and of what. */
interface WorktreeSpec {
  readonly name: string;
  readonly work: string;
  /** Our index over it, which the agent never sees. */
  readonly index: string;
  /** The commit. */
  readonly start: string;
  /** Whether the files are there already, with our index over them. */
  readonly isFilled: boolean;
}

/**
 * Makes a linked work tree in a folder that does not exist yet.
 *
 * @param layout - The repository's.
 * @param spec - What and where.
 * @throws {GitFailure} When the files cannot be checked out.
 */
export async function makeWorktree(layout: Layout, spec: WorktreeSpec): Promise<void> {
  const { name, work, index, start } = spec;
  const entry = entryOf(layout, name);
  await mkdir(join(layout.commonDir, 'worktrees'), { recursive: true });
  // One that is there belongs to somebody else: this fails, and says where.
  await mkdir(entry);
  await writeFile(join(entry, 'locked'), `${OURS} ${name}\n`);
  await Promise.all([
    writeFile(join(entry, 'commondir'), '../..\n'),
    writeFile(join(entry, 'HEAD'), `${start}\n`),
    writeFile(join(entry, 'gitdir'), `${join(work, '.git')}\n`),
    spec.isFilled ? null : mkdir(work).then(() => checkOut(layout, spec)),
  ]);
  await copySparse(layout, entry);
  await copyIndex(index, join(entry, 'index'));
  await writeFile(join(work, '.git'), `gitdir: ${entry}\n`);
}

/**
 * Removes what the repository knows of a linked work tree of ours; none is fine.
 *
 * @param layout - The repository's.
 * @param name - The workspace's.
 * @param trash - Where it is put until it is deleted.
 */
export async function forgetWorktree(layout: Layout, name: string, trash: Trash): Promise<void> {
  const entry = entryOf(layout, name);
  const locked = await readFile(join(entry, 'locked'), 'utf8').catch(() => '');
  if (locked.startsWith(OURS)) await discard(entry, trash);
}

/**
 * Names what git in a linked work tree reads of the repository, beside objects: neither its hooks nor
 * what is ours.
 *
 * @param layout - The repository's.
 * @param name - The workspace's.
 * @returns The paths; not all of them are there in every repository.
 */
export function readByWorktree(layout: Layout, name: string): readonly string[] {
  const names = ['HEAD', 'config', 'packed-refs', 'refs', 'reftable', 'shallow', 'info'];
  return [...names.map((one) => join(layout.commonDir, one)), entryOf(layout, name)];
}

function entryOf(layout: Layout, name: string): string {
  return join(layout.commonDir, 'worktrees', `tutti-${name}`);
}
