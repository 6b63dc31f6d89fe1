// Writes one batch inside a transaction that somebody else holds.

import { CHAIN_START, eventHash } from '../../model/event-chain.ts';
import type { RunEvent } from '../../model/event.ts';
import { taskOf } from '../../model/key.ts';
import type { Batch } from '../../ports/store.ts';
import { canonicalJson } from '../../util/canonical-json.ts';
import { askToRow } from './ask-row.ts';
import { attemptToRow } from './attempt-row.ts';
import type { Database } from './driver.ts';
import { messageToRow } from './message-row.ts';
import { addRow, number, putRow, text } from './row.ts';
import { planToRow, runToRow } from './run-row.ts';
import { taskToRow } from './task-row.ts';
import { verdictToRow } from './verdict-row.ts';

/**
 * Writes everything that is in a batch.
 *
 * @param database - The database, inside a write transaction.
 * @param batch - What was decided together.
 */
export function writeBatch(database: Database, batch: Batch): void {
  // Before the rows are, for then the table still tells which attempt was judged.
  const judged = judgedAttempts(database, batch.events);
  for (const run of batch.runs) putRow(database, 'runs', runToRow(run));
  for (const plan of batch.plans) putRow(database, 'plans', planToRow(plan));
  for (const row of batch.messages) putRow(database, 'plan_messages', messageToRow(row));
  for (const task of batch.tasks) putRow(database, 'tasks', taskToRow(task));
  for (const attempt of batch.attempts) putRow(database, 'attempts', attemptToRow(attempt));
  for (const ask of batch.asks) putRow(database, 'asks', askToRow(ask));
  appendEvents(database, batch.events, judged);
  for (const { id, answer } of batch.answers) {
    const sql = 'UPDATE inbox SET answer = ? WHERE id = ? AND answer IS NULL';
    // A second answer means that a command was carried out twice: nothing of that may stay.
    if (database.run(sql, [JSON.stringify(answer), id]) !== 1) {
      throw new Error(`command ${id} does not wait for an answer`);
    }
  }
}

/** For every event that carries verdicts, the attempt that was the task's latest when it happened. */
function judgedAttempts(
  database: Database,
  events: readonly RunEvent[],
): ReadonlyMap<RunEvent, string | null> {
  const latest = new Map<string, string>();
  const judged = new Map<RunEvent, string | null>();
  for (const happened of events) {
    const { event } = happened;
    if (event.type === 'attempt-leased') {
      latest.set(taskOf(event.attempt), event.attempt);
    } else if ('verdicts' in event && event.verdicts.length > 0) {
      judged.set(happened, latest.get(event.task) ?? latestAttempt(database, event.task));
    }
  }
  return judged;
}

function latestAttempt(database: Database, task: string): string | null {
  const sql = 'SELECT key FROM attempts WHERE task = ? ORDER BY number DESC LIMIT 1';
  const row = database.get(sql, [task]);
  return row === undefined ? null : text(row, 'key');
}

interface End {
  count: number;
  hash: string;
}

function appendEvents(
  database: Database,
  events: readonly RunEvent[],
  judged: ReadonlyMap<RunEvent, string | null>,
): void {
  const ends = new Map<string, End>();
  for (const happened of events) {
    const { run, at, event } = happened;
    const end = ends.get(run) ?? recordedEnd(database, run);
    const seq = end.count + 1;
    const json = canonicalJson(event);
    const hash = eventHash(end.hash, seq, happened, json);
    database.run('INSERT INTO events (run, seq, at, type, hash, event) VALUES (?, ?, ?, ?, ?, ?)', [
      run,
      seq,
      at,
      event.type,
      hash,
      json,
    ]);
    if ('verdicts' in event) {
      for (const verdict of event.verdicts) {
        const attempt = judged.get(happened) ?? null;
        addRow(
          database,
          'verdicts',
          verdictToRow({ run, seq, task: event.task, attempt, at, verdict }),
        );
      }
    }
    ends.set(run, { count: seq, hash });
  }
  for (const [run, { count, hash }] of ends) {
    const sql = 'UPDATE runs SET event_count = ?, event_hash = ? WHERE key = ?';
    database.run(sql, [count, hash, run]);
  }
}

function recordedEnd(database: Database, run: string): End {
  const row = database.get('SELECT event_count, event_hash FROM runs WHERE key = ?', [run]);
  if (row === undefined) throw new Error(`an event of ${run}, which is not in the store`);
  const count = number(row, 'event_count');
  return { count, hash: count === 0 ? CHAIN_START : text(row, 'event_hash') };
}
