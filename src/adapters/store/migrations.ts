// Numbered migrations, forward only. `user_version` is the number of the last one.

import { BUSY_TIMEOUT_MS, isStoreError, transact } from './driver.ts';
import type { Database } from './driver.ts';
import { SCHEMA_001 } from './schema/schema-001.ts';
import { SCHEMA_002 } from './schema/schema-002.ts';
import { SCHEMA_003 } from './schema/schema-003.ts';
import { SCHEMA_004 } from './schema/schema-004.ts';
import { SCHEMA_005 } from './schema/schema-005.ts';
import { SCHEMA_006 } from './schema/schema-006.ts';
import { SCHEMA_007 } from './schema/schema-007.ts';
import { SCHEMA_008 } from './schema/schema-008.ts';
import { SCHEMA_009 } from './schema/schema-009.ts';
import { SCHEMA_010 } from './schema/schema-010.ts';
import { SCHEMA_011 } from './schema/schema-011.ts';
import { StoreError } from './store-error.ts';

/** Never edit one that was released: add the next. */
const MIGRATIONS: readonly string[] = [
  SCHEMA_001,
  SCHEMA_002,
  SCHEMA_003,
  SCHEMA_004,
  SCHEMA_005,
  SCHEMA_006,
  SCHEMA_007,
  SCHEMA_008,
  SCHEMA_009,
  SCHEMA_010,
  SCHEMA_011,
];

/** Tells our databases from everybody else's: "tutt". */
const APPLICATION_ID = 0x74_75_74_74;

/**
 * Tells how far the tables are; refuses what is not ours.
 *
 * @param database - The database.
 * @returns The number of the last migration, 0 where there is nothing yet; `null` = all of them.
 */
export function versionBehind(database: Database): number | null {
  const row = database.get(
    `SELECT v.user_version AS version, a.application_id AS application,
       (SELECT count(*) FROM sqlite_schema) AS things
     FROM pragma_user_version AS v, pragma_application_id AS a`,
  );
  const ours = row?.['application'] === APPLICATION_ID;
  const version = Number(row?.['version']);
  if (!ours && (version > 0 || row?.['things'] !== 0)) {
    throw new StoreError('store-foreign', database.path);
  }
  if (version > MIGRATIONS.length) throw new StoreError('store-newer', database.path);
  return version === MIGRATIONS.length ? null : version;
}

/**
 * Brings the tables up to date; any number of processes may do it at once.
 *
 * @param database - The database, open for writing.
 */
export function migrate(database: Database): void {
  switchToWal(database);
  for (const [index, sql] of MIGRATIONS.entries()) {
    transact(database, () => {
      if (readVersion(database) > index) return; // somebody was faster
      database.exec(`PRAGMA user_version = ${index + 1}`);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      database.exec(sql);
    });
  }
}

function readVersion(database: Database): number {
  return Number(database.get('PRAGMA user_version')?.['user_version']);
}

// The switch needs the file for itself and, other than everything else, does not wait for it.
function switchToWal(database: Database): void {
  const giveUpAt = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      const mode = database.get('PRAGMA journal_mode = WAL')?.['journal_mode'];
      if (mode === 'wal') return;
      // File systems without shared memory, such as network shares, keep the old mode.
      throw new StoreError('store-unusable', database.path);
    } catch (error) {
      if (!isStoreError(error, 'store-busy') || performance.now() > giveUpAt) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
