// Looks ahead for the coordinator while agents are at work: what they have changed so far, and what
// conflicts with what. It costs little and is never in the way: it is bounded in time, waits ten times
// as long as a look took, and what cannot be seen now is seen later.

import type { Foreseen } from '../model/foreseen.ts';
import type { RunKey, TaskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Desk, World } from '../model/world.ts';
import type { Input } from '../schedule/input.ts';
import { Branches } from './branches.ts';
import { Foresight } from './foresee.ts';
import type { Outlook } from './foresee.ts';
import { foreseenDocument, writeForeseen } from './foreseen-file.ts';
import type { Workshop } from './workshop.ts';

/** Paths by task. */
type Touched = ReadonlyMap<TaskKey, readonly string[]>;

/** Hears what is ahead of a run, whenever that has changed. */
export type ForeseenHeard = (run: RunKey, conflicts: readonly Foreseen[]) => void;

const SHORTEST_WAIT_MS = 5000;
const WAIT_FACTOR = 10;
/** Of merging; looking itself takes as long as git needs to find what has changed. */
const LONGEST_MS = 2000;
const NOTHING: Touched = new Map();

/** Looks ahead. */
export class Lookout {
  readonly #clock: Workshop['clock'];
  readonly #foresight: Foresight;
  readonly #branches: Branches;
  #next: number;
  #looking: Promise<void> = Promise.resolve();
  #busy = false;
  #outlooks: ReadonlyMap<RunKey, Outlook> = new Map();
  #touched: Touched = NOTHING;
  readonly #files: Workshop['files'];
  readonly #tell: ForeseenHeard;
  /** What the file of each run says. */
  readonly #written = new Map<RunKey, string>();

  constructor(
    workshop: Pick<Workshop, 'clock' | 'files' | 'repository' | 'workspaces'>,
    tell: ForeseenHeard = () => {},
  ) {
    this.#clock = workshop.clock;
    this.#files = workshop.files;
    this.#tell = tell;
    this.#foresight = new Foresight(workshop);
    this.#branches = new Branches(workshop);
    this.#next = this.#clock.monotonic() + SHORTEST_WAIT_MS;
  }

  /** Tells whoever decides what live attempts had changed at the last look. */
  tell(desk: Desk): Desk {
    return this.#touched === desk.touched ? desk : { ...desk, touched: this.#touched };
  }

  /** Looks again, if it is time to; where branches are is told. */
  poll(world: World, tell: (input: Input) => Promise<void>): void {
    this.#branches.poll(world, tell);
    if (this.#busy || this.#clock.monotonic() < this.#next) return;
    const runs = [...world.desk.driven]
      .flatMap((key) => world.runs.get(key) ?? [])
      .filter((run) => isWorthIt(run));
    if (runs.length > 0) void this.#look(runs);
    else this.#forget();
  }

  /** Looks at a run now, for whoever begins in it. */
  async now(run: Run): Promise<Touched> {
    if (isWorthIt(run)) await this.#look([run]);
    return this.#touched;
  }

  /** It is over. */
  async end(): Promise<void> {
    await Promise.all([this.#looking, this.#branches.end()]);
    await this.#foresight.end().catch(() => undefined);
  }

  #forget(): void {
    this.#outlooks = new Map();
    this.#touched = NOTHING;
  }

  /** One look at a time. */
  #look(runs: readonly Run[]): Promise<void> {
    this.#busy = true;
    // What git or the disk refuses is no reason to stop: nobody depends on it.
    this.#looking = this.#looking.then(() => this.#see(runs)).catch(() => undefined);
    return this.#looking;
  }

  async #see(runs: readonly Run[]): Promise<void> {
    const began = this.#clock.monotonic();
    try {
      const seen = new Map(this.#outlooks);
      for (const run of runs) seen.set(run.key, await this.#foresight.look(run, LONGEST_MS));
      this.#outlooks = seen;
      this.#touched = new Map([...seen.values()].flatMap(({ touched }) => Array.from(touched)));
      for (const { key } of runs) await this.#publish(seen.get(key));
    } finally {
      const took = this.#clock.monotonic() - began;
      this.#next = this.#clock.monotonic() + Math.max(SHORTEST_WAIT_MS, WAIT_FACTOR * took);
      this.#busy = false;
    }
  }

  /** For other processes, and for whoever looks on here; nothing is written where nothing was seen. */
  async #publish(outlook: Outlook | undefined): Promise<void> {
    if (outlook === undefined) return;
    const { run, conflicts, touched } = outlook;
    const text = foreseenDocument(outlook);
    const before = this.#written.get(run);
    if (text === before) return;
    if (before === undefined && conflicts.length === 0 && touched.size === 0) return;
    this.#written.set(run, text);
    this.#tell(run, conflicts);
    await writeForeseen(this.#files, run, text);
  }
}

/** Somebody is at work in a workspace there, and something else is done, under way or to come. */
function isWorthIt({ tasks, status }: Run): boolean {
  if (status.state !== 'running' || tasks.length < 2) return false;
  return tasks.some((task) => task.status.state === 'running' && task.spec.workspace !== 'none');
}
