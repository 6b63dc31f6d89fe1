// The port `Workspace`: a workspace that there is, from the moment it is ready until it goes.

import { lstat, mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Collected, Laid, Workspace, WorkspaceSpec } from '../../../ports/workspace.ts';
import { errorCode, isSystemError } from '../../../util/system-error.ts';
import { GitFailure } from '../git.ts';
import { asWanted } from './as-wanted.ts';
import { copyFolder, keepAside } from './aside.ts';
import { collectChange, layTree, restoreKept } from './change.ts';
import type { WorkspaceRecord } from './change.ts';
import { open, openAll } from './open-up.ts';
import { asideOf, homeOf, isFinished, isName, leftNow, recordOf } from './place.ts';
import type { Place } from './place.ts';
import { discard } from './trash.ts';
import { forgetWorktree, readByWorktree } from './worktree.ts';

const DAMAGED: Collected = {
  kind: 'invalid',
  message: 'what is remembered of this workspace cannot be read',
};

/**
 * Opens a workspace that there is.
 *
 * @param place - Where it lies.
 * @param name - Its name.
 * @param record - What is remembered of it; `null` = it was never finished, or that cannot be read.
 * @returns The workspace.
 */
export function openWorkspace(
  place: Place,
  name: string,
  record: WorkspaceRecord | null,
): Workspace {
  const home = homeOf(place, name);
  const index = join(home, 'index');
  const work = record?.work ?? join(home, 'work');
  return {
    path: work,
    reads: readsOf(place, name, record?.mode),
    restore: async (kept) => {
      const wanted = record === null ? null : await asWanted(place.layout, record.filters ?? []);
      if (record === null || wanted?.ok !== true) return { kind: 'unfit' };
      const { layout } = wanted;
      return await unfinished(place, name, () => restoreKept(layout, { record, index }, kept));
    },
    lay: async (tree) => {
      if (record?.kind !== 'commit') return { kind: 'unfit' };
      const wanted = await asWanted(place.layout, record.filters ?? []);
      if (!wanted.ok) return { kind: 'unfit' };
      const { layout } = wanted;
      return await unfinished(place, name, () => layTree(layout, { record, index }, tree));
    },
    collect: async (message, at): Promise<Collected> => {
      // Without a record it was never finished, and nobody has worked in it.
      if (record === null) return isFinished(place, name) ? DAMAGED : { kind: 'none' };
      try {
        const wanted = await asWanted(place.layout, record.filters ?? []);
        if (!wanted.ok) return { kind: 'invalid', message: wanted.message };
        const how = { message, at, secrets: place.secrets() };
        return await collectChange(wanted.layout, { record, index }, how);
      } catch (error) {
        const known = error instanceof GitFailure || isSystemError(error);
        if (!known) throw error;
        return { kind: 'invalid', message: error.message };
      }
    },
    keepAside: async (as) => {
      const made = await stat(recordOf(place, name)).catch(() => null);
      if (record === null || made === null || !isName(as)) return;
      const wanted = await asWanted(place.layout, record.filters ?? []);
      const layout = wanted.ok ? wanted.layout : place.layout;
      const leaving = { record, index, since: made.mtimeMs, secrets: place.secrets() };
      await keepAside(layout, leaving, asideOf(place, as));
    },
    setAside: async (as) => {
      const target = leftNow(place, as);
      await mkdir(dirname(target), { recursive: true });
      // A folder that is closed cannot be moved to another one.
      await open(home);
      await open(work);
      await rename(work, target).catch(async (error: unknown) => {
        // An agent may have deleted even the folder it worked in: then there is nothing to look at.
        if (isMissing(error) || (await lstat(work).catch(() => null)) === null) return;
        if (errorCode(error) !== 'EXDEV') throw error;
        await openAll(work);
        const problem = await copyFolder(work, target);
        if (problem !== null) throw new Error(`${work} cannot be put out of the way: ${problem}`);
        await discard(work, place.trash);
      });
      await forgetWorktree(place.layout, name, place.trash);
      await discard(home, place.trash);
      return target;
    },
    remove: async () => {
      const [inside] = await Promise.all([
        realpath(home).catch(() => home),
        forgetWorktree(place.layout, name, place.trash),
      ]);
      if (dirname(work) !== inside) {
        // The record first: one that is killed in between was as good as never finished.
        await rm(recordOf(place, name), { force: true });
        await discard(work, place.trash);
      }
      // One rename takes all that lies in there at once.
      await discard(home, place.trash);
    },
  };
}

/**
 * Names what programs in a workspace have to read beside it and the repository's objects.
 *
 * @param place - Where it lies.
 * @param name - Its name.
 * @param mode - What it is.
 * @returns The paths.
 */
export function readsOf(
  { layout }: Place,
  name: string,
  mode: WorkspaceSpec['mode'] | undefined,
): readonly string[] {
  return mode === 'worktree' ? readByWorktree(layout, name) : [];
}

/**
 * Puts the record out of the way while files are laid. Files that were cut off, because the disk is full
 * or we are killed, would be taken for an agent's change: so it is never finished then.
 */
async function unfinished(place: Place, name: string, lay: () => Promise<Laid>): Promise<Laid> {
  const record = recordOf(place, name);
  try {
    await rename(record, `${record}.laying`);
    const laid = await lay();
    await rename(`${record}.laying`, record);
    return laid;
  } catch (error) {
    if (!(error instanceof GitFailure) && !isSystemError(error)) throw error;
    return { kind: 'failed', message: error.message };
  }
}

function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}
