// What is ahead: which changes that are not on their run's branch yet conflict with it or with each
// other, those of agents at work among them. Everything here is looked at, nothing is stored: each
// process that wants to know looks itself, and only at what has changed since its last look.

import type { Foreseen } from '../model/foreseen.ts';
import type { AttemptKey, RunKey, TaskKey } from '../model/key.ts';
import { MAKES_CHANGES } from '../model/plan.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { Repository } from '../ports/repository.ts';
import type { Looker, Workspaces } from '../ports/workspace.ts';

/** One side of a merge. */
interface Side {
  readonly key: string;
  readonly kind: 'head' | 'base' | 'change';
  readonly commit: string;
}

/** What was seen of a run. */
export interface Outlook {
  readonly run: RunKey;
  /** Who was compared, the head of the run first. */
  readonly sides: readonly string[];
  readonly conflicts: readonly Foreseen[];
  /** Pairs that there was no time for. */
  readonly left: number;
  /** What live attempts have changed so far. */
  readonly touched: ReadonlyMap<TaskKey, readonly string[]>;
}

/** Looks ahead, and remembers what it has seen. */
export class Foresight {
  readonly #repository: Repository;
  readonly #workspaces: Workspaces;
  #looker: Promise<Looker> | null = null;
  #ended = false;

  constructor(place: { readonly repository: Repository; readonly workspaces: Workspaces }) {
    this.#repository = place.repository;
    this.#workspaces = place.workspaces;
  }

  /**
   * Looks at a run.
   *
   * @param run - The run as it is now.
   * @param timeMs - How long merging may take; what is left is seen at the next look.
   * @returns What is ahead; of a run that is over, nothing.
   */
  async look(run: Run, timeMs: number = Number.POSITIVE_INFINITY): Promise<Outlook> {
    const touched = await this.touched(run);
    const live = new Map([...touched].map(([task, { commit }]) => [task, commit]));
    const sides = RUN_OVER[run.status.state] ? [] : await this.#sidesOf(run, live);
    const nothing = { run: run.key, sides: sides.map(({ key }) => key) };
    const files = new Map([...touched].map(([task, look]) => [task, look.files]));
    if (sides.length < 2) return { ...nothing, conflicts: [], left: 0, touched: files };
    const looker = await this.#open();
    const until = performance.now() + timeMs;
    const commits = sides.map(({ commit }) => commit);
    const { clashing, left } = await looker.among(commits, until);
    return { ...nothing, conflicts: foreseenIn(sides, clashing), left, touched: files };
  }

  /**
   * Tells what live attempts of a run have changed so far.
   *
   * @param run - The run as it is now.
   * @returns By task; those that have changed nothing are not in it.
   */
  async touched(
    run: Run,
  ): Promise<ReadonlyMap<TaskKey, { readonly commit: string; readonly files: readonly string[] }>> {
    const found = new Map<TaskKey, { commit: string; files: readonly string[] }>();
    const live = run.tasks.filter((task) => isLive(task));
    if (live.length === 0 || this.#ended) return found;
    const looker = await this.#open();
    for (const { key } of live) {
      const look = await looker.look(key);
      if (look !== null) found.set(key, look);
    }
    return found;
  }

  /** Forgets what it has seen. */
  async end(): Promise<void> {
    this.#ended = true;
    const looker = await this.#looker;
    await looker?.end();
  }

  #open(): Promise<Looker> {
    this.#looker ??= this.#workspaces.watch();
    return this.#looker;
  }

  /** The head of a run, its base where that has moved, and what its tasks have made beside them. */
  async #sidesOf(run: Run, live: ReadonlyMap<TaskKey, string>): Promise<readonly Side[]> {
    const changes: Side[] = [];
    for (const task of run.tasks) {
      const attempt = task.attempts.at(-1);
      if (attempt === undefined || !MAKES_CHANGES[task.spec.kind]) continue;
      const commit = live.get(task.key) ?? (await this.#handedIn(task));
      if (commit !== null) changes.push({ key: attempt.key, kind: 'change', commit });
    }
    const head: Side = { key: run.key, kind: 'head', commit: run.head };
    const base = await this.#repository.resolve(`refs/heads/${run.baseBranch}`);
    const moved = base !== null && base !== run.base.merged;
    return [
      head,
      ...(moved ? [{ key: run.baseBranch, kind: 'base' as const, commit: base }] : []),
      ...changes,
    ];
  }

  /** What a task has handed in, or what is kept of its last attempt while there may be another one. */
  async #handedIn({ attempts, status: { state } }: Task): Promise<string | null> {
    const attempt = attempts.at(-1);
    if (attempt === undefined || !['running', 'waiting', 'ready'].includes(state)) return null;
    const change = 'change' in attempt.status ? attempt.status.change : null;
    const kept = change?.commit ?? attempt.keptRef;
    return kept === null ? null : this.#repository.resolve(kept);
  }
}

/** An agent is at work in a workspace of its own. */
function isLive({ status, spec, attempts }: Task): boolean {
  if (status.state !== 'running' || status.phase !== 'work') return false;
  const { state } = attempts.at(-1)?.status ?? { state: 'leased' };
  return spec.workspace !== 'none' && MAKES_CHANGES[spec.kind] && state !== 'leased';
}

function foreseenIn(
  sides: readonly Side[],
  clashing: readonly {
    readonly a: string;
    readonly b: string;
    readonly files: readonly string[];
  }[],
): readonly Foreseen[] {
  const files = new Map(clashing.map(({ a, b, files: names }) => [`${a} ${b}`, names]));
  const found: Foreseen[] = [];
  for (const [index, a] of sides.entries()) {
    for (const b of sides.slice(index + 1)) {
      // A change meets the base when the run's head does, or by the head.
      if (b.kind === 'change' && a.kind === 'base') continue;
      const names = files.get(`${a.commit} ${b.commit}`) ?? files.get(`${b.commit} ${a.commit}`);
      if (names === undefined) continue;
      const kind = b.kind === 'base' ? 'base' : a.kind;
      found.push({ a: a.key, b: b.key, files: names, kind });
    }
  }
  return found;
}

/**
 * Tells whether somebody is at work at a key that was compared.
 *
 * @param run - The run.
 * @param key - The key of an attempt.
 * @returns Whether its change may still grow.
 */
export function isStillGrowing(run: Run, key: AttemptKey): boolean {
  return run.tasks.some((task) => task.attempts.at(-1)?.key === key && isLive(task));
}
