// What is read from the store. Whatever takes more than one statement is read in one transaction.

import type { Ask } from '../../model/ask.ts';
import type { Attempt } from '../../model/attempt.ts';
import type { PastTask } from '../../model/history.ts';
import type { Run } from '../../model/run.ts';
import { wholeSettings } from '../../model/settings.ts';
import type { RunSummary } from '../../model/summary.ts';
import type { LoggedEvent, RunLog, VerdictRow } from '../../ports/store.ts';
import { askFromRow } from './ask-row.ts';
import { attemptFromRow } from './attempt-row.ts';
import { snapshot } from './driver.ts';
import type { Database, Row } from './driver.ts';
import { messageFromRow } from './message-row.ts';
import { json, number, numberOrNull, text } from './row.ts';
import { SHORT_RUN_COLUMNS, planFromRow, runFromRow } from './run-row.ts';
import { taskFromRow } from './task-row.ts';
import { verdictFromRow } from './verdict-row.ts';

/** States of a run that is not over, as SQL. */
const UNFINISHED =
  "('queued', 'planning', 'awaiting_approval', 'approved', 'running', 'canceling')" as const;

/**
 * Lists the runs that are not over.
 *
 * @param database - The database.
 * @returns Their keys, the oldest first.
 */
export function readUnfinished(database: Database): readonly string[] {
  const sql = `SELECT key FROM runs WHERE state IN ${UNFINISHED} ORDER BY number`;
  return database.all(sql).map((row) => text(row, 'key'));
}

/**
 * Lists the runs that are over, but of which a change is being taken out.
 *
 * @param database - The database.
 * @returns Their keys, the oldest first.
 */
export function readUndoing(database: Database): readonly string[] {
  const sql = `SELECT key FROM runs WHERE undo IS NOT NULL AND state NOT IN ${UNFINISHED}
    ORDER BY number`;
  return database.all(sql).map((row) => text(row, 'key'));
}

/**
 * Finds the newest run that is over.
 *
 * @param database - The database.
 * @returns Its key; `null` when none is.
 */
export function readLastFinished(database: Database): string | null {
  const sql = `SELECT key FROM runs WHERE state NOT IN ${UNFINISHED} ORDER BY number DESC LIMIT 1`;
  const row = database.get(sql);
  return row === undefined ? null : text(row, 'key');
}

/** Of a thousand flaws the first ones say enough. */
const MOST_FLAWS = 20;

/**
 * Looks for what is wrong with the file, its constraints, and rows whose owner is gone.
 *
 * @param database - The database.
 * @returns A line for each flaw.
 */
export function readFlaws(database: Database): readonly string[] {
  const file = database
    .all(`PRAGMA integrity_check(${MOST_FLAWS})`)
    .map((row) => text(row, 'integrity_check'))
    .filter((line) => line !== 'ok');
  const orphans = database
    .all(
      `SELECT "table" AS child, parent, count(*) AS count
       FROM pragma_foreign_key_check GROUP BY "table", parent LIMIT ${MOST_FLAWS}`,
    )
    .map((row) => {
      const [child, parent] = [text(row, 'child'), text(row, 'parent')];
      return `${number(row, 'count')} of the ${child} name ${parent} that are not there`;
    });
  return [...file, ...orphans];
}

/**
 * Reads a run with everything that belongs to it.
 *
 * @param database - The database.
 * @param key - The run's key.
 * @returns The run; `null` when there is none.
 */
export function readRun(database: Database, key: string): Run | null {
  return snapshot(database, () => {
    const row = database.get('SELECT * FROM runs WHERE key = ?', [key]);
    if (row === undefined) return null;
    const attempts = groupByTask(
      database.all('SELECT * FROM attempts WHERE run = ? ORDER BY number', [key]),
    );
    return {
      ...runFromRow(row),
      settings: wholeSettings(json(row, 'settings')),
      plans: database
        .all('SELECT * FROM plans WHERE run = ? ORDER BY revision', [key])
        .map(planFromRow),
      discussion: database
        .all('SELECT * FROM plan_messages WHERE run = ? ORDER BY number', [key])
        .map(messageFromRow),
      tasks: database
        .all('SELECT * FROM tasks WHERE run = ? ORDER BY number', [key])
        .map((task) => taskFromRow(task, attempts.get(text(task, 'key')) ?? [])),
      // The keys of a run's asks differ in the number at their end.
      asks: database
        .all('SELECT * FROM asks WHERE run = ? ORDER BY length(key), key', [key])
        .map(askFromRow),
    };
  });
}

function groupByTask(rows: readonly Row[]): ReadonlyMap<string, readonly Attempt[]> {
  const groups = new Map<string, Attempt[]>();
  for (const attempt of rows.map(attemptFromRow)) {
    const group = groups.get(attempt.task);
    if (group === undefined) groups.set(attempt.task, [attempt]);
    else group.push(attempt);
  }
  return groups;
}

/** Which runs are summed up. */
export type Which =
  | { readonly kind: 'all' }
  | { readonly kind: 'unfinished' }
  | { readonly key: string };

/**
 * Sums up runs. Only columns of indices are read of their tasks, attempts and asks.
 *
 * @param database - The database.
 * @param which - Which runs.
 * @returns The runs in short, the newest first.
 */
export function readSummaries(database: Database, which: Which): readonly RunSummary[] {
  const { runs, ofRun, values } = conditions(which);
  return snapshot(database, () => {
    const counts = new Map<string, Record<string, number>>();
    for (const row of database.all(
      `SELECT run, state, count(*) AS count FROM tasks ${ofRun} GROUP BY run, state`,
      values,
    )) {
      const key = text(row, 'run');
      counts.set(key, { ...counts.get(key), [text(row, 'state')]: number(row, 'count') });
    }
    const spent = byRun(
      database.all(
        `SELECT run, sum(cost_usd) AS cost, sum(tokens_input) AS input,
           sum(tokens_output) AS output, sum(tokens_cached) AS cached,
           sum(max(cost_usd, coalesce(reserved_usd, 0))) AS charged_usd,
           sum(max(tokens_input + tokens_output, coalesce(reserved_tokens, 0))) AS charged_tokens
         FROM attempts ${ofRun} GROUP BY run`,
        values,
      ),
    );
    const open = byRun(
      database.all(
        `SELECT run, count(*) AS count FROM asks
         ${ofRun === '' ? 'WHERE' : `${ofRun} AND`} state = 'open' GROUP BY run`,
        values,
      ),
    );
    return database
      .all(`SELECT ${SHORT_RUN_COLUMNS} FROM runs ${runs} ORDER BY number DESC`, values)
      .map((row): RunSummary => {
        const run = runFromRow(row);
        return {
          run,
          openAsks: sum(open.get(run.key), 'count'),
          counts: counts.get(run.key) ?? {},
          costUsd: sum(spent.get(run.key), 'cost'),
          charged: {
            usd: sum(spent.get(run.key), 'charged_usd'),
            tokens: sum(spent.get(run.key), 'charged_tokens'),
          },
          tokens: {
            input: sum(spent.get(run.key), 'input'),
            output: sum(spent.get(run.key), 'output'),
            cached: sum(spent.get(run.key), 'cached'),
          },
        };
      });
  });
}

function conditions(which: Which): {
  readonly runs: string;
  readonly ofRun: string;
  readonly values: readonly string[];
} {
  if ('key' in which) {
    return { runs: 'WHERE key = ?', ofRun: 'WHERE run = ?', values: [which.key] };
  }
  if (which.kind === 'all') return { runs: '', ofRun: '', values: [] };
  const runs = `WHERE state IN ${UNFINISHED}`;
  return { runs, ofRun: `WHERE run IN (SELECT key FROM runs ${runs})`, values: [] };
}

function byRun(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [text(row, 'run'), row]));
}

function sum(row: Row | undefined, name: string): number {
  return row === undefined ? 0 : number(row, name);
}

/**
 * Reads the log of a run and what is recorded to be its end.
 *
 * @param database - The database.
 * @param run - The run's key.
 * @returns The log; an empty one for a run that there is not.
 */
export function readLog(database: Database, run: string): RunLog {
  return snapshot(database, () => {
    const row = database.get('SELECT event_count, event_hash FROM runs WHERE key = ?', [run]);
    return {
      events: readEvents(database, run, 0),
      recorded:
        row === undefined
          ? { count: 0, hash: '' }
          : { count: number(row, 'event_count'), hash: text(row, 'event_hash') },
    };
  });
}

/**
 * Reads the events of a run after a number.
 *
 * @param database - The database.
 * @param run - The run's key.
 * @param seq - The number of the last event that is known already.
 * @returns The events after it.
 */
export function readEvents(database: Database, run: string, seq: number): readonly LoggedEvent[] {
  return database
    .all('SELECT * FROM events WHERE run = ? AND seq > ? ORDER BY seq', [run, seq])
    .map((row) => ({
      run,
      seq: number(row, 'seq'),
      at: number(row, 'at'),
      hash: text(row, 'hash'),
      event: eventOf(row),
    }));
}

/** One that cannot be read is named, for there may be thousands. */
function eventOf(row: Row): LoggedEvent['event'] {
  try {
    return json(row, 'event');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TypeError(`event ${number(row, 'seq')}: ${why}`, { cause: error });
  }
}

/**
 * Reads the verdicts of a run.
 *
 * @param database - The database.
 * @param run - The run's key.
 * @returns The verdicts, the oldest first.
 */
export function readVerdicts(database: Database, run: string): readonly VerdictRow[] {
  const rows = database.all('SELECT * FROM verdicts WHERE run = ? ORDER BY id', [run]);
  return rows.map(verdictFromRow);
}

/**
 * Reads the asks that wait for an answer.
 *
 * @param database - The database.
 * @returns The asks, the oldest first.
 */
export function readOpenAsks(database: Database): readonly Ask[] {
  const sql = "SELECT * FROM asks WHERE state = 'open' ORDER BY created_at, length(key), key";
  return database.all(sql).map(askFromRow);
}

/** Older ones say little about the project as it is now. */
const MOST_PAST_TASKS = 1000;

/**
 * Reads how long finished tasks took.
 *
 * @param database - The database.
 * @returns The newest ones.
 */
export function readPastTasks(database: Database): readonly PastTask[] {
  const sql = `SELECT a.agent AS agent, a.runtime AS runtime, t.spec ->> 'kind' AS kind,
      t.spec ->> '$.estimate.minutes' AS estimate, (a.finished_at - a.started_at) / 60000.0 AS minutes,
      (SELECT sum(cost_usd) FROM attempts AS each WHERE each.task = a.task) AS usd
    FROM attempts AS a JOIN tasks AS t ON t.key = a.task
    WHERE a.outcome = 'succeeded' AND a.finished_at >= a.started_at AND t.state = 'completed'
    ORDER BY a.rowid DESC LIMIT ${MOST_PAST_TASKS}`;
  return database.all(sql).map((row) => ({
    agent: text(row, 'agent'),
    kind: text(row, 'kind'),
    runtime: text(row, 'runtime'),
    estimatedMinutes: numberOrNull(row, 'estimate'),
    minutes: number(row, 'minutes'),
    usd: number(row, 'usd'),
  }));
}
