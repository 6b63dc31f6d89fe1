// Whether the store tells the truth: the log of every run is unbroken, folding it gives the rows, and
// git has what the rows name.

import { CHAIN_START, eventHash } from '../model/event-chain.ts';
import type { RunEvent } from '../model/event.ts';
import { parseKey } from '../model/key.ts';
import type { LoggedEvent } from '../model/summary.ts';
import type { Repository } from '../ports/repository.ts';
import type { RunLog, Store } from '../ports/store.ts';
import { plural } from '../util/amount.ts';
import { oneLine, wrapToWidth } from '../util/terminal-text.ts';
import type { App } from './app.ts';
import { differences } from './differences.ts';
import { find } from './find.ts';
import { fold } from './fold.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown, View } from './shown.ts';
import { refsOf } from './verify-refs.ts';
import type { Remarks } from './verify-refs.ts';

/** What was found about one run. */
export interface Verified extends Remarks {
  readonly run: string;
  readonly events: number;
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
  for (const run of keys.value) runs.push(await verifyRun(store, repository.value, run));
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
  return no('unknown_key', `there is no run "${named}" here`, 'tutti list shows what there is');
}

/** What concerns no single run. */
async function wholeStore(store: Store, repository: Repository): Promise<Remarks> {
  const keys = await store.keys();
  const lowest = Math.min(...keys.map((key) => numberOf(key)));
  const damage = (await store.flaws()).map((flaw) => oneLine(flaw));
  // Git lists no refs at all when one of them names an object that is gone.
  const refs = await tried(() => repository.refs('refs/tutti/runs/'), damage, 'git lists no refs');
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

/** How often a run is looked at again that goes on meanwhile. */
const LOOKS = 3;

async function verifyRun(store: Store, repository: Repository, key: string): Promise<Verified> {
  for (let look = 1; ; look += 1) {
    const before = await store.version();
    const found = await lookAt(store, repository, key);
    const same = (await store.version()) === before;
    // What somebody was just writing may look torn, for store and refs are read one after the other.
    if (found.damage.length === 0 || same || look === LOOKS) return found;
  }
}

async function lookAt(store: Store, repository: Repository, key: string): Promise<Verified> {
  const damage: string[] = [];
  const log = await tried(() => store.log(key), damage, 'the log cannot be read');
  const run = await tried(() => store.run(key), damage, 'the rows cannot be read');
  const verdicts = await tried(() => store.verdicts(key), damage, 'the verdicts cannot be read');
  const events = log?.events.length ?? 0;
  if (log === null || run === null || verdicts === null) {
    return { run: key, events, damage, notes: [] };
  }
  damage.push(...chainDamage(key, log));
  const folded = fold(log.events);
  damage.push(
    ...(folded.run === null
      ? [`the log cannot be followed: ${folded.message}`]
      : differences(folded, { run, verdicts })),
  );
  const git = await tried(() => refsOf(repository, run), damage, 'git cannot be asked');
  return { run: key, events, damage: [...damage, ...(git?.damage ?? [])], notes: git?.notes ?? [] };
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

/** The first break says where to look; behind it every hash is wrong. */
function chainDamage(key: string, { events, recorded }: RunLog): string[] {
  let hash = CHAIN_START;
  for (const [index, logged] of events.entries()) {
    const seq = index + 1;
    if (logged.seq !== seq) return [`event ${seq} is missing: the log goes on with ${logged.seq}`];
    hash = eventHash(hash, seq, factsOf(key, logged));
    if (logged.hash !== hash) {
      return [`event ${seq} (${logged.event.type}) was changed: its hash does not fit`];
    }
  }
  if (recorded.count !== events.length) {
    return [`the log ends at event ${events.length}, ${recorded.count} were written`];
  }
  return recorded.hash === hash ? [] : ['the log does not end with the hash that was recorded'];
}

function factsOf(run: string, { at, event }: LoggedEvent): RunEvent {
  return { run, at, event };
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
