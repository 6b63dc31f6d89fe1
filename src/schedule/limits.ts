// All limits together, as they stand at one moment: what is in use, and what a task that could
// otherwise start has to wait for. Everything is counted over all runs that are driven, but for the
// tasks of one run at once and the overlap of files, which are a run's own.

import type { Amounts } from '../model/budget.ts';
import type { RunKey, TaskKey } from '../model/key.ts';
import type { PlanTask } from '../model/plan.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { Subagent } from '../model/settings.ts';
import type { Because, Task } from '../model/task.ts';
import { footprintOf, footprintsOverlap } from '../plan/globs-overlap.ts';
import type { Footprint } from '../plan/globs-overlap.ts';
import { canDo } from '../plan/offers.ts';
import { Purse } from './budget.ts';
import { factsOf, startsOf } from './run-facts.ts';
import type { Announced } from './run-facts.ts';
import { nextStart } from './starts.ts';

/** Who is to do a task. */
export interface Crew {
  readonly agent: string;
  readonly runtime: string;
}

/** Who does it, or what it waits for. */
export type Room =
  | { readonly ok: true; readonly worker: string | null; readonly reserved: Amounts }
  /** `short`: it waits for nothing that ends by itself, a person has to be asked. */
  | { readonly ok: false; readonly because: Because; readonly short?: boolean };

/** Counts by name. */
type Counts = Map<string, number>;

/** What is in use, and who may still start. */
export class Limits {
  readonly now: number;
  readonly #slots: number;
  readonly #runs: readonly Run[];
  #total = 0;
  #workspaces = 0;
  readonly #ofRun: Counts = new Map();
  readonly #ofRuntime: Counts = new Map();
  readonly #ofAgent: Counts = new Map();
  readonly #ofWorker: Counts = new Map();
  readonly #purse = new Purse();
  readonly #locks = new Map<string, TaskKey>();
  readonly #announced = new Map<string, Announced>();
  /** What runs and says which files it writes, by run. */
  readonly #writing = new Map<RunKey, Task[]>();
  /** Who holds which files of a run, as far as it was asked since the last one was taken. */
  readonly #holders = new Map<string, Task | null>();
  /** When attempts of a runtime that is limited in its starts were started, as far as asked for. */
  readonly #starts = new Map<string, number[]>();
  /** When the next one may, as far as it was asked since the last one was taken. */
  readonly #nextStarts = new Map<string, number>();

  constructor(runs: readonly Run[], { slots, now }: { slots: number; now: number }) {
    this.#runs = runs;
    this.#slots = slots;
    this.now = now;
    for (const run of runs) this.#count(run);
  }

  /** Whether every slot is taken. */
  get full(): boolean {
    return this.#total >= this.#slots;
  }

  /** Whether a run may have no more of its tasks at work. */
  isFull({ key, settings }: Run): boolean {
    return (this.#ofRun.get(key) ?? 0) >= settings.maxConcurrent;
  }

  /** Tells whether there is room for a task, and what it waits for where there is none. */
  roomFor(task: Task, run: Run, crew: Crew): Room {
    const because =
      this.#byProvider(run, crew) ??
      this.#byLock(task) ??
      this.#byOverlap(task, run) ??
      this.#byWorkspace(task, run);
    if (because !== null) return { ok: false, because };
    const { requires } = task.spec;
    const { subagents } = run.settings;
    const worker =
      requires.length === 0 || subagents.length === 0
        ? null
        : this.#workerFor(requires, subagents, crew);
    if (worker === undefined) return { ok: false, because: lacking(requires, subagents) };
    const text = this.#bySlot(run, crew);
    if (text !== null) {
      return { ok: false, because: { reason: 'slot', ...(text !== '' && { text }) } };
    }
    const cover = this.#purse.cover(run, task, crew.runtime);
    if (cover.kind === 'covered') return { ok: true, worker, reserved: cover.reserved };
    const { kind, text: left } = cover;
    return { ok: false, because: { reason: 'budget', text: left }, short: kind === 'short' };
  }

  /** Takes what a task that starts now needs. */
  take(task: Task, crew: Crew, room: Extract<Room, { ok: true }>): void {
    this.#takeSlot(task.run, crew, room.worker);
    this.#purse.take(task.run, room.reserved);
    this.#hold(task);
    this.#starts.get(crew.runtime)?.push(this.now);
    this.#nextStarts.clear();
    this.#holders.clear();
  }

  // ---- what is in use ----

  #count(run: Run): void {
    const { holding, announced } = factsOf(run);
    for (const task of holding) {
      this.#hold(task);
      const attempt = task.attempts.at(-1);
      // Once handed in, its slot is free; what it holds otherwise is not.
      if (attempt === undefined || !isAtWork(task)) continue;
      this.#takeSlot(run.key, attempt, attempt.worker);
    }
    if (RUN_OVER[run.status.state]) return;
    for (const one of announced) {
      const other = this.#announced.get(one.runtime);
      if (other === undefined || one.until > other.until) this.#announced.set(one.runtime, one);
    }
  }

  #takeSlot(run: RunKey, { agent, runtime }: Crew, worker: string | null): void {
    this.#total += 1;
    increase(this.#ofRun, run);
    increase(this.#ofRuntime, runtime);
    increase(this.#ofAgent, agent);
    if (worker !== null) increase(this.#ofWorker, worker);
  }

  #hold(task: Task): void {
    const { spec, key, run, status } = task;
    // Whoever waits for a person has none any more.
    if (hasWorkspace(spec) && status.state !== 'waiting') this.#workspaces += 1;
    for (const lock of spec.locks) this.#locks.set(lock, key);
    if (spec.files.length === 0 || !hasWorkspace(spec)) return;
    const writing = this.#writing.get(run);
    if (writing === undefined) this.#writing.set(run, [task]);
    else writing.push(task);
  }

  #nextStart(runtime: string, perMinute: number): number {
    const known = this.#nextStarts.get(`${perMinute} ${runtime}`);
    if (known !== undefined) return known;
    const starts = this.#starts.get(runtime) ?? this.#runs.flatMap((run) => startsOf(run, runtime));
    this.#starts.set(runtime, starts);
    const next = nextStart(starts, perMinute);
    this.#nextStarts.set(`${perMinute} ${runtime}`, next);
    return next;
  }

  // ---- what there is no room for ----

  #byProvider(run: Run, { runtime }: Crew): Because | null {
    const told = this.#announced.get(runtime);
    if (told !== undefined) {
      const { reason, task, until } = told;
      return { reason, task: task.key, until, text: `${runtime} has announced it` };
    }
    const perMinute = run.settings.runtimes[runtime]?.startsPerMinute ?? null;
    if (perMinute === null) return null;
    const until = this.#nextStart(runtime, perMinute);
    if (until <= this.now) return null;
    return { reason: 'rate_limited', until, text: `${perMinute} starts of ${runtime} a minute` };
  }

  #byLock({ spec, key }: Task): Because | null {
    for (const lock of spec.locks) {
      const holder = this.#locks.get(lock);
      if (holder !== undefined && holder !== key) {
        return { reason: 'lock', task: holder, text: lock };
      }
    }
    return null;
  }

  #byOverlap(task: Task, { key, settings }: Run): Because | null {
    const { files } = task.spec;
    if (settings.overlap === 'warn' || files.length === 0 || !hasWorkspace(task.spec)) return null;
    const writing = this.#writing.get(key);
    if (writing === undefined) return null;
    const own = footprint(task.spec);
    const memory = `${key} ${own.name}`;
    let holder = this.#holders.get(memory);
    if (holder === undefined) {
      holder = writing.find(({ spec }) => footprintsOverlap(own, footprint(spec))) ?? null;
      this.#holders.set(memory, holder);
    }
    if (holder === null) return null;
    return { reason: 'overlap', task: holder.key, text: holder.spec.files.join(', ') };
  }

  #byWorkspace({ spec }: Task, { settings }: Run): Because | null {
    if (!hasWorkspace(spec) || this.#workspaces < settings.workspace.max) return null;
    return { reason: 'workspace', text: `${settings.workspace.max} are in use` };
  }

  /** Who can do it and has room: the one who is best at it, and of those who can do least else. */
  #workerFor(
    requires: readonly string[],
    subagents: readonly Subagent[],
    { agent }: Crew,
  ): string | undefined {
    const free = subagents.filter(
      (worker) =>
        (this.#ofWorker.get(worker.id) ?? 0) < worker.maxConcurrent && canDo(worker, requires),
    );
    const rank = ({ specialization, capabilities }: Subagent): number =>
      capabilities.length - (agent.startsWith(specialization) ? 1_000_000 : 0);
    return free.toSorted((a, b) => rank(a) - rank(b)).at(0)?.id;
  }

  /** Which slot is missing: '' = any, `null` = none. */
  #bySlot(run: Run, { agent, runtime }: Crew): string | null {
    const { runtimes, agentLimits, maxConcurrent } = run.settings;
    const most = runtimes[runtime]?.maxParallel ?? Number.POSITIVE_INFINITY;
    if ((this.#ofRuntime.get(runtime) ?? 0) >= most) return `${most} of ${runtime} at once`;
    const limit = agentLimits[agent] ?? Number.POSITIVE_INFINITY;
    if ((this.#ofAgent.get(agent) ?? 0) >= limit) return `${limit} of ${agent} at once`;
    if (this.full) return '';
    return this.isFull(run) ? `${maxConcurrent} tasks of ${run.key} at once` : null;
  }
}

function isAtWork({ status }: Task): boolean {
  return status.state === 'running' && status.phase === 'work';
}

function hasWorkspace({ workspace }: PlanTask): boolean {
  return workspace !== 'none';
}

function increase(counts: Counts, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function lacking(requires: readonly string[], subagents: readonly Subagent[]): Because {
  const able = subagents.filter((worker) => canDo(worker, requires)).map(({ id }) => id);
  const wanted = requires.join(', ');
  const text = able.length === 0 ? `nobody offers ${wanted}` : `${wanted}; ${able.join(', ')} busy`;
  return { reason: 'capability', text };
}

const footprints = new WeakMap<PlanTask, Footprint>();

function footprint(spec: PlanTask): Footprint {
  const before = footprints.get(spec);
  if (before !== undefined) return before;
  const made = footprintOf(spec.files);
  footprints.set(spec, made);
  return made;
}
