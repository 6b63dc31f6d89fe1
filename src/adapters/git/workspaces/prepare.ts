// Making a workspace: files from a spare or from git, submodules, copied files, warm folders or set-up,
// and last the record, without which it was never finished.

import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import type { WorkspaceSettings } from '../../../model/settings.ts';
import type {
  PreparedWorkspace,
  SetUp,
  SetUpWish,
  WorkspaceSpec,
} from '../../../ports/workspace.ts';
import { isSystemError } from '../../../util/system-error.ts';
import { GitFailure, readable } from '../git.ts';
import { asWanted } from './as-wanted.ts';
import { changedIn, takeSnapshot } from './change.ts';
import type { WorkspaceRecord } from './change.ts';
import { isBranchName, makeClone } from './clone.ts';
import { copyPaths } from './copied.ts';
import { pathsWithSecrets } from './leaks.ts';
import { homeOf, isName, readRecordOf, recordOf, taskHome, workOf } from './place.ts';
import type { Place } from './place.ts';
import { writeJson } from './record.ts';
import { takeSpare } from './spares.ts';
import { comparable, fillSubmodules } from './submodules.ts';
import { discard } from './trash.ts';
import type { SetUpSpec } from './warm-key.ts';
import { entriesOf, keepWarm, usableOf, warmthOf } from './warm.ts';
import { openWorkspace, readsOf } from './workspace.ts';
import { forgetWorktree, makeWorktree } from './worktree.ts';

/** What the caller has a say in. */
interface Caller {
  readonly setUp: SetUp;
  readonly mayTouch: () => Promise<boolean>;
}

const MB = 1_048_576;
/** Of runs that were begun before it could be set. */
const DEFAULT_FILE_MB = 100;

const NOT_HERE =
  'its commit is not in your repository; to have it here: git submodule update --init';
const FETCH_ALL =
  'this is a partial clone, and files of that commit are not here. To have all of them: git fetch --refetch --no-filter';

/** More things than these are not left to be deleted: work trees would fill the disk. */
const MOST_TRASH = 30;

/** Somebody who was taken over and wakes up late must not disturb who works here now. */
class TakenOver extends Error {}

/**
 * Makes a fresh workspace.
 *
 * @param place - Where.
 * @param spec - What.
 * @param caller - What the caller has a say in.
 * @returns The workspace, or why there is none.
 */
export async function prepareWorkspace(
  place: Place,
  spec: WorkspaceSpec,
  caller: Caller,
): Promise<PreparedWorkspace> {
  if (spec.mode === 'none') return failed('a task without a workspace has none to prepare');
  if (!isName(spec.name)) return failed(`not a name for a workspace: ${spec.name}`);
  if (!isBranchName(spec.branch)) return failed(`not a name for a branch: ${spec.branch}`);
  try {
    await clear(place, spec, caller.mayTouch);
    await place.trash.downTo(MOST_TRASH);
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
    const code = isSystemError(error);
    if (!(error instanceof GitFailure) && !code) throw error;
    await clear(place, spec, caller.mayTouch).catch(() => undefined);
    const why = `cannot make a workspace: ${error.message}`;
    const isElsewhere = place.layout.isPartial && error instanceof GitFailure;
    return failed(isElsewhere ? `${FETCH_ALL}\n${why}` : why);
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
  const inside = await fillSubmodules(layout, { work, index });
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
    largest: (settings.maxFileMb ?? DEFAULT_FILE_MB) * MB,
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
  const { submodules, empty } = await comparable(layout, work, inside);
  record = { ...record, submodules, emptySubmodules: empty };
  if (!(await mayTouch())) throw new TakenOver();
  await writeJson(recordOf(place, spec.name), record);
  const remarks = inside.missing.map((path) => `the submodule ${path} is empty: ${NOT_HERE}`);
  return { ok: true, workspace: openWorkspace(place, spec.name, record), remarks };
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
  const { paths, large } = await changedIn(layout, { record: fresh, index });
  const leaks = await pathsWithSecrets(layout, { ...fresh, index }, paths, place.secrets());
  const huge = large.map(({ path }) => readable(path));
  const record = { ...fresh, copied: [...fresh.copied, ...leaks, ...huge] };
  const snapshot = await takeSnapshot(layout, { record, index });
  if (!snapshot.ok) return { ok: false, message: `after set-up: ${snapshot.message}` };
  return {
    ok: true,
    record: snapshot.entries.length > 0 ? { ...record, snapshot: snapshot.tree } : record,
  };
}

/**
 * Tells what decides how a workspace is set up.
 *
 * @param wish - What is wanted.
 * @returns The same, with nothing left out.
 */
export function setUpOf({ commit, settings, environment = {} }: SetUpWish): SetUpSpec {
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

function failed(message: string): PreparedWorkspace {
  return { ok: false, message };
}
