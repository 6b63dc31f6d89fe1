// What configured workers offer, and which tasks they can do.

import type { Subagent } from '../model/settings.ts';

/**
 * Lists what a worker offers.
 *
 * @param worker - The worker.
 * @returns Its specialization and its capabilities.
 */
export function offersOf(worker: Subagent): readonly string[] {
  return [worker.specialization, ...worker.capabilities];
}

/**
 * Tells whether a worker can do what is asked for.
 *
 * @param worker - The worker.
 * @param requires - The capabilities a task needs.
 * @returns Whether it offers all of them.
 */
export function canDo(worker: Subagent, requires: readonly string[]): boolean {
  const offers = offersOf(worker);
  return requires.every((capability) => offers.includes(capability));
}
