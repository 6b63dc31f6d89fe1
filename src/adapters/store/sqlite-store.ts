// The store in one SQLite file. This file opens it and joins the parts; the statements are beside it.

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import type { Ask } from '../../model/ask.ts';
import type { Answer, Command } from '../../model/command.ts';
import type { PastTask } from '../../model/history.ts';
import type { OutcomeRun, OutcomeWish, Reassignment } from '../../model/outcome.ts';
import type { Run } from '../../model/run.ts';
import type {
  Batch,
  Holder,
  InboxItem,
  LeaseRow,
  LoggedEvent,
  Released,
  RunLog,
  RunSummary,
  Store,
  Told,
  TornRow,
  VerdictRow,
  Written,
} from '../../ports/store.ts';
import { errorCode } from '../../util/system-error.ts';
import { BUSY_TIMEOUT_MS, isStoreError, openDatabase, transact } from './driver.ts';
import type { Database } from './driver.ts';
import { beatLease, holdsLease, readLease, releaseLease, takeLease } from './lease.ts';
import { versionBehind, migrate } from './migrations.ts';
import {
  readEvents,
  readFlaws,
  readLastFinished,
  readPastTasks,
  readLog,
  readOpenAsks,
  readRun,
  readSummaries,
  readUndoing,
  readUnfinished,
  readVerdicts,
} from './queries.ts';
import { json, jsonOrNull, number } from './row.ts';
import { StoreError } from './store-error.ts';

/** How many batches are written between two checkpoints. */
const CHECKPOINT_EVERY = 100;

/** How long a checkpoint waits for writers and readers before it leaves the rest to the next one. */
const CHECKPOINT_WAIT_MS = 500;

/**
 * Opens a store; its file and folder are made where they are missing.
 *
 * @param path - The database file.
 * @param options - `readOnly`: make and change nothing; the folder need not be writable.
 *   `redactAll`: what every command goes through before it is in the inbox.
 * @returns The store. What is wrong with the file or the disk is thrown as `StoreError`.
 */
export async function openStore(
  path: string,
  options: { readonly readOnly?: boolean; readonly redactAll?: Redact } = {},
): Promise<SqliteStore> {
  const file = resolve(path);
  if (options.readOnly === true) {
    const { database, from } = await openToRead(file);
    return opened(new SqliteStore(database, null), from);
  }
  // Who only looks has no use for it, and looking has to be quick.
  const { writeBatch } = await import('./write-batch.ts');
  const { database, from } = await openToWrite(file);
  return opened(new SqliteStore(database, writeBatch, options.redactAll), from);
}

/** A database, and the version it was brought up to date from. */
interface Opened {
  readonly database: Database;
  readonly from: number | null;
}

function opened(store: SqliteStore, from: number | null): SqliteStore {
  // What was just made is no older store.
  store.migratedFrom = from === 0 ? null : from;
  return store;
}

async function openToWrite(path: string): Promise<Opened> {
  makeFolder(path);
  const database = await openDatabase(path, 'write');
  const from = orClose(database, () => {
    // Nobody but the coordinator moves the log into the database: see `checkpoint`.
    database.exec(
      'PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0',
    );
    const behind = versionBehind(database);
    if (behind !== null) migrate(database);
    return behind;
  });
  return { database, from };
}

async function openToRead(path: string): Promise<Opened> {
  if (!existsSync(path)) throw new StoreError('store-missing', path);
  try {
    return await look(path, 'read');
  } catch (error) {
    // SQLite reads a log through shared memory beside it only, which cannot be made where nothing
    // can be written. Without a log the file alone is everything.
    const alone = isStoreError(error, 'store-unusable') || isStoreError(error, 'store-read-only');
    if (!alone || hasLog(path)) throw error;
    return look(path, 'frozen');
  }
}

async function look(path: string, mode: 'read' | 'frozen'): Promise<Opened> {
  const database = await openDatabase(path, mode);
  const behind = orClose(database, () => versionBehind(database));
  if (behind === null) return { database, from: null };
  // An older one, or one that is being made just now: there is nothing to read before it is done.
  database.close();
  const written = await openToWrite(path);
  written.database.close();
  return { database: await openDatabase(path, mode), from: behind };
}

function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    const full = errorCode(error) === 'ENOSPC';
    throw new StoreError(full ? 'store-full' : 'store-unusable', path, error);
  }
}

function orClose<T>(database: Database, body: () => T): T {
  try {
    return body();
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Takes secrets out of a value. */
type Redact = <T>(value: T) => T;

/** What writes a batch, within a transaction. */
type BatchWriter = (database: Database, batch: Batch) => void;

/** A store in one SQLite file; `openStore` makes it. */
export class SqliteStore implements Store {
  migratedFrom: number | null = null;
  readonly #database: Database;
  readonly #write: BatchWriter | null;
  readonly #redactAll: Redact;
  /** Own changes, which `data_version` leaves out. */
  #changes = 0;
  #sinceCheckpoint = 0;

  constructor(database: Database, write: BatchWriter | null, redactAll: Redact = (value) => value) {
    this.#redactAll = redactAll;
    this.#database = database;
    this.#write = write;
  }

  async write(batch: Batch): Promise<Written> {
    const write = this.#write;
    if (write === null) throw new StoreError('store-read-only', this.#database.path);
    try {
      const written = transact(this.#database, () => {
        if (!holdsLease(this.#database, batch.epoch)) return false;
        write(this.#database, batch);
        return true;
      });
      if (!written) return { kind: 'superseded' };
    } catch (error) {
      if (isStoreError(error, 'store-full')) return { kind: 'full', message: error.message };
      throw error;
    }
    this.#wroteAsHolder();
    return { kind: 'written' };
  }

  async lease(): Promise<LeaseRow> {
    return readLease(this.#database);
  }

  async take(seen: LeaseRow, holder: Holder, told: number = 0): Promise<number | null> {
    const epoch = takeLease(this.#database, seen, { holder, told });
    if (epoch !== null) this.#changes += 1;
    return epoch;
  }

  async beat(epoch: number): Promise<boolean> {
    const alive = beatLease(this.#database, epoch);
    if (alive) this.#wroteAsHolder();
    return alive;
  }

  async release(epoch: number): Promise<Released> {
    // While the lease is held, for nobody else may do it then.
    if (holdsLease(this.#database, epoch)) this.#checkpoint();
    const released = releaseLease(this.#database, epoch);
    if (released === 'released') this.#changes += 1;
    return released;
  }

  async submit(command: Command, at: number): Promise<number> {
    const row = transact(this.#database, () =>
      this.#database.get('INSERT INTO inbox (at, type, command) VALUES (?, ?, ?) RETURNING id', [
        at,
        command.type,
        JSON.stringify(this.#redactAll(command)),
      ]),
    );
    this.#changes += 1;
    return number(row ?? {}, 'id');
  }

  async pending(): Promise<readonly InboxItem[]> {
    return this.#database
      .all('SELECT id, command FROM inbox WHERE answer IS NULL ORDER BY id')
      .map((row) => ({ id: number(row, 'id'), command: json(row, 'command') }));
  }

  async answer(id: number): Promise<Answer | null> {
    const row = this.#database.get('SELECT answer FROM inbox WHERE id = ?', [id]);
    return row === undefined ? null : jsonOrNull(row, 'answer');
  }

  async outcomes(wish: OutcomeWish): Promise<readonly OutcomeRun[]> {
    const { readOutcomes } = await import('./outcomes.ts');
    return readOutcomes(this.#database, wish);
  }

  async reassignments(newest: number): Promise<readonly Reassignment[]> {
    const { readReassignments } = await import('./outcomes.ts');
    return readReassignments(this.#database, newest);
  }

  async pastTasks(): Promise<readonly PastTask[]> {
    return readPastTasks(this.#database);
  }

  async lastNumber(): Promise<number> {
    const row = this.#database.get('SELECT ifnull(max(number), 0) AS number FROM runs');
    return number(row ?? {}, 'number');
  }

  async unfinished(): Promise<readonly string[]> {
    return readUnfinished(this.#database);
  }

  async undoing(): Promise<readonly string[]> {
    return readUndoing(this.#database);
  }

  async run(key: string): Promise<Run | null> {
    return readRun(this.#database, key);
  }

  async summaries(options: {
    readonly unfinishedOnly: boolean;
    readonly andLast?: boolean;
  }): Promise<readonly RunSummary[]> {
    if (!options.unfinishedOnly) return readSummaries(this.#database, { kind: 'all' });
    const unfinished = readSummaries(this.#database, { kind: 'unfinished' });
    const last = options.andLast === true ? readLastFinished(this.#database) : null;
    return last === null
      ? unfinished
      : [...unfinished, ...readSummaries(this.#database, { key: last })];
  }

  async summary(key: string): Promise<RunSummary | null> {
    return readSummaries(this.#database, { key })[0] ?? null;
  }

  async log(run: string): Promise<RunLog> {
    return readLog(this.#database, run);
  }

  async eventsAfter(run: string, seq: number): Promise<readonly LoggedEvent[]> {
    return readEvents(this.#database, run, seq);
  }

  async verdicts(run: string): Promise<readonly VerdictRow[]> {
    return readVerdicts(this.#database, run);
  }

  async openAsks(): Promise<readonly Ask[]> {
    return readOpenAsks(this.#database);
  }

  async keys(): Promise<readonly string[]> {
    return this.#database
      .all('SELECT key FROM runs ORDER BY number')
      .map((row) => String(row['key']));
  }

  async flaws(): Promise<readonly string[]> {
    return readFlaws(this.#database);
  }

  async compare(told: Told): Promise<readonly TornRow[]> {
    const { compareRows } = await import('./compare.ts');
    return compareRows(this.#database, told);
  }

  async version(): Promise<number> {
    const row = this.#database.get('PRAGMA data_version');
    return number(row ?? {}, 'data_version') + this.#changes;
  }

  close(): void {
    this.#database.close();
  }

  #wroteAsHolder(): void {
    this.#changes += 1;
    this.#sinceCheckpoint += 1;
    if (this.#sinceCheckpoint >= CHECKPOINT_EVERY) this.#checkpoint();
  }

  /**
   * Moves the log into the database. SQLite before 3.51.3 can lose a commit that races a checkpoint,
   * so only the lease's holder does it, in a mode that keeps writers out meanwhile.
   */
  #checkpoint(): void {
    this.#sinceCheckpoint = 0;
    this.#database.exec(`PRAGMA busy_timeout = ${CHECKPOINT_WAIT_MS}`);
    try {
      this.#database.get('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      // What is written stays in the log and is read from there; the next one tries again.
      if (!isStoreError(error, 'store-full') && !isStoreError(error, 'store-busy')) throw error;
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }
}
