// Looking where the branches of runs are, from time to time: the one that a run was started from, and
// its own.

import type { Seen } from '../model/base.ts';
import type { RunKey } from '../model/key.ts';
import { behindRef } from '../model/run-refs.ts';
import type { Run } from '../model/run.ts';
import type { World } from '../model/world.ts';
import type { Repository } from '../ports/repository.ts';
import type { Input } from '../schedule/input.ts';
import type { Workshop } from './workshop.ts';

/** How often the branches are looked at where nobody waits for that. */
const POLL_MS = 2000;

/** Looks at the branches of runs from time to time. */
export class Branches {
  readonly #repository: Repository;
  readonly #clock: Workshop['clock'];
  readonly #tips = new Map<RunKey, string>();
  #next = 0;
  #busy = false;
  #looking: Promise<void> = Promise.resolve();

  constructor({ repository, clock }: Pick<Workshop, 'repository' | 'clock'>) {
    this.#repository = repository;
    this.#clock = clock;
  }

  /** Looks again, if it is time to, and tells what is new. */
  poll(world: World, tell: (input: Input) => Promise<void>): void {
    if (this.#busy || this.#clock.monotonic() < this.#next) return;
    const runs = [...world.desk.driven].flatMap((key) => {
      const run = world.runs.get(key);
      return run?.status.state === 'running' ? run : [];
    });
    if (runs.length === 0) return;
    this.#busy = true;
    // What git refuses now it may not refuse the next time.
    this.#looking = this.#see(runs, world, tell)
      .catch(() => undefined)
      .finally(() => {
        this.#next = this.#clock.monotonic() + POLL_MS;
        this.#busy = false;
      });
  }

  /** It is over. */
  async end(): Promise<void> {
    await this.#looking;
  }

  async #see(
    runs: readonly Run[],
    { desk }: World,
    tell: (input: Input) => Promise<void>,
  ): Promise<void> {
    for (const run of runs) {
      const tips = await Promise.all(
        [run.baseBranch, run.branch].map((name) => this.#repository.resolve(`refs/heads/${name}`)),
      );
      const now = [run.head, ...tips].join(' ');
      if (this.#tips.get(run.key) === now && desk.seen?.has(run.key) === true) continue;
      const seen = await lookAt(this.#repository, run);
      this.#tips.set(run.key, now);
      await tell({ type: 'looked', run: run.key, seen });
    }
  }
}

/**
 * Looks where the branches of a run are.
 *
 * @param repository - Where they are.
 * @param run - The run.
 * @returns What was seen, compared with its head.
 */
export async function lookAt(repository: Repository, run: Run): Promise<Seen> {
  const { key, head } = run;
  const tip = await repository.resolve(`refs/heads/${run.baseBranch}`);
  const isNews = tip !== null && tip !== run.base.merged && tip !== head;
  const base = isNews && !(await repository.isAncestor(tip, head)) ? tip : null;
  const at = await repository.resolve(`refs/heads/${run.branch}`);
  // One that is gone is made again with the next result.
  if (at === null || at === head || (await repository.isAncestor(at, head))) {
    return { head, base, branch: { kind: 'with' } };
  }
  const stood = (await repository.resolve(behindRef(key))) ?? head;
  const isAhead = await repository.isAncestor(stood, at);
  return { head, base, branch: { kind: isAhead ? 'ahead' : 'rewritten', commit: at } };
}
