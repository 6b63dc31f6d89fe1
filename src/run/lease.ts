// Who coordinates: one process a store, by a lease row with an epoch and a beat. A taker that sees
// the same beat for the whole lease on its own monotonic clock takes over; so does one that can
// prove the holder dead, at once.

import type { Clock } from '../ports/clock.ts';
import type { ProcessSupervisor } from '../ports/process.ts';
import type { Repository } from '../ports/repository.ts';
import type { Reserve } from '../ports/reserve.ts';
import type { Holder, LeaseRow, Store } from '../ports/store.ts';
import { saysNoRoom } from '../util/no-room.ts';

interface Means {
  readonly store: Store;
  readonly repository: Pick<Repository, 'epoch'>;
  readonly reserve: Reserve;
  readonly supervisor: ProcessSupervisor;
  readonly clock: Clock;
}

/** Watches the lease of a store and takes it when it may. */
export class LeaseTaker {
  readonly #store: Store;
  readonly #reserve: Reserve;
  readonly #repository: Pick<Repository, 'epoch'>;
  readonly #supervisor: ProcessSupervisor;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  #seen: { epoch: number; beat: number; since: number } | null = null;

  constructor({ store, repository, reserve, supervisor, clock }: Means, leaseMs: number) {
    this.#store = store;
    this.#reserve = reserve;
    this.#repository = repository;
    this.#supervisor = supervisor;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
  }

  /**
   * Takes the lease if it is free, or its holder dead or silent for too long.
   *
   * @param address - Where this process listens for nudges.
   * @returns The new epoch, or the row of whoever holds it.
   */
  async tryTake(
    address: string | null,
  ): Promise<{ epoch: number; row: null } | { epoch: null; row: LeaseRow }> {
    const row = await this.#store.lease();
    if (!this.#mayTake(row)) return { epoch: null, row };
    const holder: Holder = { ...this.#supervisor.self(), socket: address };
    // A store that was made anew, or put back from a copy, is behind what git was told: with an epoch
    // that is not newer, no ref would ever move again.
    const told = (await this.#repository.epoch().catch(() => null)) ?? 0;
    const epoch = await this.#take(row, holder, told);
    return epoch === null ? { epoch, row: await this.#store.lease() } : { epoch, row: null };
  }

  /** On a full disk the reserve makes room for it: to say what is wrong needs the lease too. */
  async #take(row: LeaseRow, holder: Holder, above: number): Promise<number | null> {
    try {
      return await this.#store.take(row, holder, above);
    } catch (cause) {
      if (!(cause instanceof Error) || !saysNoRoom(cause.message)) throw cause;
      await this.#reserve.giveUp();
      return this.#store.take(row, holder, above);
    }
  }

  #mayTake(row: LeaseRow): boolean {
    if (row.holder === null) return true;
    if (!this.#supervisor.isAlive(row.holder)) return true;
    const now = this.#clock.monotonic();
    if (this.#seen?.epoch !== row.epoch || this.#seen.beat !== row.beat) {
      this.#seen = { epoch: row.epoch, beat: row.beat, since: now };
    }
    return now - this.#seen.since >= this.#leaseMs;
  }
}
