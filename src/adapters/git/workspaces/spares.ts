// Spares: whole work trees made ahead, warm folders in them, in which nobody has ever worked. Whoever
// needs a workspace takes one by a rename, which only one can do, and brings it to the commit it needs.
//
//   <state>/spares/<key>-<random>/{work,index,spare.json}   whole, for it is renamed to this name
//   <state>/spares/.new-<pid>-<random>                      being made

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { git, gitText } from '../git.ts';
import { own } from '../layout.ts';
import type { Layout } from '../layout.ts';
import { checkOut } from './clone.ts';
import { copyPaths } from './copied.ts';
import { readJson, writeJson } from './record.ts';
import { discard } from './trash.ts';
import type { Trash } from './trash.ts';
import { bootId, isAbandoned, unfinishedName } from './unfinished.ts';
import type { UsableWarm } from './warm.ts';

/** Where spares lie, and removed ones are put. */
export interface SparePlace {
  readonly layout: Layout;
  readonly folder: string;
  readonly trash: Trash;
}

/** Where a spare goes. */
interface Target {
  readonly work: string;
  readonly index: string;
  /** A folder of its own, on the same disk. */
  readonly home: string;
}

/**
 * Makes one.
 *
 * @param place - Where.
 * @param key - The key of its set-up.
 * @param commit - What is checked out.
 * @param warm - The warm folders it gets; `null` = none.
 * @throws When there is no room, or the commit is gone; what was made is removed.
 */
export async function makeSpare(
  place: SparePlace,
  key: string,
  commit: string,
  warm: UsableWarm | null,
): Promise<void> {
  const { layout, folder, trash } = place;
  const fresh = join(folder, unfinishedName());
  const [work, index] = [join(fresh, 'work'), join(fresh, 'index')];
  await mkdir(work, { recursive: true });
  try {
    await checkOut(layout, { work, index, start: commit });
    if (warm !== null) {
      const copied = await copyPaths(warm.tree, work, warm.paths);
      if (!copied.ok) throw new Error(copied.message);
    }
    await writeJson(join(fresh, 'spare.json'), { commit, boot: await bootId() });
    await rename(fresh, join(folder, `${key}-${randomBytes(6).toString('hex')}`));
  } catch (error) {
    await discard(fresh, trash).catch(() => undefined);
    throw error;
  }
}

/**
 * Takes one and brings it to a commit or tree.
 *
 * @param place - Where they lie.
 * @param key - The key of the set-up it is to have.
 * @param wanted - The commit or tree.
 * @param target - Where it goes; its work tree must not exist yet.
 * @returns Whether there was one; else the work tree does not exist.
 */
export async function takeSpare(
  place: SparePlace,
  key: string,
  wanted: string,
  target: Target,
): Promise<boolean> {
  const { folder, layout, trash } = place;
  for (const { name, commit } of await usable(folder, key, wanted)) {
    if (!(await isNear(layout, commit, wanted))) continue;
    const taken = join(target.home, 'spare');
    // Somebody else was quicker.
    if (!(await renamed(join(folder, name), taken))) continue;
    if (!(await renamed(join(taken, 'work'), target.work))) {
      // On another disk no other would do either: it stays for whoever works on this one.
      await renamed(taken, join(folder, name));
      return false;
    }
    const moved = await renamed(join(taken, 'index'), target.index);
    await rm(taken, { recursive: true, force: true });
    if (moved && (await bring(layout, commit, wanted, target))) return true;
    await discard(target.work, trash);
    await rm(target.index, { force: true });
  }
  return false;
}

/**
 * Lists those that there are.
 *
 * @param folder - Where they lie.
 * @returns The names of whole ones with the key of their set-up, and of those left half-made.
 */
export async function sparesIn(
  folder: string,
): Promise<readonly { readonly name: string; readonly key: string | null }[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name): { name: string; key: string | null }[] => {
    const [, key] = /^([a-z\d]+)-[\da-f]{12}$/u.exec(name) ?? [];
    if (key !== undefined) return [{ name, key }];
    return isAbandoned(name) ? [{ name, key: null }] : [];
  });
}

/** Those of the very commit come first. */
async function usable(
  folder: string,
  key: string,
  wanted: string,
): Promise<{ name: string; commit: string }[]> {
  const boot = await bootId();
  const found: { name: string; commit: string }[] = [];
  for (const { name, key: its } of await sparesIn(folder)) {
    if (its !== key) continue;
    const value = await readJson(join(folder, name, 'spare.json'));
    if (typeof value !== 'object' || value === null) continue;
    const { commit, boot: made } = value as Partial<Record<string, unknown>>;
    // After a power cut files may be empty that nobody has synced.
    if (typeof commit === 'string' && made === boot) found.push({ name, commit });
  }
  return found.toSorted((a, b) => Number(b.commit === wanted) - Number(a.commit === wanted));
}

/** Other attributes would make other line ends of files that are the same otherwise. */
async function isNear(layout: Layout, from: string, to: string): Promise<boolean> {
  if (from === to) return true;
  const args = ['diff-tree', '-r', '--quiet', from, to, '--', ':(top,glob)**/.gitattributes'];
  return (await git(args, own(layout))).code === 0;
}

async function bring(layout: Layout, from: string, to: string, target: Target): Promise<boolean> {
  if (from === to) return true;
  const view = own(layout, { workTree: target.work, index: target.index });
  const result = await git(['read-tree', '-m', '-u', from, to], view);
  if (result.code !== 0) return false;
  const [is, should] = await Promise.all([
    gitText(['write-tree'], view),
    gitText(['rev-parse', `${to}^{tree}`], view),
  ]);
  return is === should;
}

async function renamed(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    () => false,
  );
}
