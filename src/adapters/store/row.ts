// Small readers of columns, and the one statement that writes a row.

/* oxlint-disable typescript/no-unsafe-type-assertion, typescript/no-unnecessary-type-parameters --
   What this adapter wrote comes back with the type it was written with: the functions that write and
   read an entity stand beside each other, and the constraints of the tables keep everything else out. */

import type { Failure } from '../../model/failure.ts';
import type { Database, Row, Value } from './driver.ts';

/** A table that holds entities of the model. */
type Table = 'runs' | 'tasks' | 'attempts' | 'asks' | 'plans' | 'plan_messages';

const KEYS: Readonly<Record<Table, readonly string[]>> = {
  runs: ['key'],
  tasks: ['key'],
  attempts: ['key'],
  asks: ['key'],
  plans: ['run', 'revision'],
  plan_messages: ['run', 'number'],
};

/**
 * Writes a row: a new one, or in the place of the one with the same key.
 *
 * @param database - The database.
 * @param table - The table.
 * @param row - The row, whole: always with the same columns in the same order.
 */
export function putRow(database: Database, table: Table, row: Row): void {
  database.run(putStatement(table, row), Object.values(row));
}

/**
 * Adds a row.
 *
 * @param database - The database.
 * @param table - The table.
 * @param row - The row, without what the database fills in.
 */
export function addRow(database: Database, table: 'verdicts', row: Row): void {
  const columns = Object.keys(row);
  const sql = `INSERT INTO ${table} (${columns.join(', ')})
    VALUES (${columns.map(() => '?').join(', ')})`;
  database.run(sql, Object.values(row));
}

const statements = new Map<Table, string>();

function putStatement(table: Table, row: Row): string {
  const known = statements.get(table);
  if (known !== undefined) return known;
  const keys = KEYS[table];
  const columns = Object.keys(row);
  const changes = columns
    .filter((name) => !keys.includes(name))
    .map((name) => `${name} = excluded.${name}`);
  const sql = `INSERT INTO ${table} (${columns.join(', ')})
    VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${changes.join(', ')}`;
  statements.set(table, sql);
  return sql;
}

/**
 * Reads a column of text.
 *
 * @param row - The row.
 * @param name - The column.
 * @returns The text; the constraints of the table answer for the narrower type.
 */
export function text<T extends string = string>(row: Row, name: string): T {
  return textOrNull<T>(row, name) ?? lacking(name);
}

/**
 * Reads a column of text that may be empty.
 *
 * @param row - The row.
 * @param name - The column.
 * @returns The text, or `null`.
 */
export function textOrNull<T extends string = string>(row: Row, name: string): T | null {
  return row[name] as T | null;
}

/**
 * Reads a column of numbers.
 *
 * @param row - The row.
 * @param name - The column.
 * @returns The number.
 */
export function number(row: Row, name: string): number {
  return numberOrNull(row, name) ?? lacking(name);
}

/**
 * Reads a column of numbers that may be empty.
 *
 * @param row - The row.
 * @param name - The column.
 * @returns The number, or `null`.
 */
export function numberOrNull(row: Row, name: string): number | null {
  return row[name] as number | null;
}

/**
 * Reads a column of yes and no.
 *
 * @param row - The row.
 * @param name - The column.
 * @returns Whether it is yes.
 */
export function flag(row: Row, name: string): boolean {
  return number(row, name) === 1;
}

/**
 * Reads a column of JSON.
 *
 * @param row - The row.
 * @param name - The column.
 * @returns What it holds; this adapter wrote it, so it has the type it was written with.
 */
export function json<T>(row: Row, name: string): T {
  return JSON.parse(text(row, name)) as T;
}

/**
 * Reads a column of JSON that may be empty.
 *
 * @param row - The row.
 * @param name - The column.
 * @returns What it holds, or `null`.
 */
export function jsonOrNull<T>(row: Row, name: string): T | null {
  return row[name] === null ? null : json<T>(row, name);
}

/**
 * Writes JSON for a column that may be empty.
 *
 * @param value - What to write, or `null`.
 * @returns The JSON, or `null` for an empty column.
 */
export function toJson(value: object | null): Value {
  return value === null ? null : JSON.stringify(value);
}

/**
 * Spreads a failure over its columns.
 *
 * @param failure - The failure; `null` where there is none.
 * @returns The columns.
 */
export function failureColumns(failure: Failure | null): Row {
  return {
    reason: failure?.reason ?? null,
    message: failure?.message ?? null,
    retry_at: failure?.retryAt ?? null,
  };
}

/**
 * Collects a failure from its columns.
 *
 * @param row - A row that has one.
 * @returns The failure.
 */
export function failureFromRow(row: Row): Failure {
  const retryAt = numberOrNull(row, 'retry_at');
  return {
    reason: text(row, 'reason'),
    message: text(row, 'message'),
    ...(retryAt === null ? {} : { retryAt }),
  };
}

function lacking(name: string): never {
  throw new TypeError(`the column ${name} is empty`);
}
