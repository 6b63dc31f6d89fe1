// What everything that judges shares: how many may do so at once, what is known of trees already, and
// that one gate of a run is over before the next one begins.

import type { RunKey } from '../model/key.ts';
import type { Store } from '../ports/store.ts';
import { CheckSlots } from './check-slots.ts';
import { KnownTrees } from './known-trees.ts';

/** What everything that judges shares. */
export class Gatekeeper {
  readonly slots: CheckSlots;
  readonly known: KnownTrees;
  readonly #gates = new Map<RunKey, Promise<void>>();

  constructor(slots: number, store: Pick<Store, 'verdicts'>) {
    this.slots = new CheckSlots(slots);
    this.known = new KnownTrees(store);
  }

  /** Runs a gate of a run when the one before it is over: it works in the same place. */
  async inTurn(run: RunKey, gate: () => Promise<void>): Promise<void> {
    const before = this.#gates.get(run) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(gate);
    this.#gates.set(run, mine);
    try {
      await mine;
    } finally {
      if (this.#gates.get(run) === mine) this.#gates.delete(run);
    }
  }
}
