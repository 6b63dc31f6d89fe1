// Who belongs to a tree while it lives.

import type { ProcessTable, TableEntry } from './process-table.ts';
import { belongs, carries, withDescendants } from './sweeper.ts';
import type { Tree } from './sweeper.ts';

/** How often an environment is asked for a mark: at first it may be that of the program before. */
const ASKED = 3;

/** Between what is said and what is done lie the clock's ticks, and how late we hear of it. */
const SLACK = 200;

/**
 * Finds out what those have done whom a process has started since a moment.
 *
 * @param table Where to look.
 * @param tree The process and its tree.
 * @param since The moment; `null` = whenever, save the process itself.
 * @returns Changes with every bit of it; `null` where the system does not tell.
 */
export function workOf(table: ProcessTable, tree: Tree, since: number | null): string | null {
  const entries = table.list(tree.since ?? tree.leader);
  const [members = []] = new Members(table).of([tree], entries);
  const others = members.filter(({ pid, startTime }) =>
    since === null ? pid !== tree.leader?.pid : Number(startTime) >= since - SLACK,
  );
  return table.work(others.map(({ pid }) => pid));
}

/** Finds the members of trees. An environment is read only of whom nothing else tells. */
export class Members {
  readonly #table: ProcessTable;
  /** Strangers: number and start to how often they were asked. */
  #strangers = new Map<string, number>();

  constructor(table: ProcessTable) {
    this.#table = table;
  }

  /**
   * Finds out who belongs where, of a list of all who may.
   *
   * @param trees The trees.
   * @param entries What is listed.
   * @returns For each tree its living members.
   */
  of(trees: readonly Tree[], entries: readonly TableEntry[]): TableEntry[][] {
    const alive = entries.filter(({ dead }) => !dead);
    const found = trees.map((tree) => {
      const own = alive.filter((entry) => belongs(tree, entry)).map(({ pid }) => pid);
      const members = withDescendants(alive, new Set(own));
      return new Set(members.map(({ pid }) => pid));
    });
    const known = new Set(found.flatMap((pids) => [...pids]));
    const strangers = new Map<string, number>();
    for (const { pid, startTime } of alive) {
      if (known.has(pid)) continue;
      const who = `${pid} ${startTime}`;
      const asked = this.#strangers.get(who) ?? 0;
      strangers.set(who, asked + 1);
      const mark = asked < ASKED ? (this.#table.mark(pid) ?? '') : '';
      for (const [i, tree] of trees.entries()) {
        if (pid !== tree.keeper && carries(mark, tree.mark)) found[i]?.add(pid);
      }
    }
    this.#strangers = strangers;
    return trees.map((tree, i) => {
      const members = withDescendants(alive, found[i] ?? new Set());
      // Whoever leaves its session later and throws its environment away is known all the same.
      for (const { pid, startTime } of members) tree.seen.set(pid, startTime);
      return members;
    });
  }
}
