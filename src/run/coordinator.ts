// The coordinator: hears inputs, decides, writes, and only then acts. One at a time per store; it
// steps down the moment the store says that another has taken over.

import { setImmediate } from 'node:timers/promises';

import type { RunEvent } from '../model/event.ts';
import type { History } from '../model/history.ts';
import type { AttemptKey, RunKey } from '../model/key.ts';
import { runOf } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { World } from '../model/world.ts';
import type { AgentEvent } from '../ports/agent-runtime.ts';
import type { Written } from '../ports/store.ts';
import { decide } from '../schedule/decide.ts';
import type { Decision } from '../schedule/decide.ts';
import type { Effect } from '../schedule/effects.ts';
import type { Input, Report } from '../schedule/input.ts';
import { batchOf } from './batch.ts';
import type { Bench, LiveEffect } from './bench.ts';
import { keyIn } from './command-key.ts';
import { finishOthers } from './finish.ts';
import { Gatekeeper } from './gatekeeper.ts';
import { Lookout } from './lookout.ts';
import type { ForeseenHeard } from './lookout.ts';
import { isGone, isJudging, isPointless, nameOf, perform } from './perform.ts';
import type { LongEffect } from './perform.ts';
import { onlyWaitsForLeave, waitsForTime } from './quiet.ts';
import { Room, messageOf } from './room.ts';
import { WorkClock } from './work-clock.ts';
import type { Workshop } from './workshop.ts';

/** How a coordinator came to its end. */
export type CoordinatorEnd =
  /** Nothing is left that could go on by itself. */
  | { readonly kind: 'quiet' }
  /** Another coordinator has taken over. */
  | { readonly kind: 'superseded' }
  /** The store has no room left; nothing was lost, nothing more was started. */
  | { readonly kind: 'full'; readonly message: string }
  /** A bug. */
  | { readonly kind: 'broken'; readonly cause: unknown };

/** Who looks on while it works. */
export interface Onlooker {
  /** Events that are on disk, with the world they made. */
  readonly onEvents?: (events: readonly RunEvent[], world: World) => void;
  /** What an agent does, as it does it; never stored. */
  readonly onAgentEvent?: (attempt: AttemptKey, event: AgentEvent) => void;
  /** Which changes of a run would conflict, whenever that has changed; never stored. */
  readonly onForeseen?: ForeseenHeard;
}

/** What a coordinator was made with. */
export interface CoordinatorOptions {
  readonly epoch: number;
  /** Attempts at once; 0 = it only decides. */
  readonly slots: number;
  /** How long work took in the past. */
  readonly history: History;
  /** Checks and gates at once. */
  readonly checkSlots: number;
  readonly leaseMs: number;
  readonly onlooker?: Onlooker;
  /** Whether to stay although nothing goes on, because somebody may answer an ask. */
  readonly stay?: () => boolean;
}

/** What a timer waits for. */
type Alarm = Extract<Effect, { kind: 'timer' }>;

/** How often the inbox is looked into when nobody nudges. */
const POLL_MS = 1000;

/** How long a report that nothing waits for may wait for another one. */
const LATER_MS = 50;

/** Hears, decides, writes, acts. */
export class Coordinator implements Bench {
  readonly workshop: Workshop;
  readonly lookout: Lookout;
  readonly #options: CoordinatorOptions;
  readonly #ended: Promise<CoordinatorEnd>;
  #resolveEnded!: (end: CoordinatorEnd) => void;
  #world: World;
  #queue: { input: Input; done: (() => void) | null }[] = [];
  #turning: Promise<void> | null = null;
  /** Runs that were read from the store since the last decision. */
  readonly #loaded = new Map<RunKey, Run>();
  /** The last command of the inbox that was heard; they come in the order of their numbers. */
  #heardUpTo = 0;
  #reading: Promise<void> = Promise.resolve();
  readonly #live = new Map<string, LiveEffect>();
  /** What takes a timer back, with what it waits for. */
  readonly #timers = new Map<() => void, Alarm>();
  /** The moment a timer waited for, until it is decided about: the wall clock may have been set. */
  #due = 0;
  #takePollBack: () => void = () => {};
  #takeBeatBack: () => void = () => {};
  readonly #gatekeeper: Gatekeeper;
  readonly #work: WorkClock;
  readonly #room: Room;
  #announced: Promise<void> | null = null;
  #mayLeave = false;
  #leaving = false;
  /** Interrupted: what is not judged yet is judged by the next coordinator. */
  #interrupted = false;
  #over = false;

  constructor(workshop: Workshop, options: CoordinatorOptions, lastNumber: number) {
    this.workshop = workshop;
    this.#options = options;
    this.#gatekeeper = new Gatekeeper(options.checkSlots, workshop.store);
    this.#work = new WorkClock(workshop.clock);
    this.#room = new Room(workshop.reserve);
    this.lookout = new Lookout(workshop, options.onlooker?.onForeseen);
    this.#world = {
      runs: new Map(),
      lastNumber,
      desk: {
        epoch: options.epoch,
        seed: workshop.randomId(),
        driven: new Set(),
        slots: options.slots,
        history: options.history,
        draining: false,
      },
    };
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#beatLater();
    this.#pollLater();
    if (options.slots > 0) this.#watch('tidy', { done: this.#tidy(), stop: () => {} });
  }

  get world(): World {
    return this.#world;
  }

  get epoch(): number {
    return this.#options.epoch;
  }

  /** Resolves when it is over; everything it started is stopped by then. Never rejects. */
  get ended(): Promise<CoordinatorEnd> {
    return this.#ended;
  }

  /** Takes a run on. */
  async drive(run: RunKey): Promise<void> {
    await this.#load(run);
    await this.hear({ type: 'command', id: null, command: { type: 'drive', run } });
  }

  /** Looks into the inbox and hears what is new there. */
  async readInbox(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read());
    await this.#reading;
    await this.#turning;
  }

  /** One reader at a time, so that no command is heard twice. */
  async #read(): Promise<void> {
    if (this.#over) return;
    try {
      for (const { id, command } of await this.workshop.store.pending()) {
        if (id <= this.#heardUpTo) continue;
        this.#heardUpTo = id;
        const key = keyIn(command);
        if (key !== null) await this.#load(runOf(key));
        void this.hear({ type: 'command', id, command });
      }
    } catch (cause) {
      this.#end({ kind: 'broken', cause });
    }
  }

  /**
   * Hears an input; what is heard at the same time is decided together.
   *
   * @returns Resolves when what follows is on disk, or when the coordinator is over.
   */
  hear(input: Input): Promise<void> {
    if (this.#over) return Promise.resolve();
    return new Promise((resolve) => {
      this.#queue.push({ input, done: resolve });
      this.#turning ??= this.#turn();
    });
  }

  /** Reports about an attempt. */
  report(report: Report): Promise<void> {
    return this.hear({ type: 'report', report: this.#redacted(report) });
  }

  /** Reports what nothing waits for; so what is soon over costs one transaction less. */
  reportLater(report: Report): void {
    if (this.#over) return;
    this.#queue.push({ input: { type: 'report', report: this.#redacted(report) }, done: null });
    if (this.#queue.length > 1) return;
    this.workshop.clock.after(LATER_MS, () => {
      if (this.#queue.length > 0 && !this.#over) this.#turning ??= this.#turn();
    });
  }

  /** What agents and commands said may hold secrets: nothing is decided, or written, with them. */
  #redacted(report: Report): Report {
    return this.workshop.secrets.redactAll(report);
  }

  /** The disk is full where a run works. */
  noRoom(run: RunKey, message: string): Promise<void> {
    return this.hear({ type: 'no-room', run, message });
  }

  /** What an agent does reaches the onlooker, nothing else. */
  agentEvent(attempt: AttemptKey, event: AgentEvent): void {
    this.#options.onlooker?.onAgentEvent?.(attempt, event);
  }

  /** Whether this is still the coordinator, by the store's word. */
  async holdsLease(): Promise<boolean> {
    if (this.#over) return false;
    const row = await this.workshop.store.lease();
    return row.epoch === this.epoch && row.holder !== null;
  }

  /** Starts nothing more; `now` also stops what is alive, its work kept. */
  async drain(now: boolean): Promise<void> {
    if (now) {
      this.#interrupted = true;
      for (const { key, live } of this.#judging()) this.#stopEffect(key, live);
      for (const [key, live] of this.#live) if (key.startsWith('finish:')) live.stop();
    }
    await this.hear({ type: 'drain', now });
    this.#checkQuiet();
  }

  /**
   * From now on it gives the lease back as soon as nothing is going on. Not before, for it is quiet
   * too between one run that it is asked to take on and the next.
   */
  leaveWhenQuiet(): void {
    this.#mayLeave = true;
    this.#checkQuiet();
  }

  /** The second Ctrl-C: whatever is still being stopped is ended at once. */
  hurry(): void {
    for (const live of this.#live.values()) live.stop();
  }

  // ---- turning ----

  async #turn(): Promise<void> {
    // What arrives in the same tick is decided, and synced to disk, together.
    await setImmediate();
    while (this.#queue.length > 0 && !this.#over) {
      const heard = this.#queue.splice(0);
      try {
        await this.#decide(heard.map(({ input }) => input));
      } catch (cause) {
        this.#end({ kind: 'broken', cause });
      }
      for (const { done } of heard) done?.();
    }
    this.#turning = null;
    this.#checkQuiet();
  }

  async #decide(inputs: readonly Input[]): Promise<void> {
    await this.#room.look(inputs);
    const runs = new Map([...this.#loaded, ...this.#world.runs]);
    this.#loaded.clear();
    const heard = [...this.#work.measure({ ...this.#world, runs }, inputs), ...inputs];
    const now = Math.max(this.workshop.clock.now(), this.#due);
    this.#due = 0;
    const attempt = async (): Promise<{ decision: Decision; written: Written }> => {
      const desk = this.lookout.tell({ ...this.#world.desk, noRoom: this.#room.lacking });
      const before = { ...this.#world, runs, desk };
      const decided = decide(before, heard, now);
      return { decision: decided, written: await this.#write(before, decided) };
    };
    let { decision, written } = await attempt();
    if (written.kind === 'full') {
      // What was heard is not lost, but nothing starts: the reserve is there to write both down.
      await this.#room.giveUp(written.message);
      ({ decision, written } = await attempt());
    }
    if (written.kind !== 'written') {
      this.#end(written);
      return;
    }
    this.#world = decision.world;
    this.#dropOver(decision.events);
    if (decision.events.length > 0) {
      this.#options.onlooker?.onEvents?.(decision.events, decision.world);
    }
    for (const effect of decision.effects) this.#act(effect);
  }

  async #write(before: World, decision: Decision): Promise<Written> {
    if (decision.events.length === 0 && decision.answers.length === 0) return { kind: 'written' };
    return this.workshop.store.write(batchOf(before, decision));
  }

  /** What is judged for nothing stops. */
  #dropOver(events: readonly RunEvent[]): void {
    for (const [key, live] of this.#live) {
      const isOver = events.some((happened) => isPointless(key, happened));
      if (isOver || isGone(key, this.#world)) this.#stopEffect(key, live);
    }
  }

  // ---- acting ----

  #act(effect: Effect): void {
    if (this.#over) return;
    switch (effect.kind) {
      case 'timer':
        this.#wakeAt(effect);
        return;
      case 'stop':
        this.#live.get(`start:${effect.attempt}`)?.stop();
        return;
      case 'answer':
        this.#live.get(`start:${effect.attempt}`)?.answer?.(effect.ask, effect.allow);
        return;
      default: {
        if (this.#interrupted && isJudging(effect.kind)) return;
        const key = nameOf(effect);
        if (!this.#live.has(key)) this.#watch(key, this.#perform(effect));
      }
    }
  }

  /** Refs move only for the coordinator whose epoch they name: it is announced before anything. */
  #perform(effect: LongEffect): LiveEffect {
    let live: LiveEffect | null = null;
    let stops = 0;
    const done = this.#announce().then(() => {
      live = perform(this, effect, this.#gatekeeper);
      for (; stops > 0; stops -= 1) live.stop();
      return live.done;
    });
    const stop = (): void => {
      if (live === null) stops += 1;
      else live.stop();
    };
    return { done, stop, answer: (ask, allow) => live?.answer?.(ask, allow) };
  }

  #announce(): Promise<void> {
    this.#announced ??= this.workshop.repository.setEpoch(this.epoch);
    return this.#announced;
  }

  /** What an earlier coordinator has left of runs that are over; what cannot go now goes later. */
  async #tidy(): Promise<void> {
    this.#announced = this.#announce().then(() => finishOthers(this).catch(() => undefined));
    await this.#announced;
    await this.workshop.workspaces.emptyTrash().catch(() => undefined);
  }

  #watch(key: string, live: LiveEffect): void {
    this.#live.set(key, live);
    void live.done
      .catch((cause: unknown) => this.#failed(cause))
      .then(() => this.#forget(key, live));
  }

  /**
   * An effect could not be performed. For want of room that is nobody's failure: the runs pause, what
   * is alive is kept, and whoever resumes them derives the effect again.
   */
  async #failed(cause: unknown): Promise<void> {
    if (this.#over) return;
    if (await this.#room.isWhy(cause)) {
      await this.#room.giveUp(messageOf(cause));
      await this.drain(true);
    } else this.#end({ kind: 'broken', cause });
  }

  #forget(key: string, live: LiveEffect): void {
    if (this.#live.get(key) === live) this.#live.delete(key);
    this.#checkQuiet();
  }

  #stopEffect(key: string, live: LiveEffect): void {
    live.stop();
    this.#live.delete(key);
  }

  #judging(): { key: string; live: LiveEffect }[] {
    return [...this.#live]
      .filter(([key]) => isJudging(key.replace(/:.*$/u, '')))
      .map(([key, live]) => ({ key, live }));
  }

  #wakeAt(alarm: Alarm): void {
    const { at, ms, wait } = alarm;
    const isSet = [...this.#timers.values()].some((one) => one.at === at && one.wait === wait);
    if (isSet) return;
    // The wall clock may have been set back since the wait began: it is never longer than it was.
    const delay = Math.min(Math.max(0, at - this.workshop.clock.now()), ms);
    const takeBack = this.workshop.clock.after(delay, () => this.#wake(takeBack, alarm));
    this.#timers.set(takeBack, alarm);
  }

  #wake(takeBack: () => void, { at, wait }: Alarm): void {
    this.#timers.delete(takeBack);
    if (wait === undefined) {
      this.#due = Math.max(this.#due, at);
      void this.hear({ type: 'woken' });
    } else void this.hear({ type: 'due', task: wait.task, at });
  }

  /**
   * Timers stand still while the machine sleeps, the wall clock does not; and it may be set. That
   * ends what waits for a moment that was announced, but never a pause of our own.
   */
  #wakeOverslept(): void {
    const now = this.workshop.clock.now();
    for (const [takeBack, alarm] of this.#timers) {
      if (alarm.at > now || alarm.wait?.announced === false) continue;
      takeBack();
      this.#wake(takeBack, alarm);
    }
  }

  // ---- lease and inbox ----

  #beatLater(): void {
    this.#takeBeatBack = this.workshop.clock.after(this.#options.leaseMs / 3, () => {
      void this.#beat();
    });
  }

  async #beat(): Promise<void> {
    if (this.#over) return;
    try {
      if (!(await this.workshop.store.beat(this.epoch))) {
        this.#end({ kind: 'superseded' });
        return;
      }
    } catch {
      // No room, or the store is busy: nothing is started without a written transition anyway.
    }
    if (!this.#over) this.#beatLater();
  }

  #pollLater(): void {
    this.#takePollBack = this.workshop.clock.after(POLL_MS, () => {
      this.#wakeOverslept();
      this.lookout.poll(this.#world, (input) => this.hear(input));
      if (this.#work.isDue(this.#world)) void this.hear({ type: 'woken' });
      void this.readInbox().finally(() => {
        if (!this.#over) this.#pollLater();
      });
    });
  }

  async #load(key: RunKey): Promise<void> {
    if (this.#world.runs.has(key)) return;
    const run = await this.workshop.store.run(key);
    // Not into the world at once: a decision may be on its way to the disk.
    if (run !== null) this.#loaded.set(key, run);
  }

  // ---- the end ----

  /** Nothing is alive, nothing waits for time, and nobody is there who could answer. */
  #checkQuiet(): void {
    if (!this.#mayLeave || this.#over || this.#leaving || this.#turning !== null) return;
    if (this.#live.size > 0) return this.#checkStuck();
    if (this.#queue.length > 0) {
      // Nothing else comes that it could wait for.
      this.#turning = this.#turn();
      return;
    }
    if (!this.#world.desk.draining && this.#options.slots > 0) {
      if (this.#timers.size > 0 && waitsForTime(this.#world)) return;
      if (this.#options.stay?.() === true) return;
    }
    this.#leaving = true;
    void this.#leave().finally(() => {
      this.#leaving = false;
      this.#checkQuiet();
    });
  }

  #checkStuck(): void {
    const isStuck = onlyWaitsForLeave(this.#world, this.#live.keys());
    if (isStuck && this.#options.stay?.() !== true) void this.hear({ type: 'nobody-there' });
  }

  async #leave(): Promise<void> {
    try {
      const released = await this.workshop.store.release(this.epoch);
      if (released === 'inbox') await this.readInbox();
      else this.#end({ kind: released === 'released' ? 'quiet' : 'superseded' });
    } catch (cause) {
      // The row goes on naming us; whoever comes next sees that we are dead.
      const full = await this.#room.isWhy(cause);
      this.#end(full ? { kind: 'full', message: messageOf(cause) } : { kind: 'broken', cause });
    }
  }

  #end(end: CoordinatorEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#takePollBack();
    this.#takeBeatBack();
    for (const takeBack of this.#timers.keys()) takeBack();
    for (const { done } of this.#queue.splice(0)) done?.();
    this.hurry();
    void Promise.allSettled([...this.#live.values()].map(({ done }) => done))
      .then(() => Promise.all([this.workshop.workspaces.rest(), this.lookout.end()]))
      .finally(() => this.#resolveEnded(end));
  }
}
