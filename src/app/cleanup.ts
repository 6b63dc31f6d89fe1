// `tutti cleanup`: removes what is kept elsewhere, or is past its date. Never anything of a run that
// is not over.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Config } from '../config/config.ts';
import { workspaceSettings } from '../config/settings.ts';
import type { RunKey } from '../model/key.ts';
import { runOf } from '../model/key.ts';
import { RUN_OVER } from '../model/run.ts';
import type { RunStatus } from '../model/run.ts';
import type { Store } from '../ports/store.ts';
import { allowedOf } from '../run/environment.ts';
import { isMergedIn } from '../run/merge-intent.ts';
import type { Workshop } from '../run/workshop.ts';
import { formatBytes, plural } from '../util/amount.ts';
import { oneLine } from '../util/terminal-text.ts';
import type { App } from './app.ts';
import type { Confirm } from './confirm.ts';
import { diskSize } from './disk-size.ts';
import { ok } from './result.ts';
import type { ExitCode, Result } from './result.ts';
import type { Shown } from './shown.ts';

/** One thing that may go. */
interface Leftover {
  readonly kind:
    | 'workspace'
    | 'made_ahead'
    | 'sessions'
    | 'trash'
    | 'kept_work'
    | 'kept_files'
    | 'logs'
    | 'files'
    | 'socket';
  readonly name: string;
  /** The run it belongs to: looked at once more before it goes. */
  readonly run: RunKey | null;
  readonly bytes: number;
  readonly because: string;
  readonly remove: () => Promise<void>;
}

type RunDates = ReadonlyMap<RunKey, number>;

const KEPT = 'refs/tutti/kept/';
const PAST = 'past its date';
const DAY_MS = 86_400_000;
const ASK: ExitCode = 3;
const FAILED: ExitCode = 1;

/**
 * Lists what may go and, when that is wanted, removes it.
 *
 * @param app - The application.
 * @param wish - `dryRun`: only list.
 * @returns What went, or would; and the exit code.
 */
export async function cleanUp(
  app: App,
  wish: {
    readonly dryRun: boolean;
    readonly confirm: Confirm;
    readonly say: (line: string) => void;
  },
): Promise<Result<{ shown: Shown; exit: ExitCode }>> {
  const opened = await app.workshop();
  const settings = await app.settings();
  if (!opened.ok) return opened;
  if (!settings.ok) return settings;
  const workshop = opened.value;
  const { retention } = settings.value.config;
  const { left, stays } = await leftovers(app, workshop, retention);
  const shown = (removed: boolean): Shown => show(left, { stays, problems: [] }, removed);
  if (left.length === 0 || wish.dryRun) return ok({ shown: shown(false), exit: 0 });
  const total = left.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const one of left) wish.say(line(one));
  const answer = await wish.confirm(
    `Remove ${plural(left.length, 'thing')} (${formatBytes(total)})?`,
  );
  if (answer !== true) return ok({ shown: shown(false), exit: answer === 'nobody' ? ASK : 0 });
  const { gone, problems } = await removeAll(workshop, left);
  const exit: ExitCode = problems.length === 0 ? 0 : FAILED;
  return ok({ shown: show(gone, { stays, problems }, true), exit });
}

/** What cannot be removed keeps nothing else from going. */
async function removeAll(
  workshop: Workshop,
  left: readonly Leftover[],
): Promise<{ gone: Leftover[]; problems: string[] }> {
  const { store, workspaces: all } = workshop;
  const gone: Leftover[] = [];
  const problems: string[] = [];
  const attempt = async (name: string, act: () => Promise<void>): Promise<boolean> => {
    try {
      await act();
      return true;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      problems.push(`${name} could not be removed: ${oneLine(error.message)}`);
      return false;
    }
  };
  for (const one of left) {
    // Somebody may have taken its run up again meanwhile.
    if (one.run !== null && !(await isOver(store, one.run))) continue;
    if (await isMergedIn(workshop, one.name)) continue;
    if (await attempt(one.name, one.remove)) gone.push(one);
  }
  // Most of it was only put out of the way: it is to be gone when this ends, however long that takes.
  const isEmptied = left.some(({ kind }) => kind === 'trash');
  if (!isEmptied) await attempt('trash', () => all.emptyTrash());
  return { gone, problems };
}

async function leftovers(
  app: App,
  workshop: Workshop,
  retention: Config['retention'],
): Promise<{ left: Leftover[]; stays: string[] }> {
  const now = app.clock.now();
  const runs = await workshop.store.summaries({ unfinishedOnly: false });
  const finished = new Map<RunKey, number>();
  for (const { run } of runs) {
    const at = finishedAt(run.status);
    if (at !== null) finished.set(run.key, at);
  }
  const older = (days: number | null): RunDates =>
    new Map(days === null ? [] : [...finished].filter(([, at]) => at + days * DAY_MS < now));
  const stays: string[] = [];
  const left = [
    ...(await workspaces(workshop, { finished, past: older(retention.kept_refs_days), stays })),
    ...(await homes(workshop, finished)),
    ...(await madeAhead(app, workshop)),
    ...(await keptWork(workshop, older(retention.kept_refs_days))),
    ...(await keptAside(workshop, older(retention.kept_refs_days))),
    ...(await files(app, older(retention.runs_days), older(retention.logs_days))),
    ...(await sockets(app)),
    // Last: what goes before is put there.
    ...(await trash(workshop)),
  ];
  return { left, stays };
}

/** The work in them is under a ref; where it could not be taken, only its date lets it go. */
async function workspaces(
  workshop: Workshop,
  { finished, past, stays }: { finished: RunDates; past: RunDates; stays: string[] },
): Promise<Leftover[]> {
  const { workspaces: all } = workshop;
  const found: Leftover[] = [];
  for (const { name, path, complete } of await all.list()) {
    const run = runOf(name);
    if (!finished.has(run) || (await isMergedIn(workshop, name))) continue;
    const disposable = !complete || name.endsWith('-checks');
    if (!disposable && !past.has(run)) {
      stays.push(`${path} holds work of ${name} that could not be kept elsewhere`);
      continue;
    }
    found.push({
      kind: 'workspace',
      name,
      run,
      bytes: await diskSize(path),
      because: disposable ? 'nobody works in it' : PAST,
      remove: async () => (await all.find(name))?.remove(),
    });
  }
  return found;
}

/** What the agents of a failed run remember: only who tries it again could go on with it. */
async function homes(workshop: Workshop, finished: RunDates): Promise<Leftover[]> {
  const { workspaces: all } = workshop;
  const found: Leftover[] = [];
  for (const name of await all.homes()) {
    const run = runOf(name);
    if (!finished.has(run) || (await isMergedIn(workshop, name))) continue;
    const bytes = await diskSize(all.homePath(name));
    const because = 'its run is over';
    const remove = (): Promise<void> => all.removeHome(name);
    found.push({ kind: 'sessions', name, run, bytes, because, remove });
  }
  return found;
}

/** It can be made again; what a workspace of now would still use stays. */
async function madeAhead(app: App, workshop: Workshop): Promise<Leftover[]> {
  const { repository, workspaces: all } = workshop;
  const loaded = await app.settings();
  if (!loaded.ok) return [];
  const { config, sources } = loaded.value;
  const branch = config.project.base_branch;
  const commit = await repository.resolve(branch === null ? 'HEAD' : `refs/heads/${branch}`);
  if (commit === null) return [];
  const settings = workspaceSettings(config, sources);
  const environment = allowedOf(app.environment, settings.env);
  const found: Leftover[] = [];
  for (const made of await all.madeAhead({ commit, settings, environment })) {
    const { path } = made;
    if (made.isOfUse) continue;
    const remove = (): Promise<void> => made.remove();
    const because = 'set-up would come out otherwise now';
    const bytes = await diskSize(path);
    found.push({ kind: 'made_ahead', name: path, run: null, bytes, because, remove });
  }
  return found;
}

async function trash({ workspaces: all }: Workshop): Promise<Leftover[]> {
  const paths = await all.trash();
  if (paths.length === 0) return [];
  let bytes = 0;
  for (const path of paths) bytes += await diskSize(path);
  const because = 'removed before, but not yet deleted';
  return [
    { kind: 'trash', name: 'trash', run: null, bytes, because, remove: () => all.emptyTrash() },
  ];
}

async function keptWork({ repository }: Workshop, past: RunDates): Promise<Leftover[]> {
  const refs = (await repository.refs(KEPT)).flatMap(({ name, commit }) => {
    const attempt = name.slice(KEPT.length).replace('/', '#');
    const run = runOf(attempt);
    return past.has(run) ? [{ ref: name, commit, attempt, run }] : [];
  });
  const sizes = await repository.heldOnlyBy(refs.map(({ ref }) => ref));
  return refs.map(({ ref, commit, attempt, run }, at): Leftover => {
    const bytes = sizes[at] ?? 0;
    const remove = (): Promise<void> => repository.deleteRefs([{ ref, old: commit }]);
    return { kind: 'kept_work', name: attempt, run, bytes, because: PAST, remove };
  });
}

/** What attempts have left beside their changes. */
async function keptAside({ workspaces: all }: Workshop, past: RunDates): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const { name, paths } of await all.asides()) {
    const run = runOf(name);
    if (!past.has(run)) continue;
    let bytes = 0;
    for (const path of paths) bytes += await diskSize(path);
    const remove = (): Promise<void> => all.removeAside(name);
    found.push({ kind: 'kept_files', name, run, bytes, because: PAST, remove });
  }
  return found;
}

async function files(app: App, runsPast: RunDates, logsPast: RunDates): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const run of new Set([...runsPast.keys(), ...logsPast.keys()])) {
    const folder = app.files.folder(run);
    const whole = runsPast.has(run);
    const paths = whole ? [folder] : await logsIn(folder);
    let bytes = 0;
    for (const path of paths) bytes += await diskSize(path);
    if (bytes === 0) continue;
    found.push({
      kind: whole ? 'files' : 'logs',
      name: run,
      run,
      bytes,
      because: PAST,
      remove: async () => {
        for (const path of paths) await rm(path, { recursive: true, force: true });
      },
    });
  }
  return found;
}

async function logsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name === 'output.log')
    .map(({ parentPath, name }) => join(parentPath, name));
}

async function sockets({ nudge }: App): Promise<Leftover[]> {
  const folders = await nudge.leftBehind();
  return folders.map((name) => ({
    kind: 'socket',
    name,
    run: null,
    bytes: 0,
    because: 'the process that listened there is gone',
    remove: () => rm(name, { recursive: true, force: true }),
  }));
}

function finishedAt(status: RunStatus): number | null {
  return 'finishedAt' in status ? status.finishedAt : null;
}

async function isOver(store: Store, key: RunKey): Promise<boolean> {
  const summary = await store.summary(key);
  return summary !== null && RUN_OVER[summary.run.status.state];
}

function line({ kind, name, bytes, because }: Leftover): string {
  const size = bytes === 0 ? '' : `, ${formatBytes(bytes)}`;
  return `  ${kind.replace('_', ' ')} ${name}${size}: ${because}`;
}

function show(
  left: readonly Leftover[],
  { stays, problems }: { readonly stays: readonly string[]; readonly problems: readonly string[] },
  removed: boolean,
): Shown {
  const items = left.map(({ kind, name, bytes, because }) => ({ kind, name, bytes, because }));
  const bytes = left.reduce((sum, one) => sum + one.bytes, 0);
  const notes = [...problems, ...stays].map((text) => `! ${text}`);
  return {
    json: { cleanup: { removed, bytes, items, stays, problems } },
    text: () => {
      if (left.length === 0 && problems.length === 0) {
        return ['There is nothing to clean up.', ...notes].join('\n');
      }
      const size = bytes === 0 ? '' : ` (${formatBytes(bytes)})`;
      const what = `${plural(left.length, 'thing')}${size}`;
      // Git keeps what nothing names any more for two weeks.
      const gc = left.some(({ kind, bytes: held }) => kind === 'kept_work' && held > 0)
        ? ['  the space of kept work is free after the next git gc --prune=now, or in two weeks']
        : [];
      if (removed) return [`removed ${what}`, ...gc, ...notes].join('\n');
      return [
        `would remove ${what}; to do it: tutti cleanup --yes`,
        ...left.map(line),
        ...notes,
      ].join('\n');
    },
  };
}
