// Holds processes to their limits by looking at them now and then. All that are watched share one
// look at the process table, and looking takes a small part of the time, whatever there is to see.

import type { Clock } from '../../ports/clock.ts';
import type { ProcessLimits } from '../../ports/process.ts';
import type { DiskWatch } from './disk-watch.ts';
import { Members } from './members.ts';
import type { ProcessTable, TableEntry } from './process-table.ts';
import { oldestOf } from './sweeper.ts';
import type { Tree } from './sweeper.ts';

/** What is watched. */
export interface Watched {
  readonly tree: Tree;
  readonly limits: ProcessLimits;
  /** Watches its folders, where it may fill them so far and no further. */
  readonly disk: DiskWatch | null;
  /** Told once, when it uses more than it may. */
  readonly over: (message: string) => void;
}

/** So often it is asked whether many processes were started, which costs next to nothing. */
const PULSE_MS = 100;
/** So often everything is looked at. */
const LOOK_MS = 1_000;
/** So many new processes of anybody are worth a look at once. */
const MANY_STARTS = 64;
/** A look is followed by so many times as long without one. */
const REST = 20;
const MB = 1_048_576;

/** Looks at what processes use. */
export class LimitWatch {
  readonly #clock: Clock;
  readonly #table: ProcessTable;
  readonly #members: Members;
  readonly #watching = new Set<Watched>();
  #cancel: () => void = () => {};
  #lookedAt = 0;
  #pulse: number | null = null;
  /** What the last look took: by the time of the machine, a clock may stand still. */
  #restMs = 0;

  constructor(clock: Clock, table: ProcessTable) {
    this.#clock = clock;
    this.#table = table;
    this.#members = new Members(table);
  }

  /**
   * Watches a tree.
   *
   * @param watched What is watched.
   * @returns Ends it.
   */
  watch(watched: Watched): () => void {
    const { memoryBytes, processes, diskBytes } = watched.limits;
    if (memoryBytes === null && processes === null && diskBytes === null) return () => {};
    this.#watching.add(watched);
    if (this.#watching.size === 1) {
      this.#lookedAt = this.#clock.monotonic();
      this.#pulse = this.#table.pulse();
      this.#plan();
    }
    return () => {
      this.#watching.delete(watched);
      watched.disk?.close();
      if (this.#watching.size === 0) this.#cancel();
    };
  }

  #plan(): void {
    this.#cancel = this.#clock.after(PULSE_MS, () => {
      const since = this.#clock.monotonic() - this.#lookedAt;
      if (since >= this.#restMs && (since >= LOOK_MS || this.#manyStarted())) this.#look();
      if (this.#watching.size > 0) this.#plan();
    });
  }

  #manyStarted(): boolean {
    const pulse = this.#table.pulse();
    if (pulse === null || this.#pulse === null) return false;
    return Math.abs(pulse - this.#pulse) >= MANY_STARTS;
  }

  #look(): void {
    const begin = performance.now();
    const all = [...this.#watching];
    const trees = all.map(({ tree }) => tree);
    try {
      this.#pulse = this.#table.pulse();
      const found = this.#members.of(trees, this.#table.list(oldestOf(trees)));
      for (const [i, watching] of all.entries()) this.#judge(watching, found[i] ?? []);
    } catch {
      // No file descriptor is left to look with: later there may be one.
    }
    this.#lookedAt = this.#clock.monotonic();
    this.#restMs = (performance.now() - begin) * REST;
  }

  #judge(watching: Watched, members: readonly TableEntry[]): void {
    const { limits, disk, over } = watching;
    const message =
      tooMany(limits, members.length) ??
      this.#tooLarge(limits, members) ??
      this.#tooLong(watching, members);
    if (message === null) return;
    this.#watching.delete(watching);
    disk?.close();
    over(message);
  }

  #tooLong({ limits, disk }: Watched, members: readonly TableEntry[]): string | null {
    const { diskBytes } = limits;
    if (diskBytes === null) return null;
    const where = disk === null ? 'disk' : 'anywhere';
    const written = members.reduce((sum, { pid }) => sum + this.#table.written(pid, where), 0);
    disk?.look(written, diskBytes);
    const used = disk === null ? written : disk.grownBytes;
    if (used <= diskBytes) return null;
    return tooMuch('on disk', used, { key: 'disk_mb', bytes: diskBytes });
  }

  /** What processes share is counted once, where that can be told: it takes longer to find out. */
  #tooLarge({ memoryBytes }: ProcessLimits, members: readonly TableEntry[]): string | null {
    if (memoryBytes === null) return null;
    const pids = members.map(({ pid }) => pid);
    if (this.#table.memory(pids, 'quick') <= memoryBytes) return null;
    const used = this.#table.memory(pids, 'exact');
    if (used <= memoryBytes) return null;
    return tooMuch('of memory', used, { key: 'memory_mb', bytes: memoryBytes });
  }
}

function tooMany({ processes }: ProcessLimits, count: number): string | null {
  if (processes === null || count <= processes) return null;
  return `${count} processes at once, where limits.processes allows ${processes}`;
}

function tooMuch(what: string, bytes: number, limit: { key: string; bytes: number }): string {
  const [used, allowed] = [Math.ceil(bytes / MB), Math.floor(limit.bytes / MB)];
  return `${used} MB ${what}, where limits.${limit.key} allows ${allowed} MB`;
}
