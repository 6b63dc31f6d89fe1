// Whether the store tells the truth: the log of every run is unbroken, folding it gives the rows, and
// git has what the rows name.

import { parseKey } from '../model/key.ts';
import { RUNS } from '../model/run-refs.ts';
import type { Run } from '../model/run.ts';
import type { Repository } from '../ports/repository.ts';
import type { RunLog, Store, Told, TornRow } from '../ports/store.ts';
import { plural } from '../util/amount.ts';
import { oneLine, wrapToWidth } from '../util/terminal-text.ts';
import type { App } from './app.ts';
import { differenceLines, differencesOf } from './differences.ts';
import type { Difference } from './differences.ts';
import { find } from './find.ts';
import { fold } from './fold.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown, View } from './shown.ts';
import { gitOf } from './verify-git.ts';
import type { Remarks } from './verify-git.ts';
import { logDamage } from './verify-log.ts';

/** What was found about one run. */
export interface Verified extends Remarks {
  readonly run: string;
  readonly events: number;
  /** Values of its rows that are not as its log tells, as part of the damage. */
  readonly differences: readonly Difference[];
}

/** What verifying came to. */
export interface Verification {
  readonly shown: Shown;
  readonly sound: boolean;
  /** What concerns no single run. */
  readonly store: Remarks;
  readonly runs: readonly Verified[];
}

/**
 * Verifies the store: all of it, or one run.
 *
 * @param app - The application.
 * @param key - A run, or anything of it; `null` = all there are.
 * @returns What to show, and whether anything is damaged.
 */
export async function verify(app: App, key: string | null): Promise<Result<Verification>> {
  const opened = await app.look();
  if (!opened.ok) return damagedFile(opened);
  const store = opened.value;
  if (store === null) return key === null ? nothing() : find(app, key).then(problemOf);
  const repository = await app.repository();
  if (!repository.ok) return repository;
  const keys = await keysOf(store, key);
  if (!keys.ok) return keys;
  const whole = key === null ? await wholeStore(store, repository.value) : NOTHING;
  const runs: Verified[] = [];
  const kept = await keptRefs(repository.value);
  const sources = { store, repository: repository.value, kept };
  for (const run of keys.value) runs.push(await verifyRun(sources, run));
  const sound = whole.damage.length === 0 && runs.every(({ damage }) => damage.length === 0);
  return ok({
    sound,
    store: whole,
    runs,
    shown: {
      json: {
        ok: sound,
        store: whole,
        runs: runs.map((run) => ({ ok: run.damage.length === 0, ...run })),
      },
      text: (view) => verifiedText(whole, runs, view),
    },
  });
}

const NOTHING: Remarks = { damage: [], notes: [] };

function nothing(): Result<Verification> {
  const json = { ok: true, store: NOTHING, runs: [] };
  return ok({
    sound: true,
    store: NOTHING,
    runs: [],
    shown: { json, text: () => 'There is nothing to verify yet.' },
  });
}

/** Without a store there is no run that a key could name. */
function problemOf(found: Result<unknown>): Result<Verification> {
  return found.ok ? nothing() : found;
}

/** A file that is no sound database is what this looks for. */
function damagedFile(opened: Extract<Result<unknown>, { ok: false }>): Result<Verification> {
  const { code, message, hint } = opened.problem;
  return code === 'store-corrupt' ? no(code, message, hint, 1) : opened;
}

/** The runs as they are named: rows that cannot be read must not hide the others. */
async function keysOf(store: Store, key: string | null): Promise<Result<readonly string[]>> {
  if (key === null) return ok(await store.keys());
  const parsed = parseKey(key);
  if (parsed !== undefined && (await store.keys()).includes(parsed.run)) return ok([parsed.run]);
  const named = key.slice(0, 80);
  return no('unknown_key', `there is no run ${named} here`, 'tutti list shows what there is');
}

/** What concerns no single run. */
async function wholeStore(store: Store, repository: Repository): Promise<Remarks> {
  const keys = await store.keys();
  const lowest = Math.min(...keys.map((key) => numberOf(key)));
  const damage = (await store.flaws()).map((flaw) => oneLine(flaw));
  const [lease, epoch] = [await store.lease().catch(() => null), await repository.epoch()];
  if (lease === null) damage.push('the lease has no row');
  else if (epoch !== null && epoch > lease.epoch) {
    // Whoever announced it had it from this store.
    damage.push(`git was told epoch ${epoch}, the lease is at ${lease.epoch}`);
  }
  // Git lists no refs at all when one of them names an object that is gone.
  const refs = await tried(() => repository.refs(RUNS), damage, 'git lists no refs');
  const gone = (refs ?? [])
    .map(({ name }) => name.split('/')[3] ?? '')
    .filter((key) => key !== '' && !keys.includes(key));
  // Numbers go on above what refs remember: a store made anew has none below its first run.
  const lost = gone.filter((key) => numberOf(key) > lowest);
  const older = gone.filter((key) => !lost.includes(key));
  return {
    damage: [
      ...damage,
      ...lost.map((key) => `${key} has a head in git, but is missing in the store`),
    ],
    notes: older.map((key) => `${key} has a head in git and is older than this store`),
  };
}

function numberOf(key: string): number {
  return Number(/-(\d+)$/u.exec(key)?.[1] ?? 0);
}

/** `null` where git lists no refs at all: that is said of the store. */
async function keptRefs(repository: Repository): Promise<Sources['kept']> {
  const refs = await repository.refs('refs/tutti/kept/').catch(() => null);
  return refs === null ? null : new Map(refs.map(({ name, commit }) => [name, commit]));
}

/** How often a run is looked at again that goes on meanwhile. */
const LOOKS = 3;

/** What a run is compared with. */
interface Sources {
  readonly store: Store;
  readonly repository: Repository;
  /** The refs of kept work with their commits; `null` where git cannot list them. */
  readonly kept: ReadonlyMap<string, string> | null;
}

async function verifyRun(sources: Sources, key: string): Promise<Verified> {
  const { store, repository } = sources;
  for (let look = 1; ; look += 1) {
    const before = await store.version();
    const kept = look === 1 ? sources.kept : await keptRefs(repository);
    const found = await lookAt({ ...sources, kept }, key);
    const same = (await store.version()) === before;
    // What somebody was just writing may look torn, for store and refs are read one after the other.
    if (found.damage.length === 0 || same || look === LOOKS) return found;
  }
}

async function lookAt({ store, repository, kept }: Sources, key: string): Promise<Verified> {
  const damage: string[] = [];
  const log = await tried(() => store.log(key), damage, 'the log cannot be read');
  const torn: TornRow[] = [];
  const told = log === null ? null : await followed({ store, key, log, torn }, damage);
  damage.push(...torn.flatMap(differenceLines));
  // Without a log the rows are all there is to compare git with.
  const run = told?.run ?? (await tried(() => store.run(key), damage, 'the rows cannot be read'));
  const found = { run: key, events: log?.events.length ?? 0, damage };
  const differences = torn.flatMap(differencesOf);
  if (run === null) return { ...found, notes: [], differences };
  const results = (log?.events ?? []).flatMap(({ event }) =>
    event.type === 'task-completed' ? [event.task] : [],
  );
  // What was taken out and done again counts where it was done last.
  const completed = results.filter((task, at) => results.lastIndexOf(task) === at);
  const recorded = { run, verdicts: told?.verdicts ?? [], completed };
  const git = await tried(() => gitOf(repository, recorded, kept), damage, 'git cannot be asked');
  damage.push(...(git?.damage ?? []), ...(await fenceDamage(store, run)));
  return { ...found, notes: git?.notes ?? [], differences };
}

/** Follows the log and compares the rows with what it tells. */
async function followed(
  { store, key, log, torn }: { store: Store; key: string; log: RunLog; torn: TornRow[] },
  damage: string[],
): Promise<Told | null> {
  damage.push(...logDamage(key, log));
  const folded = fold(log.events);
  if (folded.run === null) {
    damage.push(`the log cannot be followed: ${folded.message}`);
    return null;
  }
  const found = await tried(() => store.compare(folded), damage, 'the rows cannot be read');
  torn.push(...(found ?? []));
  return folded;
}

/** Epochs only rise: no attempt is newer than the lease. */
async function fenceDamage(store: Store, run: Run): Promise<string[]> {
  const damage: string[] = [];
  const lease = await tried(() => store.lease(), damage, 'the lease cannot be read');
  if (lease === null) return damage;
  const newer = run.tasks.flatMap((task) => task.attempts).find(({ fence }) => fence > lease.epoch);
  if (newer === undefined) return damage;
  return [`${newer.key} was leased in epoch ${newer.fence}, the lease is at ${lease.epoch}`];
}

/** What is broken badly enough fails in whoever reads it; that is a finding too. */
async function tried<T>(read: () => Promise<T>, damage: string[], what: string): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    damage.push(`${what}: ${oneLine(error instanceof Error ? error.message : String(error))}`);
    return null;
  }
}

// ---- words ----

function verifiedText(whole: Remarks, runs: readonly Verified[], view: View): string {
  const { style } = view;
  const bad = runs.filter(({ damage }) => damage.length > 0).length;
  const blocks = [
    ...remarkLines(whole, '', view),
    ...runs.flatMap((run) => {
      const sound = run.damage.length === 0;
      const sign = sound ? style.green('✓') : style.red('✗');
      const about = `${sound ? 'sound' : 'damaged'}, ${plural(run.events, 'event')}`;
      return [`${sign} ${style.bold(run.run)}  ${about}`, ...remarkLines(run, '    ', view)];
    }),
  ];
  const events = runs.reduce((sum, run) => sum + run.events, 0);
  if (whole.damage.length > 0 || bad > 0) {
    const where = bad === 0 ? 'the store' : `${bad} of ${plural(runs.length, 'run')}`;
    return [
      ...blocks,
      '',
      style.red(`Damage in ${where}. Keep a copy of .git/tutti; see above.`),
    ].join('\n');
  }
  const end = `All sound: ${plural(runs.length, 'run')}, ${plural(events, 'event')}, rows and commits fit.`;
  return (
    [...blocks, ...(runs.length > 1 ? ['', end] : [])].join('\n') ||
    'There is nothing to verify yet.'
  );
}

function remarkLines({ damage, notes }: Remarks, indent: string, view: View): string[] {
  const room = view.width - indent.length - 2;
  const lines = (text: string, sign: string): string[] =>
    wrapToWidth(oneLine(text), room).map((line, at) => `${indent}${at === 0 ? sign : ' '} ${line}`);
  return [
    ...damage.flatMap((text) => lines(text, view.style.red('✗'))),
    ...notes.flatMap((text) => lines(text, view.style.dim('·'))),
  ];
}
