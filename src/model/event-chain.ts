// The log of a run is a chain: every event's hash covers the hash before it, so an edited, missing
// or added event breaks every hash after it. The number and the hash of the last event stand in the
// run's row, so that a cut tail is seen too.

import { createHash } from 'node:crypto';

import { canonicalJson } from '../util/canonical-json.ts';
import type { RunEvent } from './event.ts';

/** What the first event of a log is chained to. */
export const CHAIN_START = '';

/**
 * Computes the hash of an event.
 *
 * @param previous - The hash of the event before it; `CHAIN_START` for the first.
 * @param seq - Its number in the run's log, from 1.
 * @param happened - The event, its run and its moment.
 * @param text - The canonical JSON of the event, where it is known.
 * @returns The SHA-256 hash, in hexadecimal digits.
 */
export function eventHash(
  previous: string,
  seq: number,
  { run, at, event }: RunEvent,
  text: string = canonicalJson(event),
): string {
  // The canonical JSON of all four: their names are in order.
  const whole = `{"at":${at},"event":${text},"run":${JSON.stringify(run)},"seq":${seq}}`;
  return createHash('sha256').update(`${previous}\n${whole}`).digest('hex');
}
