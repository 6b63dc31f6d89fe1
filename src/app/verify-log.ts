// Whether the log of a run is whole: every event stands on the one before it, and it ends where its
// run's row says.

import { CHAIN_START, eventHash } from '../model/event-chain.ts';
import type { RunLog } from '../ports/store.ts';

/** Of a thousand broken events the first ones say enough. */
const MOST = 20;

/**
 * Looks for events that were changed, are missing, were added or moved.
 *
 * @param run - The run's key.
 * @param log - Its log.
 * @returns A line for each place.
 */
export function logDamage(run: string, { events, recorded }: RunLog): string[] {
  const damage: string[] = [];
  let [last, hash] = [0, CHAIN_START];
  for (const { seq, at, event, hash: stored } of events) {
    const gap = seq - last - 1;
    if (gap > 0) damage.push(missing(last + 1, seq));
    // Each is held against the stored hash before it: so what was left alone is not accused.
    if (gap === 0 && eventHash(hash, seq, { run, at, event }) !== stored) {
      const what = `event ${seq} (${event.type})`;
      damage.push(`${what} was changed, added or moved: its hash does not fit`);
    }
    [last, hash] = [seq, stored];
  }
  const more = damage.length - MOST;
  const shown = more > 0 ? [...damage.slice(0, MOST), `and ${more} more of the kind`] : damage;
  if (recorded.count !== last) {
    return [...shown, `the log ends at event ${last}, ${recorded.count} were written`];
  }
  if (recorded.hash === hash) return shown;
  return [...shown, 'the log does not end with the hash that was recorded'];
}

function missing(from: number, to: number): string {
  const what = to - from === 1 ? `event ${from} is` : `events ${from} to ${to - 1} are`;
  return `${what} missing: the log goes on with ${to}`;
}
