// The port `Workspaces` over git clones that share the repository's objects.
//
//   <state>/workspaces/<name>/workspace.json   what is remembered; written last, so that a
//                                              workspace without it was never finished
//   <state>/workspaces/<name>/index            our index over the work tree
//   <state>/workspaces/<name>/work             the work tree, unless the settings put it elsewhere
//   <state>/spares, <state>/warm               what is made ahead: spares.ts, warm.ts
//   <state>/homes/<name>                       what the task's runtime remembers
//   <state>/trash/<random>                     what is being deleted

import { existsSync } from 'node:fs';
import { mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import type { WorkspaceSettings } from '../../model/settings.ts';
import type { Repository } from '../../ports/repository.ts';
import type {
  Collected,
  PreparedWorkspace,
  SetUp,
  SetUpWish,
  Workspace,
  Workspaces,
  WorkspaceSpec,
} from '../../ports/workspace.ts';
import { Ahead } from './ahead.ts';
import { asWanted } from './as-wanted.ts';
import { copyAside, keepAside, readAside } from './aside.ts';
import { collectChange, layTree, restoreKept, takeSnapshot } from './change.ts';
import type { WorkspaceRecord } from './change.ts';
import { isBranchName, makeClone } from './clone.ts';
import { copyPaths } from './copied.ts';
import { GitFailure } from './git.ts';
import type { Layout } from './layout.ts';
import { pathsWithSecrets } from './leaks.ts';
import { createLooker } from './looker.ts';
import { readRecord, writeJson } from './record.ts';
import { layoutOf } from './repository.ts';
import { takeSpare } from './spares.ts';
import type { SparePlace } from './spares.ts';
import { changedSubmodules, fillSubmodules } from './submodules.ts';
import { discard, erase, Trash } from './trash.ts';
import type { SetUpSpec } from './warm-key.ts';
import { entriesOf, keepWarm, usableOf, warmthOf } from './warm.ts';
import { forgetWorktree, makeWorktree, readByWorktree } from './worktree.ts';

interface Place {
  readonly layout: Layout;
  readonly stateDir: string;
  readonly secrets: () => readonly string[];
  readonly spares: SparePlace;
  readonly warmFolder: string;
  readonly trash: Trash;
}

/**
 * Makes the workspaces of a repository.
 *
 * @param repository - One that `openRepository` opened.
 * @param stateDir - Where they and what is remembered of them lie; outside the repository.
 * @param secrets - What is known to be secret when a change is taken.
 * @returns The port.
 */
export function createWorkspaces(
  repository: Repository,
  stateDir: string,
  secrets: () => readonly string[] = () => [],
): Workspaces {
  const place = placeOf(layoutOf(repository), resolve(stateDir), secrets);
  const ahead = new Ahead(place.spares, place.warmFolder);
  return {
    prepare: (spec, setUp, mayTouch) => prepare(place, spec, { setUp, mayTouch }),
    ahead: (wish, count, mayTouch) => ahead.want({ spec: setUpOf(wish), count, mayTouch }),
    madeAhead: (wish) => ahead.list(setUpOf(wish)),
    rest: async () => {
      await ahead.rest();
      await place.trash.rest();
    },
    find: async (name) => {
      if (!isName(name)) return null;
      const record = await readRecordOf(place, name);
      const there = (await namesOf(place)).includes(name);
      return there ? workspace(place, name, record) : null;
    },
    watch: () =>
      createLooker(place.layout, place.stateDir, async (name) => {
        const record = isName(name) ? await readRecordOf(place, name) : null;
        return record === null ? null : { record, index: join(homeOf(place, name), 'index') };
      }),
    list: async () => {
      const names = await namesOf(place);
      return await Promise.all(
        names.map(async (name) => {
          const record = await readRecordOf(place, name);
          const path = record?.work ?? join(homeOf(place, name), 'work');
          return { name, path, complete: record !== null };
        }),
      );
    },
    homePath: (name) => taskHome(place, name),
    makeHome: async (name) => {
      const path = taskHome(place, name);
      await mkdir(path, { recursive: true, mode: 0o700 });
      return path;
    },
    removeHome: async (name) => {
      await discard(taskHome(place, name), place.trash);
    },
    homes: async () =>
      (await readdir(join(place.stateDir, 'homes')).catch(() => [])).filter(isName),
    aside: async (as, last) => readAside(asideOf(place, as), await leftOf(place, as, last)),
    bringAside: async (as, last, to) => {
      const left = await leftOf(place, as, last);
      await copyAside([...(left === null ? [] : [left]), join(asideOf(place, as), 'files')], to);
    },
    asides: async () => {
      const folder = join(place.stateDir, 'kept');
      return (await readdir(folder).catch(() => []))
        .filter(isName)
        .map((name) => ({ name: name.replace(/-(\d+)$/u, '#$1'), path: join(folder, name) }));
    },
    removeAside: async (as) => {
      await discard(asideOf(place, as), place.trash);
    },
    trash: async () => {
      const { folder } = place.trash;
      return (await readdir(folder).catch(() => [])).map((name) => join(folder, name));
    },
    emptyTrash: async () => {
      // Not the folder itself: somebody may be moving something into it.
      const { folder } = place.trash;
      for (const name of await readdir(folder).catch(() => [])) await erase(join(folder, name));
    },
  };
}

function placeOf(layout: Layout, stateDir: string, secrets: Place['secrets']): Place {
  const trash = new Trash(join(stateDir, 'trash'));
  const spares = { layout, folder: join(stateDir, 'spares'), trash };
  return { layout, stateDir, secrets, spares, warmFolder: join(stateDir, 'warm'), trash };
}

/** What the caller has a say in. */
interface Caller {
  readonly setUp: SetUp;
  readonly mayTouch: () => Promise<boolean>;
}

const NOT_HERE =
  'its commit is not in your repository; to have it here: git submodule update --init';
const FETCH_ALL =
  'this is a partial clone, and files of that commit are not here. To have all of them: git fetch --refetch --no-filter';

/** Somebody who was taken over and wakes up late must not disturb who works here now. */
class TakenOver extends Error {}

async function prepare(
  place: Place,
  spec: WorkspaceSpec,
  caller: Caller,
): Promise<PreparedWorkspace> {
  if (spec.mode === 'none') return failed('a task without a workspace has none to prepare');
  if (!isName(spec.name)) return failed(`not a name for a workspace: ${spec.name}`);
  if (!isBranchName(spec.branch)) return failed(`not a name for a branch: ${spec.branch}`);
  try {
    await clear(place, spec, caller.mayTouch);
    const wanted = await asWanted(place.layout, spec.settings.gitFilters ?? []);
    if (!wanted.ok) return wanted;
    const { layout, id } = wanted;
    const here = { ...place, layout, spares: { ...place.spares, layout } };
    const work = await makeFolders(place, spec);
    const made = await make(here, { ...spec, work, id }, caller);
    if (!made.ok) await clear(place, spec, caller.mayTouch);
    return made;
  } catch (error) {
    // What it has made has no record: the next coordinator finds it unfinished and removes it.
    if (error instanceof TakenOver) return failed('another process has taken over');
    // A full disk, a missing object, no permission: the caller decides. All else is a bug.
    const code = error instanceof Error && 'code' in error;
    if (!(error instanceof GitFailure) && !code) throw error;
    await clear(place, spec, caller.mayTouch).catch(() => undefined);
    const why = `cannot make a workspace: ${error.message}`;
    const isElsewhere = place.layout.isPartial && error instanceof GitFailure;
    return failed(isElsewhere ? `${why}\n${FETCH_ALL}` : why);
  }
}

async function make(
  place: Place,
  spec: WorkspaceSpec & { readonly work: string; readonly id: string },
  { setUp, mayTouch }: Caller,
): Promise<PreparedWorkspace> {
  const { work, settings } = spec;
  const { layout, warmFolder, spares } = place;
  const home = homeOf(place, spec.name);
  const index = join(home, 'index');
  const warmth = await warmthOf(layout, warmFolder, setUpOf(spec));
  const { warm, spareKey } = usableOf(warmth, spec.id);
  const isFilled = await takeSpare(spares, spareKey, spec.commit, { work, index, home });
  const kind = await makeFiles(place, { ...spec, isFilled }, index);
  const { filled, missing } = await fillSubmodules(layout, { work, index });
  const fromPerson = settings.setup.length === 0 ? (warmth.setUp?.warm ?? []) : [];
  const copied = await copyPaths(layout.root, work, [...settings.copy, ...fromPerson]);
  if (!copied.ok) return copied;
  const fresh: WorkspaceRecord = {
    work,
    start: spec.commit,
    kind,
    mode: spec.mode,
    snapshot: null,
    copied: [...copied.paths, ...(warm?.paths ?? [])],
    filters: settings.gitFilters ?? [],
  };
  const done = { place, spec, record: fresh, index };
  let record = fresh;
  if (warm === null) {
    const ready = await setUpCold(done, warmth, setUp);
    if (!ready.ok) return ready;
    ({ record } = ready);
  } else if (!isFilled) {
    const placed = await copyPaths(warm.tree, work, warm.paths);
    if (!placed.ok) return placed;
  }
  // What set-up itself wrote in there is nobody's change.
  const touched = await changedSubmodules(layout, work, filled);
  record = { ...record, submodules: filled.filter(({ path }) => !touched.includes(path)) };
  if (!(await mayTouch())) throw new TakenOver();
  await writeJson(join(home, 'workspace.json'), record);
  const remarks = missing.map((path) => `the submodule ${path} is empty: ${NOT_HERE}`);
  return { ok: true, workspace: workspace(place, spec.name, record), remarks };
}

/** A workspace with its files, before its set-up. */
interface Unready {
  readonly place: Place;
  readonly spec: WorkspaceSpec & { readonly work: string };
  readonly record: WorkspaceRecord;
  readonly index: string;
}

/** Runs the set-up commands, and keeps what they have made for those who come later. */
async function setUpCold(
  { place, spec, record: fresh, index }: Unready,
  { setUp: key, warm }: Awaited<ReturnType<typeof warmthOf>>,
  setUp: SetUp,
): Promise<{ ok: true; record: WorkspaceRecord } | { ok: false; message: string }> {
  const { settings, work, name, mode } = spec;
  const { layout, warmFolder: folder, trash } = place;
  if (settings.setup.length === 0) return { ok: true, record: fresh };
  const home = taskHome(place, name);
  const homeBefore = await entriesOf(home);
  const problem = await runSetUp(settings, { work, reads: readsOf(place, name, mode) }, setUp);
  if (problem !== null) return { ok: false, message: problem };
  if (key !== null && warm === null) {
    const pristine = { work, index, copied: fresh.copied, home, homeBefore };
    const kept = await keepWarm(layout, { folder, trash }, key, pristine);
    // Nothing else was written: what comes after is all that an agent does.
    if (kept.usable) {
      return { ok: true, record: { ...fresh, copied: [...fresh.copied, ...kept.paths] } };
    }
  }
  const leaks = await pathsWithSecrets(layout, { ...fresh, index }, place.secrets());
  const record = { ...fresh, copied: [...fresh.copied, ...leaks] };
  const snapshot = await takeSnapshot(layout, { record, index });
  if (!snapshot.ok) return { ok: false, message: `after set-up: ${snapshot.message}` };
  return {
    ok: true,
    record: snapshot.entries.length > 0 ? { ...record, snapshot: snapshot.tree } : record,
  };
}

function setUpOf({ commit, settings, environment = {} }: SetUpWish): SetUpSpec {
  return { commit, settings, environment };
}

async function makeFiles(
  { layout }: Place,
  spec: WorkspaceSpec & { readonly work: string; readonly isFilled: boolean },
  index: string,
): Promise<WorkspaceRecord['kind']> {
  const { name, mode, branch, commit: start, work, isFilled } = spec;
  if (mode !== 'worktree') return await makeClone(layout, { work, index, branch, start, isFilled });
  await makeWorktree(layout, { name, work, index, start, isFilled });
  return 'commit';
}

async function runSetUp(
  settings: WorkspaceSettings,
  { work, reads }: { readonly work: string; readonly reads: readonly string[] },
  setUp: SetUp,
): Promise<string | null> {
  for (const command of settings.setup) {
    const problem = await setUp(command, work, reads);
    if (problem !== null) return `set-up failed: ${command}: ${problem}`;
  }
  return null;
}

function workspace(place: Place, name: string, record: WorkspaceRecord | null): Workspace {
  const home = homeOf(place, name);
  const index = join(home, 'index');
  const work = record?.work ?? join(home, 'work');
  return {
    path: work,
    reads: readsOf(place, name, record?.mode),
    restore: async (kept) => {
      const wanted = record === null ? null : await asWanted(place.layout, record.filters ?? []);
      if (record === null || wanted?.ok !== true) return false;
      return await restoreKept(wanted.layout, { record, index }, kept);
    },
    lay: async (tree) => {
      if (record?.kind !== 'commit') return false;
      const wanted = await asWanted(place.layout, record.filters ?? []);
      return wanted.ok && (await layTree(wanted.layout, { record, index }, tree));
    },
    collect: async (message, at): Promise<Collected> => {
      // Without a record it was never finished, and nobody has worked in it.
      if (record === null) return isFinished(home) ? DAMAGED : { kind: 'none' };
      try {
        const wanted = await asWanted(place.layout, record.filters ?? []);
        if (!wanted.ok) return { kind: 'invalid', message: wanted.message };
        const how = { message, at, secrets: place.secrets() };
        return await collectChange(wanted.layout, { record, index }, how);
      } catch (error) {
        const known = error instanceof GitFailure || (error instanceof Error && 'code' in error);
        if (!known) throw error;
        return { kind: 'invalid', message: error.message };
      }
    },
    keepAside: async (as) => {
      const made = await stat(join(home, 'workspace.json')).catch(() => null);
      if (record === null || made === null || !isName(as)) return;
      const since = made.mtimeMs;
      const secrets = place.secrets();
      const leaving = { work, index, copied: record.copied, since, secrets };
      await keepAside(place.layout, leaving, asideOf(place, as));
    },
    setAside: async (as) => {
      const target = join(place.stateDir, 'left', `${as.replaceAll('#', '-')}-${Date.now()}`);
      await mkdir(dirname(target), { recursive: true });
      await rename(work, target).catch((error: unknown) => {
        // An agent may have deleted even the folder it worked in: then there is nothing to look at.
        if (!isMissing(error)) throw error;
      });
      await forgetWorktree(place.layout, name, place.trash);
      await discard(home, place.trash);
      return target;
    },
    remove: async () => {
      // The record first: one that is killed in between was as good as never finished.
      await rm(join(home, 'workspace.json'), { force: true });
      await forgetWorktree(place.layout, name, place.trash);
      await discard(work, place.trash);
      await discard(home, place.trash);
    },
  };
}

/** A private folder for what an attempt leaves beside its change. */
function asideOf({ stateDir }: Place, as: string): string {
  if (!isName(as)) throw new Error(`not a name for a folder: ${as}`);
  return join(stateDir, 'kept', as.replace('#', '-'));
}

/** The whole work tree of an attempt, where it could not be taken: put out of the way, or in place. */
async function leftOf(place: Place, as: string, last: boolean): Promise<string | null> {
  const prefix = `${as.replaceAll('#', '-')}-`;
  const folder = join(place.stateDir, 'left');
  const found = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(prefix));
  const newest = found.toSorted().at(-1);
  if (newest !== undefined) return join(folder, newest);
  const record = last ? await readRecordOf(place, as.replace(/#.*$/u, '')) : null;
  return record?.work ?? null;
}

function readsOf(
  { layout }: Place,
  name: string,
  mode: WorkspaceSpec['mode'] | undefined,
): readonly string[] {
  return mode === 'worktree' ? readByWorktree(layout, name) : [];
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

const DAMAGED: Collected = {
  kind: 'invalid',
  message: 'what is remembered of this workspace cannot be read',
};

function isFinished(home: string): boolean {
  return existsSync(join(home, 'workspace.json'));
}

async function clear(
  place: Place,
  spec: WorkspaceSpec,
  mayTouch: () => Promise<boolean>,
): Promise<void> {
  const old = await readRecordOf(place, spec.name);
  // The record goes first: without it what is left was never finished.
  const paths = [homeOf(place, spec.name), workOf(place, spec)];
  if (old !== null) paths.push(old.work);
  for (const path of new Set(paths)) {
    if (!(await mayTouch())) throw new TakenOver();
    const gone = await discard(path, place.trash, mayTouch);
    if (!gone) throw new TakenOver();
  }
  if (!(await mayTouch())) throw new TakenOver();
  await forgetWorktree(place.layout, spec.name, place.trash);
}

async function makeFolders(place: Place, spec: WorkspaceSpec): Promise<string> {
  const work = workOf(place, spec);
  await mkdir(homeOf(place, spec.name), { recursive: true });
  await mkdir(dirname(work), { recursive: true });
  // The real path, so that a link put in its place later is noticed.
  return join(await realpath(dirname(work)), basename(work));
}

// Several projects may have the same folder: what is there under that name has to be ours.
function workOf(place: Place, { name, settings }: WorkspaceSpec): string {
  return settings.dir === null
    ? join(homeOf(place, name), 'work')
    : join(resolve(settings.dir), basename(place.stateDir), name);
}

function readRecordOf(place: Place, name: string): Promise<WorkspaceRecord | null> {
  return readRecord(join(homeOf(place, name), 'workspace.json'));
}

async function namesOf(place: Place): Promise<readonly string[]> {
  const dir = join(place.stateDir, 'workspaces');
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && isName(entry.name))
    .map(({ name }) => name);
}

// A name is one folder, never a way out.
function isName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._#-]{0,199}$/.test(name);
}

function homeOf(place: Place, name: string): string {
  return join(place.stateDir, 'workspaces', name);
}

function taskHome(place: Place, name: string): string {
  if (!isName(name)) throw new Error(`not a name for a folder: ${name}`);
  return join(place.stateDir, 'homes', name);
}

function failed(message: string): PreparedWorkspace {
  return { ok: false, message };
}
