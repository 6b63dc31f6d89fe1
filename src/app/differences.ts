// What is said of a row that is not as the log tells.

import type { TornRow } from '../ports/store.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { isRecord } from '../util/is-record.ts';
import { cutToWidth, oneLine } from '../util/terminal-text.ts';

/** One value that differs, as scripts see it. */
export interface Difference {
  readonly table: string;
  readonly row: string;
  /** With the path inside it where it holds JSON; `null` where the whole row is missing or too much. */
  readonly column: string | null;
  /** `null` as well where there is none. */
  readonly stored: unknown;
  readonly told: unknown;
}

/** Values are shown up to this width. */
const WIDTH = 60;

/**
 * Lists what differs, value by value.
 *
 * @param torn - A row that is not as the log tells.
 * @returns The differences.
 */
export function differencesOf(torn: TornRow): readonly Difference[] {
  const { table, row, kind } = torn;
  if (kind !== 'value') return [{ table, row, column: null, stored: null, told: null }];
  return values(torn.column, torn).map(({ column, stored, told }) => ({
    table,
    row,
    column,
    stored: stored ?? null,
    told: told ?? null,
  }));
}

/**
 * Says what differs.
 *
 * @param torn - A row that is not as the log tells.
 * @returns A line for every difference: row, column, what is stored and what the log tells.
 */
export function differenceLines(torn: TornRow): string[] {
  const name = `${torn.table.slice(0, -1)} ${torn.row}`;
  if (torn.kind === 'missing') return [`${name} is in the log, its row is missing`];
  if (torn.kind === 'surplus') return [`${name} has a row, the log does not know it`];
  return values(torn.column, torn).map(
    ({ column, stored, told }) =>
      `${name}, ${column}: the row says ${shown(stored)}, the log ${shown(told)}`,
  );
}

interface Value {
  readonly column: string;
  readonly stored: unknown;
  readonly told: unknown;
}

/** Inside of JSON only what differs is named: a whole plan would hide it. */
function values(column: string, { stored, told }: Omit<Value, 'column'>): Value[] {
  if (canonicalJson(stored ?? null) === canonicalJson(told ?? null)) return [];
  if (Array.isArray(stored) && Array.isArray(told) && stored.length === told.length) {
    return stored.flatMap((one: unknown, index) =>
      values(`${column}[${index}]`, { stored: one, told: told[index] }),
    );
  }
  if (!isRecord(stored) || !isRecord(told)) return [{ column, stored, told }];
  const names = new Set([...Object.keys(told), ...Object.keys(stored)]);
  return [...names].flatMap((name) =>
    values(`${column}.${name}`, { stored: stored[name], told: told[name] }),
  );
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  return cutToWidth(oneLine(JSON.stringify(value)), WIDTH);
}
