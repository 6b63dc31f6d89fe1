// The one thing that knows which SQLite there is: Node's own from 24 on (22 has it too, but prints a
// warning), else libsql. Both are synchronous and nearly alike; what differs stays in this file.

import { pathToFileURL } from 'node:url';

import type LibsqlDatabase from 'libsql';

import { packageRoot } from '../../util/package-root.ts';
import { StoreError, explained } from './store-error.ts';

/** What a column holds. */
export type Value = string | number | null;
/** A row, by column. */
export type Row = Readonly<Record<string, Value>>;

/** How a database is opened; `frozen` takes the file as it lies, without looking for writers. */
export type Mode = 'write' | 'read' | 'frozen';

/** An open database. Statements are prepared once and kept. */
export interface Database {
  readonly path: string;
  /** Runs statements that take no values and give no rows. */
  exec(sql: string): void;
  /** Runs a statement; returns how many rows it changed. */
  run(sql: string, values?: readonly Value[]): number;
  /** The first row. */
  get(sql: string, values?: readonly Value[]): Row | undefined;
  all(sql: string, values?: readonly Value[]): readonly Row[];
  /** Calling it twice is harmless. libsql lets go of the files when its statements are collected. */
  close(): void;
}

/** How long a statement waits for another process's lock. */
export const BUSY_TIMEOUT_MS = 30_000;

/** What both drivers have, as far as it is used. */
interface Native {
  exec(sql: string): unknown;
  prepare(sql: string): {
    run(...values: readonly Value[]): { readonly changes: number | bigint };
    all(...values: readonly Value[]): unknown[];
  };
  close(): unknown;
}

/** The part of node:sqlite that is used; the types of Node 20 do not know it. */
interface NodeSqlite {
  readonly DatabaseSync: new (
    path: string,
    options: { readonly timeout: number; readonly readOnly: boolean },
  ) => Native;
}

/**
 * Opens a database file; it is made where it is missing and may be written.
 *
 * @param path - The file, absolute.
 * @param mode - Whether it may be written.
 * @returns The database; errors of the surroundings are thrown as `StoreError`.
 */
export async function openDatabase(path: string, mode: Mode): Promise<Database> {
  const connect = await loadDriver();
  return new Connection(
    path,
    attempted(path, () => connect(path, mode)),
  );
}

async function loadDriver(): Promise<(path: string, mode: Mode) => Native> {
  if (Number.parseInt(process.versions.node, 10) >= 24) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see NodeSqlite
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite') as unknown as NodeSqlite;
    return (path, mode) =>
      new DatabaseSync(fileName(path, mode), {
        timeout: BUSY_TIMEOUT_MS,
        readOnly: mode !== 'write',
      });
  }
  // Not imported: what is CommonJS would be read twice, once for the names that it exports.
  const { createRequire } = process.getBuiltinModule('node:module');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it exports has these types
  const Libsql = createRequire(packageRoot())('libsql') as typeof LibsqlDatabase;
  return (path, mode) => {
    const native = new Libsql(fileName(path, mode), { timeout: BUSY_TIMEOUT_MS });
    return {
      exec: (sql) => native.exec(sql),
      prepare: (sql) => native.prepare<Value[]>(sql),
      close: () => native.close(),
    };
  };
}

/** libsql opens read-only by URI alone; nobody takes a file as it lies without one. */
function fileName(path: string, mode: Mode): string {
  if (mode === 'write') return path;
  return `${pathToFileURL(path).href}?mode=ro${mode === 'frozen' ? '&immutable=1' : ''}`;
}

type Statement = ReturnType<Native['prepare']>;

class Connection implements Database {
  readonly path: string;
  readonly #native: Native;
  readonly #statements = new Map<string, Statement>();
  #open = true;

  constructor(path: string, native: Native) {
    this.path = path;
    this.#native = native;
  }

  exec(sql: string): void {
    attempted(this.path, () => {
      this.#native.exec(sql);
    });
  }

  run(sql: string, values: readonly Value[] = []): number {
    return attempted(this.path, () =>
      Number(this.#prepared(sql).run(...values.map(storable)).changes),
    );
  }

  // Not the drivers' own get(): one that stops at the first row keeps its read lock.
  get(sql: string, values: readonly Value[] = []): Row | undefined {
    return this.all(sql, values)[0];
  }

  all(sql: string, values: readonly Value[] = []): readonly Row[] {
    return attempted(this.path, () =>
      this.#prepared(sql)
        .all(...values.map(storable))
        .map(restored),
    );
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#statements.clear();
    this.#native.close();
  }

  #prepared(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#native.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function attempted<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw explained(error, path);
  }
}

// libsql cuts a text at its first NUL, and UTF-8 has no lone surrogates. A text with either, which
// no sane person writes but an agent may, is kept as JSON behind this mark. Only whole columns have it:
// what a statement takes out of JSON in one is to be taken as JSON, not as a bare text.
const MARK = 'json:"';
const UNSAFE = /^json:"|\0|\p{Surrogate}/u;

function storable(value: Value): Value {
  return typeof value === 'string' && UNSAFE.test(value) ? `json:${JSON.stringify(value)}` : value;
}

function restored(native: unknown): Row {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- neither driver gives other rows
  const row = native as Record<string, Value>;
  for (const name in row) {
    const value = row[name];
    if (typeof value === 'string' && value.startsWith(MARK)) {
      row[name] = String(JSON.parse(value.slice(MARK.length - 1)));
    }
  }
  return row;
}

/**
 * Does something in one write transaction: all of it or nothing.
 *
 * @param database - The database.
 * @param body - What to do; when it throws, nothing was done.
 * @returns What `body` returned.
 */
export function transact<T>(database: Database, body: () => T): T {
  return between(database, 'BEGIN IMMEDIATE', body);
}

/**
 * Reads several things as they were at one moment.
 *
 * @param database - The database.
 * @param body - What to read.
 * @returns What `body` returned.
 */
export function snapshot<T>(database: Database, body: () => T): T {
  return between(database, 'BEGIN', body);
}

function between<T>(database: Database, begin: string, body: () => T): T {
  database.exec(begin);
  try {
    const result = body();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

// SQLite has rolled back by itself after some errors and then refuses to do it again, which its
// documentation calls harmless. Were it anything else, the next BEGIN would say so.
function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // see above
  }
}

/**
 * Tells whether an error is a certain one of the surroundings.
 *
 * @param error - What was thrown.
 * @param code - The code to compare with.
 * @returns Whether it is.
 */
export function isStoreError(error: unknown, code: StoreError['code']): error is StoreError {
  return error instanceof StoreError && error.code === code;
}
