// Whether the rows of a run are what its log tells: every column of every table is compared with what
// would be written from the folded log.

import type { Told, ToldVerdict, TornRow } from '../../ports/store.ts';
import { canonicalJson } from '../../util/canonical-json.ts';
import { askToRow } from './ask-row.ts';
import { attemptToRow } from './attempt-row.ts';
import { snapshot } from './driver.ts';
import type { Database, Row, Value } from './driver.ts';
import { messageToRow } from './message-row.ts';
import { number, text } from './row.ts';
import { planToRow, runToRow } from './run-row.ts';
import { taskToRow } from './task-row.ts';
import { verdictToRow } from './verdict-row.ts';

/** The rows of one table by their names. */
type Rows = ReadonlyMap<string, Row>;

/**
 * Columns that the log does not tell: the end of the chain is compared with the chain itself, and
 * the number of a verdict only gives it its place.
 */
const UNTOLD: ReadonlySet<string> = new Set(['runs.event_count', 'runs.event_hash', 'verdicts.id']);

/**
 * Compares the rows of a run with what its log tells.
 *
 * @param database - The database.
 * @param told - The folded log.
 * @returns What differs, in the order of the tables.
 */
export function compareRows(database: Database, told: Told): readonly TornRow[] {
  const { run, verdicts } = told;
  const stored = (table: string, column: string, name: (row: Row) => string): Rows =>
    named(database.all(`SELECT * FROM ${table} WHERE ${column} = ?`, [run.key]), name);
  const revision = (row: Row): string => `${run.key}/${number(row, 'revision')}`;
  const plans = run.plans.map((plan) => planToRow({ run: run.key, plan }));
  const messages = run.discussion.map((message) => messageToRow({ run: run.key, message }));
  const message = (row: Row): string => `${run.key}/${number(row, 'number')}`;
  const attempts = run.tasks.flatMap((task) => task.attempts);
  return snapshot(database, () => [
    ...compareTable('runs', named([runToRow(run)], key), stored('runs', 'key', key)),
    ...compareTable('plans', named(plans, revision), stored('plans', 'run', revision)),
    ...compareTable(
      'plan_messages',
      named(messages, message),
      stored('plan_messages', 'run', message),
    ),
    ...compareTable('tasks', named(run.tasks.map(taskToRow), key), stored('tasks', 'run', key)),
    ...compareTable(
      'attempts',
      named(attempts.map(attemptToRow), key),
      stored('attempts', 'run', key),
    ),
    ...compareTable('asks', named(run.asks.map(askToRow), key), stored('asks', 'run', key)),
    ...compareTable('verdicts', toldVerdicts(verdicts), storedVerdicts(database, run.key)),
    ...compareEvents(database, run.key),
  ]);
}

const key = (row: Row): string => text(row, 'key');

function named(rows: readonly Row[], name: (row: Row) => string): Rows {
  return new Map(rows.map((row) => [name(row), row]));
}

function toldVerdicts(verdicts: readonly ToldVerdict[]): Rows {
  return numbered(verdicts.map((verdict) => verdictToRow(verdict)));
}

function storedVerdicts(database: Database, run: string): Rows {
  return numbered(database.all('SELECT * FROM verdicts WHERE run = ? ORDER BY id', [run]));
}

/** Verdicts are named by the event they came with, so that a missing one does not move the others. */
function numbered(rows: readonly Row[]): Rows {
  const counts = new Map<number, number>();
  return named(rows, (row) => {
    const seq = number(row, 'seq');
    const count = (counts.get(seq) ?? 0) + 1;
    counts.set(seq, count);
    return `${count} of event ${seq}`;
  });
}

function compareTable(table: string, told: Rows, stored: Rows): TornRow[] {
  const found: TornRow[] = [];
  for (const [row, expected] of told) {
    const actual = stored.get(row);
    if (actual === undefined) found.push({ table, row, kind: 'missing' });
    else found.push(...compareColumns({ table, row }, expected, actual));
  }
  for (const row of stored.keys()) {
    if (!told.has(row)) found.push({ table, row, kind: 'surplus' });
  }
  return found;
}

function compareColumns(
  { table, row }: { readonly table: string; readonly row: string },
  told: Row,
  stored: Row,
): TornRow[] {
  const found: TornRow[] = [];
  for (const column of Object.keys(stored)) {
    const [expected, actual] = [told[column] ?? null, stored[column] ?? null];
    if (expected === actual || UNTOLD.has(`${table}.${column}`)) continue;
    const [wanted, is] = [parsed(expected), parsed(actual)];
    // The keys of an object in a column stand in the order in which somebody has made it.
    if (wanted !== undefined && is !== undefined && canonicalJson(wanted) === canonicalJson(is)) {
      continue;
    }
    const whole = wanted !== undefined && is !== undefined;
    const values = whole ? { stored: is, told: wanted } : { stored: actual, told: expected };
    found.push({ table, row, kind: 'value', column, ...values });
  }
  return found;
}

/** What a column of JSON holds; `undefined` for what is no object and no list. */
function parsed(value: Value): object | undefined {
  if (typeof value !== 'string' || !/^[[{]/u.test(value)) return undefined;
  try {
    const result: unknown = JSON.parse(value);
    return typeof result === 'object' && result !== null ? result : undefined;
  } catch {
    return undefined;
  }
}

/** What the hash of an event does not cover: its name beside it, and how its text is written. */
function compareEvents(database: Database, run: string): TornRow[] {
  const rows = database.all('SELECT seq, type, event FROM events WHERE run = ? ORDER BY seq', [
    run,
  ]);
  const found: TornRow[] = [];
  for (const row of rows) {
    const where = `${number(row, 'seq')} of ${run}`;
    const [type, written] = [text(row, 'type'), text(row, 'event')];
    const event = parsed(written);
    const told = event !== undefined && 'type' in event ? event.type : null;
    const plain = event === undefined ? written : canonicalJson(event);
    const values = [
      { column: 'type', stored: type, told },
      { column: 'event', stored: written, told: plain },
    ];
    for (const { column, stored, told: expected } of values) {
      if (stored === expected) continue;
      found.push({ table: 'events', row: where, kind: 'value', column, stored, told: expected });
    }
  }
  return found;
}
