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
 * @returns The SHA-256 hash, in hexadecimal digits.
 */
export function eventHash(previous: string, seq: number, happened: RunEvent): string {
  const { run, at, event } = happened;
  return createHash('sha256')
    .update(`${previous}\n${canonicalJson({ run, seq, at, event })}`)
    .digest('hex');
}
