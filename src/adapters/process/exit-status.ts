import { constants } from 'node:os';

import type { Exit } from './body.ts';

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/**
 * Reads what a shell says of how a command ended.
 *
 * @param status The status: the exit code, or 128 and the number of a signal.
 * @returns The end.
 */
export function exitOfStatus(status: number): Exit {
  const signal = SIGNALS.get(status - 128);
  return signal === undefined ? { code: status, signal: null } : { code: null, signal };
}
