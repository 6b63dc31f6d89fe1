// What can be wrong with a store from outside: its file, its disk, its version. Everything else that
// SQLite complains about is a bug and stays the exception that it is.

import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** What is wrong with a store. */
export type StoreErrorCode =
  | 'store-missing'
  | 'store-unusable'
  | 'store-read-only'
  | 'store-corrupt'
  | 'store-foreign'
  | 'store-newer'
  | 'store-busy'
  | 'store-full';

const WORDS: Readonly<Record<StoreErrorCode, readonly [what: string, hint: string]>> = {
  'store-missing': ['there is no store', 'Start a run in this project first.'],
  'store-unusable': [
    'the store cannot be opened',
    'See that the folder exists, that you may read and write in it, and that it is on a local disk.',
  ],
  'store-read-only': [
    'the store cannot be written',
    'Make the file and its folder writable for you, or look only.',
  ],
  'store-corrupt': [
    'the store is damaged, or is not a database',
    'Move the file away (keep it) and start again, or put a backup in its place.',
  ],
  'store-foreign': [
    'the file is the database of another program',
    'Move it away; tutti never writes into it.',
  ],
  'store-newer': ['the store was made by a newer tutti', 'Update tutti: npm install -g tutti'],
  'store-busy': [
    'another process keeps the store locked',
    'Try again; if it stays so, see which process has the file open.',
  ],
  'store-full': ['there is no room left on the disk', 'Free some space and go on: tutti resume'],
};

/** A store that cannot be used, in three parts: what is wrong, where, what to do. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** The store's file. */
  readonly path: string;
  /** What to do. */
  readonly hint: string;

  constructor(code: StoreErrorCode, path: string, cause?: unknown) {
    const [what, hint] = WORDS[code];
    super(`${what}: ${path}`, { cause });
    this.name = 'StoreError';
    this.code = code;
    this.path = path;
    this.hint = hint;
  }
}

// Primary result codes of SQLite, https://sqlite.org/rescode.html
const IOERR = 10;
const CODES: ReadonlyMap<number, StoreErrorCode> = new Map([
  [3, 'store-unusable'], // PERM
  [5, 'store-busy'], // BUSY
  [6, 'store-busy'], // LOCKED
  [8, 'store-read-only'], // READONLY
  [11, 'store-corrupt'], // CORRUPT
  [13, 'store-full'], // FULL
  [14, 'store-unusable'], // CANTOPEN
  [26, 'store-corrupt'], // NOTADB
]);

/** Less than this is no room: SQLite reports some writes that lack space as plain I/O errors. */
const NO_ROOM_BYTES = 256 * 1024;

/**
 * Tells an error of the surroundings from a bug.
 *
 * @param error - What the driver threw.
 * @param path - The store's file.
 * @returns A `StoreError` where it is one, else what was thrown.
 */
export function explained(error: unknown, path: string): unknown {
  const code = resultCode(error);
  if (code === undefined) return error;
  const known = CODES.get(code);
  if (known !== undefined) return new StoreError(known, path, error);
  return code === IOERR && isFull(path) ? new StoreError('store-full', path, error) : error;
}

/** The primary result code, as either driver tells it. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode % 256;
  if ('rawCode' in error && typeof error.rawCode === 'number') return error.rawCode % 256;
  // libsql names the code of a failed opening in words only.
  const inWords = /ConnectionFailed\(.*: (?<code>\d+)"\)$/su.exec(error.message)?.groups?.['code'];
  return inWords === undefined ? undefined : Number(inWords) % 256;
}

function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < NO_ROOM_BYTES;
  } catch {
    return false;
  }
}
