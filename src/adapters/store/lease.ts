// The lease: one row, compared and set. It knows no time; whoever wants it watches the beat.

import type { Holder, LeaseRow, Released } from '../../ports/store.ts';
import { processFromRow } from './attempt-row.ts';
import { transact } from './driver.ts';
import type { Database } from './driver.ts';
import { number, textOrNull } from './row.ts';

/**
 * Reads the lease.
 *
 * @param database - The database.
 * @returns The lease as it stands now.
 */
export function readLease(database: Database): LeaseRow {
  const row = database.get('SELECT * FROM coordinator');
  if (row === undefined) throw new Error('the lease has no row');
  const process = processFromRow(row);
  const holder = process === null ? null : { ...process, socket: textOrNull(row, 'socket') };
  return { epoch: number(row, 'epoch'), beat: number(row, 'beat'), holder };
}

/**
 * Takes the lease, if it is still as it was seen.
 *
 * @param database - The database.
 * @param seen - The lease as it was seen.
 * @param taker - Who takes it, and an epoch that the new one has to be above as well.
 * @returns The new epoch; `null` when somebody was faster.
 */
export function takeLease(
  database: Database,
  seen: LeaseRow,
  { holder, told }: { readonly holder: Holder; readonly told: number },
): number | null {
  const epoch = Math.max(seen.epoch, told) + 1;
  const was = seen.holder;
  const changed = transact(database, () =>
    database.run(
      `UPDATE coordinator
       SET epoch = ?, beat = beat + 1, pid = ?, start_time = ?, boot_id = ?, socket = ?
       WHERE epoch = ? AND beat = ? AND pid IS ? AND start_time IS ? AND boot_id IS ?`,
      [
        epoch,
        holder.pid,
        holder.startTime,
        holder.bootId,
        holder.socket,
        seen.epoch,
        seen.beat,
        was?.pid ?? null,
        was?.startTime ?? null,
        was?.bootId ?? null,
      ],
    ),
  );
  return changed === 1 ? epoch : null;
}

/**
 * Tells whether an epoch is the one that holds the lease.
 *
 * @param database - The database, inside a write transaction where the answer must last.
 * @param epoch - The epoch.
 * @returns Whether it holds the lease.
 */
export function holdsLease(database: Database, epoch: number): boolean {
  const sql = 'SELECT 1 FROM coordinator WHERE epoch = ? AND pid IS NOT NULL';
  return database.get(sql, [epoch]) !== undefined;
}

/**
 * Changes the beat.
 *
 * @param database - The database.
 * @param epoch - The epoch of whoever is alive.
 * @returns False when it is the holder no more.
 */
export function beatLease(database: Database, epoch: number): boolean {
  const sql = 'UPDATE coordinator SET beat = beat + 1 WHERE epoch = ? AND pid IS NOT NULL';
  return transact(database, () => database.run(sql, [epoch])) === 1;
}

/**
 * Gives the lease back, but only while the inbox is empty.
 *
 * @param database - The database.
 * @param epoch - The epoch of the holder.
 * @returns Whether it was given back, was not held any more, or a command waits.
 */
export function releaseLease(database: Database, epoch: number): Released {
  return transact(database, () => {
    if (!holdsLease(database, epoch)) return 'not-held';
    if (database.get('SELECT 1 FROM inbox WHERE answer IS NULL LIMIT 1') !== undefined) {
      return 'inbox';
    }
    database.run(
      `UPDATE coordinator
       SET beat = beat + 1, pid = NULL, start_time = NULL, boot_id = NULL, socket = NULL`,
    );
    return 'released';
  });
}
