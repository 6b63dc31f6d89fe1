// Where branches are in the simulated world, and what people do to them: the base branch goes on, and
// somebody commits to the branch of a run, rewrites it, deletes it, or has it checked out.

import type { Seen } from '../../src/model/base.ts';
import type { RunKey } from '../../src/model/key.ts';
import type { Run } from '../../src/model/run.ts';

/** The branches of the simulated world. */
export class Branches {
  /** Where the heads of the runs really are. */
  readonly heads: Map<string, string> = new Map();
  /** The commits that people have made on the branches of runs, unless they took them away again. */
  readonly own: Map<RunKey, readonly string[]> = new Map();
  readonly #parents = new Map<string, readonly string[]>();
  readonly #branches = new Map<RunKey, string>();
  readonly #behind = new Map<RunKey, string>();
  readonly #checkedOut = new Set<RunKey>();
  #base = 'base';
  #commits = 0;

  commit(...parents: readonly string[]): string {
    this.#commits += 1;
    const commit = `commit-${this.#commits}`;
    this.#parents.set(commit, parents);
    return commit;
  }

  isAncestor(ancestor: string, commit: string): boolean {
    const open = [commit];
    const known = new Set(open);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at === ancestor) return true;
      for (const parent of this.#parents.get(at) ?? []) {
        if (!known.has(parent)) open.push(parent);
        known.add(parent);
      }
    }
    return false;
  }

  at(run: RunKey): string | null {
    return this.#branches.get(run) ?? null;
  }

  // ---- what people do ----

  baseMoves(): void {
    this.#base = this.commit(this.#base);
  }

  commits(run: RunKey): void {
    const at = this.#branches.get(run);
    // Whoever has not seen the run's branch does not commit to it.
    if (at === undefined) return;
    const own = this.commit(at);
    this.#branches.set(run, own);
    this.own.set(run, [...(this.own.get(run) ?? []), own]);
  }

  /** Checks it out, or lets go of it. */
  checkOut(run: RunKey): void {
    if (!this.#checkedOut.delete(run)) this.#checkedOut.add(run);
  }

  /** Puts something else in its place. */
  rewrites(run: RunKey): void {
    if (!this.#branches.has(run)) return;
    this.#branches.set(run, this.commit('base'));
    this.own.delete(run);
  }

  deletes(run: RunKey): void {
    this.#branches.delete(run);
    this.own.delete(run);
  }

  putBack(run: RunKey): void {
    const head = this.heads.get(run);
    const at = this.#branches.get(run);
    if (head === undefined || at === undefined) return;
    if (this.isAncestor(this.#behind.get(run) ?? head, at)) return;
    this.#branches.set(run, head);
    // Whoever puts it back takes away what they have made of it since.
    const own = this.own.get(run) ?? [];
    this.own.set(
      run,
      own.filter((commit) => this.isAncestor(commit, head)),
    );
  }

  // ---- what tutti does ----

  /** Where they are, compared with the head of a run. */
  look({ key, head }: Run): Seen {
    const base = this.isAncestor(this.#base, head) ? null : this.#base;
    const at = this.#branches.get(key) ?? head;
    if (this.isAncestor(at, head)) return { head, base, branch: { kind: 'with' } };
    const isAhead = this.isAncestor(this.#behind.get(key) ?? head, at);
    return { head, base, branch: { kind: isAhead ? 'ahead' : 'rewritten', commit: at } };
  }

  /** A head moves and its branch follows, unless that holds what the run does not know. */
  move(run: RunKey, to: string): boolean {
    const at = this.#branches.get(run);
    if (at !== undefined && !this.isAncestor(at, to)) return false;
    this.heads.set(run, to);
    const stays = at !== undefined && this.#checkedOut.has(run);
    if (!stays) this.#branches.set(run, to);
    if (stays || this.#behind.has(run)) this.#behind.set(run, stays ? at : to);
    return true;
  }

  /** A commit of a person that is on the branch no more, although nobody has taken it away. */
  lost(run: RunKey): string | null {
    const at = this.#branches.get(run);
    const own = this.own.get(run) ?? [];
    return own.find((commit) => at === undefined || !this.isAncestor(commit, at)) ?? null;
  }
}
