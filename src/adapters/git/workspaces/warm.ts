// Warm folders: what set-up makes, such as `node_modules`, kept from a pristine set-up in which nobody
// has worked, and copied into the workspaces that come later. Reflinks or real copies, never shared
// inodes. Kept only where a copy is the same as what set-up would make: when set-up has written nothing
// else, and nothing that it wrote knows the place where it was made.
//
//   <state>/warm/<key>/warm.json   what was found; written last, before the folder gets its name
//   <state>/warm/<key>/tree/…      the folders, where they are usable

import { lstat, mkdir, readdir, realpath, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { git, readable, records } from '../git.ts';
import { own } from '../layout.ts';
import type { Layout } from '../layout.ts';
import { copyPaths } from './copied.ts';
import { run } from './programs.ts';
import { readJson, writeJson } from './record.ts';
import { discard } from './trash.ts';
import type { Trash } from './trash.ts';
import { bootId, unfinishedName } from './unfinished.ts';
import { setUpKey } from './warm-key.ts';
import type { SetUpKey, SetUpSpec } from './warm-key.ts';

/** What is kept of a set-up. */
type Warm = UsableWarm | { readonly usable: false; readonly because: string };

/** Warm folders that can be copied. */
export interface UsableWarm {
  readonly usable: true;
  /** The folder that `paths` lie in. */
  readonly tree: string;
  readonly paths: readonly string[];
}

/** A workspace after its set-up, before anybody has worked in it. */
interface Pristine {
  readonly work: string;
  readonly index: string;
  /** Paths that were copied into it. */
  readonly copied: readonly string[];
  /** The private home of what ran, and what was in it before. */
  readonly home: string;
  readonly homeBefore: readonly string[];
}

/** What is known before a workspace is set up. */
interface Warmth {
  /** `null` = nothing is warm. */
  readonly setUp: SetUpKey | null;
  /** What was kept of such a set-up; `null` = it was never looked at. */
  readonly warm: Warm | null;
}

/** The key of spares without warm folders. */
const PLAIN_KEY = 'plain';
/** Several branches at once may need different ones. */
const MOST_KEPT = 4;
/** What programs keep in a home that nothing needs. */
const CACHES = new Set(['.npm', '.cache', '.node-gyp', '.yarn-cache', 'tmp']);

/**
 * Looks at what is warm for a workspace.
 *
 * @param layout - The repository's.
 * @param folder - Where all are kept.
 * @param spec - How it is set up.
 * @returns What is known.
 */
export async function warmthOf(layout: Layout, folder: string, spec: SetUpSpec): Promise<Warmth> {
  if (spec.settings.warm.length === 0) return { setUp: null, warm: null };
  const setUp = await setUpKey(layout, spec);
  // Without a set-up there is nothing that could be kept of it.
  if (spec.settings.setup.length === 0) return { setUp, warm: null };
  return { setUp, warm: await findWarm(folder, setUp.key) };
}

/**
 * Tells what can be used of it.
 *
 * @param warmth - What is known.
 * @param id - What tells their files from those of others, see `asWanted`.
 * @returns The folders, `null` = there are none; and the key of spares that have them.
 */
export function usableOf(
  { setUp, warm }: Warmth,
  id: string,
): { readonly warm: UsableWarm | null; readonly spareKey: string } {
  if (setUp === null || warm?.usable !== true) return { warm: null, spareKey: `${PLAIN_KEY}${id}` };
  return { warm, spareKey: `${setUp.key}${id}` };
}

/**
 * Finds what is kept of a set-up.
 *
 * @param folder - Where all are kept.
 * @param key - The set-up's key.
 * @returns What was kept; `null` when it was never looked at, or may not be whole on the disk.
 */
async function findWarm(folder: string, key: string): Promise<Warm | null> {
  const value = await readJson(join(folder, key, 'warm.json'));
  if (typeof value !== 'object' || value === null) return null;
  const { paths, because, boot } = value as Partial<Record<string, unknown>>;
  if (typeof because === 'string') return { usable: false, because };
  // After a power cut files may be empty that nobody has synced.
  if (!Array.isArray(paths) || boot !== (await bootId())) return null;
  const tree = await realpath(join(folder, key, 'tree')).catch(() => null);
  return tree === null
    ? null
    : { usable: true, tree, paths: paths.filter((path) => typeof path === 'string') };
}

/**
 * Keeps what a set-up has made, or why that is of no use.
 *
 * @param layout - The repository's.
 * @param place - Where all are kept, and removed ones are put.
 * @param place.folder - The former.
 * @param place.trash - The latter.
 * @param setUp - The set-up's key.
 * @param pristine - What it has made.
 * @returns What is kept.
 */
export async function keepWarm(
  layout: Layout,
  place: { readonly folder: string; readonly trash: Trash },
  setUp: SetUpKey,
  pristine: Pristine,
): Promise<Warm> {
  const { folder, trash } = place;
  const fresh = join(folder, unfinishedName());
  await mkdir(join(fresh, 'tree'), { recursive: true });
  const tree = await realpath(join(fresh, 'tree'));
  const because = await whyNot(layout, setUp.warm, pristine);
  const copied = because === null ? await copyPaths(pristine.work, tree, setUp.warm) : null;
  const kept =
    copied?.ok === true
      ? { paths: copied.paths, boot: await bootId() }
      : { because: because ?? (copied?.ok === false ? copied.message : '') };
  await writeJson(join(fresh, 'warm.json'), kept);
  const target = join(folder, setUp.key);
  // One that cannot be read, or is of an earlier boot.
  if ((await findWarm(folder, setUp.key)) === null) await discard(target, trash);
  // Somebody else may have made the same at the same time.
  await rename(fresh, target).catch(() => discard(fresh, trash));
  await dropOldest(folder, trash, setUp.key);
  return (await findWarm(folder, setUp.key)) ?? { usable: false, because: 'it is gone again' };
}

async function whyNot(
  layout: Layout,
  warm: readonly string[],
  { work, index, copied, home, homeBefore }: Pristine,
): Promise<string | null> {
  const left = [...warm, ...copied].map((path) => `:(top,exclude,literal)${path}`);
  const view = own(layout, { workTree: work, index });
  const [untracked, changed] = await Promise.all([
    git(['ls-files', '-z', '--others', '--directory', '--', '.', ...left], view),
    git(
      ['diff', '-z', '--name-only', '--no-ext-diff', '--no-textconv', '--ignore-submodules=all'],
      view,
    ),
  ]);
  const others = [...records(untracked.stdout), ...records(changed.stdout)].map(readable);
  if (untracked.code !== 0 || changed.code !== 0) return 'git cannot look at what set-up wrote';
  if (others.length > 0) return `set-up also writes ${some(others)}`;
  const atHome = (await entriesOf(home)).filter((path) => !homeBefore.includes(path));
  if (atHome.length > 0) return `set-up also writes ${some(atHome.map((path) => `~/${path}`))}`;
  const knows = await whoKnows(work, warm, [work, home]);
  return knows === null ? null : `${knows} holds the path of the workspace it was made in`;
}

/**
 * Lists what is in a private home and holds something, but for caches.
 *
 * @param home - The home; it need not be there.
 * @returns The names.
 */
export async function entriesOf(home: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await readdir(home).catch(() => [])) {
    if (!CACHES.has(name) && (await holdsSomething(join(home, name)))) found.push(name);
  }
  return found;
}

/** What a sandbox shows there leaves empty folders and files behind, which are nobody's. */
async function holdsSomething(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  if (found?.isDirectory() !== true) return found !== null && found.size > 0;
  for (const name of await readdir(path).catch(() => [])) {
    if (await holdsSomething(join(path, name))) return true;
  }
  return false;
}

/** What holds the place it was made at, such as the scripts of a Python environment, cannot be moved. */
async function whoKnows(
  work: string,
  warm: readonly string[],
  places: readonly string[],
): Promise<string | null> {
  const there: string[] = [];
  for (const path of warm) {
    if ((await stat(join(work, path)).catch(() => null)) !== null) there.push(join(work, path));
  }
  if (there.length === 0) return null;
  const told = places.flatMap((place) => ['-e', place]);
  const inFiles = await run('grep', ['-rqsF', '-a', ...told, '--', ...there]);
  // It ends with 0 when it has found something.
  if (inFiles === '') return 'a file in it';
  const names = places.flatMap((place) => [
    '-o',
    '-lname',
    `${place.replaceAll(/[*?[\\]/gu, '\\$&')}*`,
  ]);
  const links = ['(', ...names.slice(1), ')', '-exec', 'false', '{}', '+'];
  return (await run('find', [...there, ...links])) === '' ? null : 'a link in it';
}

function some(paths: readonly string[]): string {
  const first = paths.slice(0, 3).join(', ');
  return paths.length > 3 ? `${first} and ${paths.length - 3} more` : first;
}

async function dropOldest(folder: string, trash: Trash, latest: string): Promise<void> {
  const dated: { name: string; at: number }[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    if (/^[\da-f]{32}$/u.test(name) && name !== latest) {
      const found = await stat(join(folder, name)).catch(() => null);
      if (found !== null) dated.push({ name, at: found.mtimeMs });
    }
  }
  const old = dated.toSorted((a, b) => b.at - a.at).slice(MOST_KEPT - 1);
  for (const { name } of old) await discard(join(folder, name), trash);
}
