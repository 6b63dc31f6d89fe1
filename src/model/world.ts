// The world: what the coordinator decides about. Runs are facts and change by events only; the desk
// is the coordinator's own circumstances, which end with it.

import type { Seen } from './base.ts';
import type { History } from './history.ts';
import type { RunKey, TaskKey } from './key.ts';
import type { Run } from './run.ts';

/** What this coordinator was asked to do and may do; never stored. */
export interface Desk {
  /** The coordinator's epoch: the fence of every attempt it leases. */
  readonly epoch: number;
  /** Random, new for every coordinator: marks are made of it. */
  readonly seed: string;
  /** The runs it was asked to carry on; the others are left alone. */
  readonly driven: ReadonlySet<RunKey>;
  /** Runs of which a change is to be taken out, whether it carries them on or not. */
  readonly undoing?: ReadonlySet<RunKey>;
  /** Attempts at once; 0 for a holder that only decides and starts nothing. */
  readonly slots: number;
  /** How long work took in the past, as it was known when the coordinator began. */
  readonly history: History;
  /** Why there is no room for the reserve, where that is so: nothing starts and nothing goes on. */
  readonly noRoom?: string | null;
  /** What live attempts were seen to have changed so far, by task; left out: nobody has looked. */
  readonly touched?: ReadonlyMap<TaskKey, readonly string[]>;
  /** Where the branches of driven runs were seen; what was compared with another head is old. */
  readonly seen?: ReadonlyMap<RunKey, Seen>;
  /** It is on its way out: nothing new starts. */
  readonly draining: boolean;
}

/** What the coordinator decides about. */
export interface World {
  readonly runs: ReadonlyMap<RunKey, Run>;
  /** The highest run number ever given. */
  readonly lastNumber: number;
  readonly desk: Desk;
}
