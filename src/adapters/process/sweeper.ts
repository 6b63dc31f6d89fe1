// Proves that whole process trees are gone, and makes it true.

import type { Birth, ProcessTable, TableEntry } from './process-table.ts';

/** A tree that is to be gone. */
export interface Tree {
  /** What every process of it carries in its environment. */
  readonly mark: string;
  /** Its first process, which led a session of its own; `null` when only the mark is known. */
  readonly leader: Birth | null;
  /** Nothing of it is older, where that is not its leader. */
  readonly since?: Birth;
  /** Who started it and lives on, in the same session. */
  readonly keeper?: number;
  /** Descendants that were seen while it lived: number to start time. */
  readonly seen: Map<number, string>;
}

interface Waiting {
  readonly tree: Tree;
  readonly resolve: (killed: number) => void;
  readonly killed: Set<string>;
  /** Passes in a row that found nothing alive. */
  quiet: number;
  /** Those among them that could not judge everybody. */
  blind: number;
}

/** Quiet passes that prove it where processes are started while we look. */
const QUIET_PASSES = 3;
/**
 * So many prove it where somebody can never be judged. Whoever is in the middle of an exec cannot for
 * a moment either, and on a machine that has no time that moment outlasts many passes.
 */
const BLIND_PASSES = 60;
/** Passes without a pause; what lives longer is stuck in the kernel or not ours to kill. */
const EAGER_PASSES = 20;
const LONGEST_PAUSE_MS = 250;

/**
 * Sends a signal.
 *
 * @param pid The process, or a group as its negative.
 * @param name The signal.
 * @returns Whether there was somebody who may be sent it.
 */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  // To the system 0 is our own group, -1 everybody; NaN becomes 0.
  if (!Number.isInteger(pid) || Math.abs(pid) <= 1) return false;
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/**
 * Adds what descends from a process to the descendants seen.
 *
 * @param table Where to look.
 * @param tree The tree; its leader is still alive.
 */
export function lookAround(table: ProcessTable, tree: Tree): void {
  if (tree.leader === null) return;
  const pids = new Set([tree.leader.pid]);
  for (const entry of withDescendants(table.list(tree.since ?? tree.leader), pids)) {
    if (entry.pid !== tree.leader.pid) tree.seen.set(entry.pid, entry.startTime);
  }
}

/**
 * Finds descendants.
 *
 * @param entries All that are listed.
 * @param pids Whose; those found are added.
 * @returns The entries whose pids are given, and whatever descends from them.
 */
export function withDescendants(entries: readonly TableEntry[], pids: Set<number>): TableEntry[] {
  for (let size = -1; size !== pids.size;) {
    size = pids.size;
    for (const entry of entries) if (pids.has(entry.parent)) pids.add(entry.pid);
  }
  return entries.filter((entry) => pids.has(entry.pid));
}

/**
 * Tells whether somebody carries a mark.
 *
 * @param value What is in its environment.
 * @param mark The mark.
 * @returns Whether the mark is among those.
 */
export function carries(value: string, mark: string): boolean {
  // No mark is no claim: an empty one would match whatever has none, which is the whole machine.
  if (mark === '' || value === '') return false;
  // Inside an attempt the marks of the outer ones stay in front of the own one.
  return `,${value},`.includes(`,${mark},`);
}

/**
 * Tells whether somebody belongs to a tree, as far as that can be seen without its mark.
 *
 * @param tree The tree.
 * @param entry The process.
 * @returns Whether it does for sure.
 */
export function belongs(tree: Tree, entry: TableEntry): boolean {
  const { leader, seen } = tree;
  if (entry.pid === tree.keeper) return false;
  if (seen.get(entry.pid) === entry.startTime) return true;
  return leader !== null && (entry.session === leader.pid || entry.group === leader.pid);
}

/**
 * The birth that none of the trees can be older than.
 *
 * @param trees The trees.
 * @returns The birth; `null` when that of one of them is not known.
 */
export function oldestOf(trees: readonly Tree[]): Birth | null {
  let oldest: Birth | null = null;
  for (const tree of trees) {
    const birth = tree.since ?? tree.leader;
    if (birth === null) return null;
    if (oldest === null || birth.at < oldest.at) oldest = birth;
  }
  return oldest;
}

/** Ends trees. All that wait share one pass over the process table. */
export class Sweeper {
  readonly #table: ProcessTable;
  /** Whatever we start has a session of its own, and nobody can join ours: never kill in it. */
  readonly #ownSession: number;
  #waiting: Waiting[] = [];
  #passes = 0;
  #cancel: () => void = () => {};

  constructor(table: ProcessTable) {
    this.#table = table;
    this.#ownSession = table.find(process.pid)?.session ?? 0;
  }

  /**
   * Ends what is left of a tree.
   *
   * @param tree The tree; its leader is dead or may be killed.
   * @returns Resolves when nothing of it is alive, with how many processes were found.
   */
  gone(tree: Tree): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting.push({ tree, resolve, killed: new Set(), quiet: 0, blind: 0 });
      this.#passes = 0;
      this.#plan();
    });
  }

  /** Whoever ends in the same turn of the event loop shares the pass. */
  #plan(): void {
    this.#cancel();
    const pauseMs = Math.min(this.#passes - EAGER_PASSES, LONGEST_PAUSE_MS);
    const turn = (): void => this.#turn();
    if (pauseMs <= 0) {
      const next = setImmediate(turn);
      this.#cancel = () => clearImmediate(next);
    } else {
      // Real time, not the clock's: it waits for the kernel.
      const timer = setTimeout(turn, pauseMs);
      this.#cancel = () => clearTimeout(timer);
    }
  }

  #turn(): void {
    this.#passes += 1;
    const sure = this.#passSurely();
    const done = this.#waiting.filter(
      ({ quiet, blind }) => quiet - blind >= (sure ? 1 : QUIET_PASSES) || blind >= BLIND_PASSES,
    );
    this.#waiting = this.#waiting.filter((one) => !done.includes(one));
    for (const one of done) one.resolve(one.killed.size);
    if (this.#waiting.length > 0) this.#plan();
  }

  /** Whether one quiet pass is proof: all could be judged and nothing was started meanwhile. */
  #passSurely(): boolean {
    try {
      const pulse = this.#table.pulse();
      return this.#pass() && pulse !== null && pulse === this.#table.pulse();
    } catch {
      // No file descriptor or memory is left to look with: that proves nothing, look again later.
      for (const one of this.#waiting) one.quiet = one.blind = 0;
      return false;
    }
  }

  /** Looks once, kills what it finds; tells whether every process could be judged. */
  #pass(): boolean {
    const waiting = this.#waiting;
    const entries = this.#table.list(oldestOf(waiting.map(({ tree }) => tree))).filter((entry) => {
      return !entry.dead && entry.pid !== process.pid && entry.session !== this.#ownSession;
    });
    const found = waiting.map(() => new Set<number>());
    let judged = true;
    for (const entry of entries) {
      const mark = this.#table.mark(entry.pid);
      judged &&= mark !== null;
      for (const [i, { tree }] of waiting.entries()) {
        if (!belongs(tree, entry) && !carries(mark ?? '', tree.mark)) continue;
        found[i]?.add(entry.pid);
        // Stopped at sight, so that it starts no others until all are known and killed.
        signal(entry.pid, 'SIGSTOP');
      }
    }
    for (const [i, one] of waiting.entries()) {
      const left = withDescendants(entries, found[i] ?? new Set());
      for (const entry of left) {
        signal(entry.pid, 'SIGKILL');
        one.killed.add(`${entry.pid} ${entry.startTime}`);
      }
      if (left.length > 0) one.quiet = one.blind = 0;
      else {
        one.quiet += 1;
        if (!judged) one.blind += 1;
      }
    }
    return judged;
  }
}
