// A world without an outside: decisions are made by the real core and written by the real batch,
// what follows from them is played by hand, one step at a time. It breaks when something is true
// that must never be (simulation/watch.ts).

import { blockedOn } from '../src/model/attempt.ts';
import type { AddRun, Command } from '../src/model/command.ts';
import type { RunEvent } from '../src/model/event.ts';
import { NO_HISTORY } from '../src/model/history.ts';
import { runOf, taskNumber } from '../src/model/key.ts';
import type { AttemptKey, RunKey } from '../src/model/key.ts';
import type { PlanTask } from '../src/model/plan.ts';
import { RUN_OVER } from '../src/model/run.ts';
import type { Run } from '../src/model/run.ts';
import type { Publication, Task } from '../src/model/task.ts';
import type { World } from '../src/model/world.ts';
import { batchOf } from '../src/run/batch.ts';
import { apply } from '../src/schedule/apply.ts';
import { lookStep, updateStep } from '../src/schedule/base-due.ts';
import { decide } from '../src/schedule/decide.ts';
import type { Decision } from '../src/schedule/decide.ts';
import { effectsOf } from '../src/schedule/effects.ts';
import type { Effect } from '../src/schedule/effects.ts';
import type { Input, NotPublished, Report, UndoTold, UpdateTold } from '../src/schedule/input.ts';
import { lastPermission } from '../src/schedule/permission.ts';
import { isAtWork } from '../src/schedule/work-time.ts';
import { forgotten } from './simulation/forgotten.ts';
import { Outside, summaryBy, summaryFor, usesSoFar } from './simulation/outside.ts';
import type { Doing, Outcome, Said } from './simulation/outside.ts';
import { SimulatedStore } from './simulation/store.ts';
import { Watch, nameOf } from './simulation/watch.ts';

export type { Outcome };

/** The core that is tried: the real one, or one with a bug in it. */
export interface Core {
  readonly apply: typeof apply;
  readonly batchOf: typeof batchOf;
  readonly decide: typeof decide;
  readonly effectsOf: typeof effectsOf;
  readonly SimulatedStore: typeof SimulatedStore;
}

const REAL: Core = { apply, batchOf, decide, effectsOf, SimulatedStore };

type Alarm = Extract<Effect, { kind: 'timer' }>;

/** A coordinator: what it knows, what it is doing, and when it wants to be woken. */
interface Chair {
  world: World;
  doing: Doing[];
  /** With the moment on the monotonic clock when it is woken. */
  timers: { readonly alarm: Alarm; readonly due: number }[];
  /** The moment a timer waited for, until it is decided about. */
  due: number;
  heardUpTo: number;
  over: boolean;
}

/** What a simulated world is made with. */
interface Options {
  /** Nobody looks at branches but when told to. */
  readonly lazy?: boolean;
  readonly core?: Core;
  readonly watch?: Watch;
}

/** How everything goes on: what of it is next, and how that goes. */
interface Course {
  readonly next: (doing: readonly Doing[]) => Doing | undefined;
  readonly outcome: () => Outcome;
}

const WELL: Course = { next: ([first]) => first, outcome: () => 'well' };

/** The core with an outside that is played by hand. */
export class SimulatedWorld {
  /** The wall clock. */
  now: number = 1_000_000;
  /** Attempts that hold a slot of the present coordinator, or did of an earlier one. */
  readonly alive: Set<AttemptKey> = new Set();
  readonly reports: Report[] = [];
  readonly finished: RunKey[] = [];
  readonly store: SimulatedStore;
  /** Coordinators that sleep, were taken over and do not know it. */
  stale: Chair[] = [];
  readonly #outside = new Outside();
  readonly #slots: number;
  readonly #core: Core;
  readonly #watch: Watch;
  #chair: Chair;
  #monotonic = 0;

  readonly #lazy: boolean;

  constructor(slots = 4, { core = REAL, watch = new Watch(), lazy = false }: Options = {}) {
    this.#lazy = lazy;
    this.#slots = slots;
    this.#core = core;
    this.store = new core.SimulatedStore();
    this.#watch = watch;
    watch.outside = this.#outside;
    this.#chair = this.#newChair({ runs: new Map(), lastNumber: 0 });
  }

  get world(): World {
    return this.#chair.world;
  }

  get log(): readonly RunEvent[] {
    return this.store.log;
  }

  get doing(): readonly Doing[] {
    return this.#chair.doing;
  }

  set doing(doing: readonly Doing[]) {
    this.#chair.doing = [...doing];
  }

  get timers(): readonly number[] {
    return this.#chair.timers.map(({ alarm }) => alarm.at);
  }

  get refs(): Map<string, string> {
    return this.#outside.branches.heads;
  }

  get branches(): Outside['branches'] {
    return this.#outside.branches;
  }

  set planned(tasks: readonly PlanTask[]) {
    this.#outside.planned = tasks;
  }

  set quarrels(quarrels: boolean) {
    this.#outside.quarrels = quarrels;
  }

  run(key: RunKey): Run {
    const run = this.world.runs.get(key);
    if (run === undefined) throw new RangeError(`no run ${key}`);
    return run;
  }

  task(key: string): Task {
    return taskOfWorld(this.world, key);
  }

  /** Hears inputs together, checks what must always hold, and takes up what has to be done. */
  hear(...inputs: readonly Input[]): Decision {
    return this.#hear(this.#chair, inputs);
  }

  command(command: Command): Decision {
    return this.commands(command);
  }

  /** Puts commands into the inbox, which are then heard together. */
  commands(...commands: readonly Command[]): Decision {
    for (const command of commands) this.store.submit(command);
    return this.#readInbox();
  }

  drive(run: RunKey): Decision {
    return this.command({ type: 'drive', run });
  }

  /** Lets the time pass on both clocks; who wanted to be woken by then is. */
  pass(ms: number): void {
    this.now += ms;
    this.#monotonic += ms;
    const { runs, desk } = this.world;
    const atWork = [...runs.values()].filter(
      (run) => desk.driven.has(run.key) && isAtWork(run, desk.epoch),
    );
    if (atWork.length > 0) {
      this.hear(...atWork.map(({ key }): Input => ({ type: 'worked', run: key, ms })));
    }
    this.#wake(({ due }) => due <= this.#monotonic);
  }

  /** Somebody sets the wall clock. */
  setClock(now: number): void {
    this.now = now;
    // A poll finds that it has overslept, and what was announced; nothing else ends before its time.
    this.#wake(({ alarm }) => alarm.at <= now && alarm.wait?.announced !== false);
  }

  /** Lets something that is being done go on. */
  goOn(doing: Doing, outcome: Outcome): void {
    this.#goOn(this.#chair, doing, outcome);
  }

  /** Lets one thing that is being done, such as `start SHOP-1.1#1`, go on to its end. */
  play(what: string, outcome: Outcome = 'well'): void {
    const doing = this.doing[this.doings.indexOf(what)];
    if (doing === undefined) throw new RangeError(`${what} is not among ${this.doings.join(', ')}`);
    while (this.doing.includes(doing)) this.goOn(doing, outcome);
  }

  /** Adds a run and takes it on. */
  begin(run: AddRun): RunKey {
    this.command(run);
    const key = `${run.projectKey}-${this.world.lastNumber}`;
    this.drive(key);
    return key;
  }

  /** The states of a run's tasks, in the order of their numbers. */
  states(run: RunKey = 'SHOP-1'): string[] {
    return this.run(run).tasks.map(({ status }) => status.state);
  }

  report(report: Report): Decision {
    return this.#report(this.#chair, report);
  }

  /** Lets everything go on, well unless told otherwise, until nothing is being done and nobody wants to be woken. */
  settle({ next, outcome }: Course = WELL): void {
    for (let steps = 0; steps < 20_000; steps += 1) {
      const doing = next(this.doing.filter((one) => !this.#waitsForLeave(one)));
      if (doing !== undefined) this.goOn(doing, outcome());
      else if (this.#chair.timers.length > 0) {
        const due = Math.min(...this.#chair.timers.map((timer) => timer.due));
        this.pass(Math.max(0, due - this.#monotonic));
      } else if (this.doing.length > 0) this.hear({ type: 'nobody-there' });
      else {
        this.poll();
        if (this.doing.length === 0) return;
      }
    }
    this.#watch.insist('ends', false, () => 'it never settles');
  }

  /** Looks where the branches of runs that go on are, as it is done from time to time. */
  poll(): void {
    for (const key of this.world.desk.driven) {
      const run = this.world.runs.get(key);
      if (run?.status.state !== 'running') continue;
      this.hear({ type: 'looked', run: key, seen: this.#outside.branches.look(run) });
    }
  }

  #waitsForLeave({ effect, stopping }: Doing): boolean {
    if (effect.kind !== 'start' || stopping) return false;
    const attempt = latest(this.world, effect.attempt);
    return attempt?.key === effect.attempt && blockedOn(attempt) !== null;
  }

  /** The coordinator dies, processes stay; another one takes over from what is on disk. */
  crash(driven: Iterable<RunKey> = this.world.desk.driven): void {
    for (const [key, state] of this.#outside.processes) {
      // At the gate, the end of the pipe ends it.
      if (state === 'held') this.#outside.processes.set(key, 'torn-down');
    }
    this.#takeOver(driven);
  }

  /** The coordinator is stopped for so long that another one takes over; it can be woken. */
  suspend(): void {
    const { driven } = this.world.desk;
    this.stale.push(this.#chair);
    this.#takeOver(driven);
  }

  /** A coordinator that was taken over wakes and goes on as if nothing had happened. */
  wake(pick: number, outcome: Outcome): void {
    const chair = this.stale[pick % Math.max(1, this.stale.length)];
    if (chair === undefined) return;
    const doing = chair.doing[pick % Math.max(1, chair.doing.length)];
    if (doing === undefined) {
      this.#hear(chair, [{ type: 'tick' }]);
      // Its next beat says so.
      chair.over = true;
    } else this.#goOn(chair, doing, outcome);
    this.stale = this.stale.filter(({ over }) => !over);
  }

  /** What the whole log and the rows tell must be the same. */
  checkLog(): void {
    let world: World = { ...this.world, runs: new Map() };
    for (const happened of this.store.log) world = this.#core.apply(world, happened);
    this.#watch.same(world.runs, this.store.runs(), 'the log tells otherwise than the rows');
  }

  /** What is being done outside, by kind and attempt or run. */
  get doings(): string[] {
    return this.doing.map(({ effect }) => nameOf(effect));
  }

  // ---- coordinators ----

  #newChair(known: Pick<World, 'runs' | 'lastNumber'>): Chair {
    const epoch = this.store.take();
    const seed = `s${epoch}`;
    const driven = new Set<RunKey>();
    const facts = { epoch, seed, driven, slots: this.#slots, history: NO_HISTORY };
    const world = { ...known, desk: { ...facts, draining: false } };
    return { world, doing: [], timers: [], due: 0, heardUpTo: 0, over: false };
  }

  #takeOver(driven: Iterable<RunKey>): void {
    const { lastNumber } = this.world;
    const runs = this.store.runs();
    this.#watch.same(this.world.runs, runs, 'the rows tell otherwise');
    this.#chair = this.#newChair({ runs, lastNumber });
    const drives = [...driven].map((run): Input => {
      const command = { type: 'drive', run } as const;
      return { type: 'command', id: null, command };
    });
    const { effects, world } = this.hear(...drives);
    const derived = this.#core.effectsOf(null, world, this.now);
    this.#watch.same(effects, derived, 'nothing derives other effects');
    if (this.store.pending.length > 0) this.#readInbox();
  }

  #readInbox(): Decision {
    const chair = this.#chair;
    const inputs = this.store.pending
      .filter(({ id }) => id > chair.heardUpTo)
      .map(({ id, command }): Input => ({ type: 'command', id, command }));
    chair.heardUpTo = this.store.pending.at(-1)?.id ?? chair.heardUpTo;
    return this.#hear(chair, inputs);
  }

  #hear(chair: Chair, inputs: readonly Input[]): Decision {
    const before = chair.world;
    const now = Math.max(this.now, chair.due);
    chair.due = 0;
    const decision = this.#core.decide(before, inputs, now);
    if (decision.events.length > 0 || decision.answers.length > 0) {
      const isStale = chair !== this.#chair;
      const written = this.store.write(this.#core.batchOf(before, decision));
      this.#watch.insist('fence', !(isStale && written.kind === 'written'), () => 'a stale write');
      if (written.kind !== 'written') {
        chair.over = true;
        if (written.kind === 'full') {
          this.store.full = false;
          this.crash();
        }
        return { ...decision, events: [], effects: [], answers: [] };
      }
    }
    if (chair === this.#chair) this.#check(before, inputs, decision, now);
    chair.world = decision.world;
    for (const effect of decision.effects) this.#take(chair, effect);
    if (!this.#lazy) this.#lookAtOnce(chair);
    if (chair === this.#chair) {
      const waited = new Set(chair.timers.map(({ alarm }) => alarm.wait?.task));
      this.#watch.attended(chair.world, chair.doing, waited);
      if (!waited.has(undefined)) this.#watch.retried(chair.world, now);
    }
    return decision;
  }

  #lookAtOnce(chair: Chair): void {
    for (const doing of chair.doing) {
      if (doing.effect.kind === 'look') this.#look(chair, doing);
    }
  }

  /** Somebody looks where the branches of a run are, until that is known. */
  #look(chair: Chair, doing: Doing): void {
    const run = doing.effect.kind === 'look' ? chair.world.runs.get(doing.effect.run) : undefined;
    const isOpen = run !== undefined && lookStep(run, chair.world.desk) !== null;
    if (!isOpen) {
      drop(chair, doing);
      return;
    }
    const seen = this.#outside.branches.look(run);
    drop(chair, doing);
    this.#hear(chair, [{ type: 'looked', run: run.key, seen }]);
  }

  /** What must hold of a decision that is on disk. */
  #check(before: World, inputs: readonly Input[], decision: Decision, now: number): void {
    let world = before;
    for (const input of inputs) {
      const command = input.type === 'command' ? input.command : null;
      if (command?.type === 'run-stage') this.#watch.runsStage(command.run);
      if (input.type === 'looked') {
        const isNow = before.runs.get(input.run)?.head === input.seen.head;
        if (isNow) this.#watch.looked(input.run, input.seen);
      }
    }
    for (const happened of decision.events) {
      this.#watch.happens(world.runs.get(happened.run), happened, before.desk.epoch);
      world = this.#core.apply(world, happened);
    }
    this.#watch.same(world.runs, decision.world.runs, 'the events give another world');
    this.#watch.settled(decision.world, now);
    const again = this.#core.decide(forgotten(before), inputs, now).events;
    this.#watch.same(again, decision.events, 'what is remembered decides');
    const more = this.#core.decide(forgotten(decision.world), [], now).events;
    this.#watch.insist('idle', more.length === 0, () => `${more[0]?.event.type} follows`);
    const [only, ...others] = inputs;
    if (only?.type !== 'command' || only.id === null || others.length > 0) return;
    const [answer] = decision.answers;
    this.#watch.insist('acknowledged', answer?.id === only.id, () => 'nobody is answered');
    if (answer !== undefined) {
      this.#watch.acknowledged(only.command, answer.answer, decision.world);
    }
  }

  #take(chair: Chair, effect: Effect): void {
    if (effect.kind === 'timer') {
      const { at, wait } = effect;
      const known = chair.timers.some(({ alarm }) => alarm.at === at && alarm.wait === wait);
      if (known) return;
      const delay = Math.min(Math.max(0, at - this.now), effect.ms);
      chair.timers.push({ alarm: effect, due: this.#monotonic + delay });
      return;
    }
    if (effect.kind === 'stop') {
      for (const doing of chair.doing) {
        const of = 'attempt' in doing.effect ? doing.effect.attempt : null;
        if (of === effect.attempt) doing.stopping = true;
      }
      return;
    }
    // Agents of this world ask for nothing.
    if (effect.kind === 'answer') return;
    if (effect.kind === 'start') this.alive.add(effect.attempt);
    if (effect.kind !== 'start' && chair.doing.some((one) => isSame(one.effect, effect))) return;
    chair.doing.push({ effect, steps: 0, stopping: false });
  }

  /** Wakes the coordinator as it wanted, in the way the real one does. */
  #wake(isDue: (timer: Chair['timers'][number]) => boolean): void {
    const chair = this.#chair;
    const due = chair.timers.filter((timer) => isDue(timer));
    if (due.length === 0) return;
    chair.timers = chair.timers.filter((timer) => !due.includes(timer));
    const inputs = due.map(({ alarm: { at, wait } }): Input => {
      if (wait !== undefined) return { type: 'due', task: wait.task, at };
      chair.due = Math.max(chair.due, at);
      return { type: 'woken' };
    });
    this.#hear(chair, inputs);
  }

  // ---- outside ----

  #goOn(chair: Chair, doing: Doing, outcome: Outcome): void {
    const { effect } = doing;
    // Refs move for nobody older than the latest one that did anything at all.
    this.#outside.epoch = Math.max(this.#outside.epoch, chair.world.desk.epoch);
    if (effect.kind === 'finish') {
      this.#finish(chair, doing, outcome);
      return;
    }
    if (effect.kind === 'undo' || effect.kind === 'publish-undo') {
      this.#goOnUndoing(chair, doing, outcome);
      return;
    }
    if (effect.kind === 'look') {
      this.#look(chair, doing);
      return;
    }
    if (effect.kind === 'update' || effect.kind === 'publish-update') {
      this.#goOnUpdating(chair, doing, outcome);
      return;
    }
    const said = this.#saysNext(chair, doing, outcome);
    doing.steps += 1;
    if (said === null) return;
    const attempt = latest(chair.world, effect.attempt);
    // An attempt of which there is a newer one has nobody who would listen.
    if (attempt?.key !== effect.attempt) return;
    this.#report(chair, { ...said, attempt: effect.attempt, fence: attempt.fence });
  }

  /** A run is over: a model sums it up where that is worth it. */
  #finish(chair: Chair, doing: Doing, outcome: Outcome): void {
    const { effect, asked } = doing;
    const run = effect.kind === 'finish' ? chair.world.runs.get(effect.run) : undefined;
    const wish = asked === undefined && run !== undefined ? summaryFor(run) : null;
    if (wish !== null) {
      const { events } = this.#hear(chair, [{ type: 'summary', event: wish }]);
      doing.asked = wish.attempt;
      // Somebody has taken it up again, or the coordinator with it.
      if (events.length > 0) return;
    }
    drop(chair, doing);
    if (run !== undefined) this.finished.push(run.key);
    if (asked === undefined) return;
    this.#hear(chair, [{ type: 'summary', event: summaryBy(asked, outcome) }]);
  }

  /** A revert is judged, or the branch moves to it. */
  #goOnUndoing(chair: Chair, doing: Doing, outcome: Outcome): void {
    const { effect } = doing;
    if (effect.kind !== 'undo' && effect.kind !== 'publish-undo') return;
    const run = chair.world.runs.get(effect.run);
    const { undo = null } = run ?? {};
    if (run === undefined || undo?.mark !== effect.mark) {
      drop(chair, doing);
      return;
    }
    const tell = (told: UndoTold): void => {
      drop(chair, doing);
      this.#hear(chair, [{ type: 'undo', run: run.key, mark: effect.mark, told }]);
    };
    if (effect.kind === 'undo') {
      tell(this.#outside.takeOut(run, outcome));
      return;
    }
    if (undo.publication === null) {
      this.#watch.insist('branch', false, () => `${undo.task} is taken out unannounced`);
      return;
    }
    const said = this.#move(chair, doing, undo.publication, outcome);
    doing.steps += 1;
    if (said !== null) {
      tell(publishedOr(said));
    }
  }

  /** What comes in is judged, or the branch moves to it. */
  #goOnUpdating(chair: Chair, doing: Doing, outcome: Outcome): void {
    const { effect } = doing;
    if (effect.kind !== 'update' && effect.kind !== 'publish-update') return;
    const run = chair.world.runs.get(effect.run);
    const update = run?.base.update ?? null;
    const isMeant =
      effect.kind === 'update'
        ? run !== undefined && updateStep(run) === effect.update
        : update?.mark === effect.mark;
    if (run === undefined || update === null || !isMeant) {
      drop(chair, doing);
      return;
    }
    const tell = (told: UpdateTold): void => {
      drop(chair, doing);
      this.#hear(chair, [{ type: 'update', run: run.key, mark: update.mark, told }]);
    };
    if (effect.kind === 'update') {
      const told = this.#outside.bringIn(run, outcome);
      if (told === null) drop(chair, doing);
      else tell(told);
      return;
    }
    if (update.status.state !== 'publishing') {
      this.#watch.insist('branch', false, () => `${update.mark} comes in unannounced`);
      return;
    }
    const said = this.#move(chair, doing, update.status.publication, outcome);
    doing.steps += 1;
    if (said !== null) tell(publishedOr(said));
  }

  #report(chair: Chair, report: Report): Decision {
    const isPresent = chair === this.#chair;
    // Dear: not each of them.
    if (isPresent && this.reports.length % 4 === 0) this.#forge(chair, report);
    const decision = this.#hear(chair, [{ type: 'report', report }]);
    // What was not written was not heard, and ends with whoever would have heard it.
    if (isPresent && !chair.over) this.reports.push(report);
    return decision;
  }

  /** The same from somebody with another fence is not believed. */
  #forge(chair: Chair, report: Report): void {
    const forged: Report = { ...report, fence: report.fence - 1 };
    const decided = (inputs: readonly Input[]): Decision['events'] =>
      this.#core.decide(chair.world, inputs, this.now).events;
    const events = decided([{ type: 'report', report: forged }]);
    // What the time alone brings about happens whoever speaks.
    const holds = events.length === 0 || events.length === decided([]).length;
    this.#watch.insist('fence', holds, () => `${report.type} of another fence`);
  }

  #saysNext(chair: Chair, doing: Doing, outcome: Outcome): Said | null {
    const { effect } = doing;
    switch (effect.kind) {
      case 'start':
        return this.#work(chair, doing, outcome);
      case 'recover':
        drop(chair, doing);
        this.alive.delete(effect.attempt);
        this.#outside.processes.set(effect.attempt, 'torn-down');
        return { type: 'lost', keptRef: null };
      case 'verify':
        drop(chair, doing);
        return this.#outside.verify(
          runOfWorld(chair.world, effect.run),
          taskOfWorld(chair.world, effect.attempt),
          outcome,
        );
      case 'integrate': {
        drop(chair, doing);
        const run = chair.world.runs.get(effect.run);
        return run === undefined ? null : this.#outside.integrate(run, effect.gate, outcome);
      }
      case 'publish':
        return this.#publish(chair, doing, outcome);
      case 'undo':
      case 'publish-undo':
      case 'look':
      case 'update':
      case 'publish-update':
      case 'finish':
        return null;
    }
  }

  #work(chair: Chair, doing: Doing, outcome: Outcome): Said | null {
    const { processes } = this.#outside;
    const { effect, steps, stopping } = doing;
    const attempt = effect.kind === 'start' ? effect.attempt : '';
    if (steps === 0 && !stopping) {
      processes.set(attempt, 'held');
      return { type: 'started', process: null };
    }
    if (steps === 1 && !stopping) {
      // Whoever has taken over has found the process at its gate.
      if (processes.get(attempt) === 'held') {
        this.#watch.release(attempt, this.#outside.working);
        processes.set(attempt, 'at-work');
      }
      return { type: 'session', sessionId: attempt };
    }
    const task = taskOfWorld(chair.world, attempt);
    // Nobody answers whom another coordinator has taken over: its agents come to their end.
    if (!stopping && chair === this.#chair) {
      const now = task.attempts.at(-1);
      if (now !== undefined && blockedOn(now) !== null) return null;
      if (outcome === 'leave') return asksFor(chair.world, task);
    }
    const used = steps === 2 && !stopping ? usesSoFar(task, outcome) : null;
    if (used !== null) return { type: 'spent', ...used };
    drop(chair, doing);
    this.alive.delete(attempt);
    processes.set(attempt, 'torn-down');
    return this.#outside.work(task, { stopping, outcome });
  }

  #publish(chair: Chair, doing: Doing, outcome: Outcome): Said | null {
    const { effect } = doing;
    if (effect.kind !== 'publish') return null;
    const { status } = taskOfWorld(chair.world, effect.attempt);
    const announced = status.state === 'running' && status.publication !== null;
    this.#watch.insist('branch', announced, () => `${effect.attempt} moves unannounced`);
    if (!announced) return null;
    const old = lowestOf(chair.world, effect.run);
    return this.#move(chair, doing, { ...status.publication, old }, outcome);
  }

  /** A head moves as it was announced; that is said a step later. */
  #move(
    chair: Chair,
    doing: Doing,
    { ref, old, new: commit }: Publication,
    outcome: Outcome,
  ): Extract<Said, { type: 'published' | 'not-published' }> | null {
    const { steps } = doing;
    const { branches, epoch } = this.#outside;
    const at = branches.heads.get(ref) ?? chair.world.runs.get(ref)?.baseCommit;
    if (epoch !== chair.world.desk.epoch) {
      drop(chair, doing);
      return null;
    }
    if (steps === 0) {
      const expected = at === commit || at === old;
      this.#watch.insist('branch', expected, () => `${ref} is at ${at ?? ''}, not at ${old}`);
      if (outcome === 'elsewhere' && at === old) {
        drop(chair, doing);
        return { type: 'not-published', why: 'head', at: 'somebody-elses' };
      }
      if (at !== commit && !branches.move(ref, commit)) {
        drop(chair, doing);
        return { type: 'not-published', why: 'branch', at: branches.at(ref) };
      }
      return null;
    }
    drop(chair, doing);
    return { type: 'published' };
  }
}

function publishedOr(
  said: { readonly type: 'published' } | ({ readonly type: 'not-published' } & NotPublished),
): { readonly kind: 'published' } | ({ readonly kind: 'not-published' } & NotPublished) {
  if (said.type === 'published') return { kind: 'published' };
  return { kind: 'not-published', why: said.why, at: said.at };
}

/** An agent wants to be allowed something. */
function asksFor({ runs }: World, { run, key }: Task): Said {
  const known = runs.get(run);
  const after = known === undefined ? null : (lastPermission(known, key)?.key ?? null);
  return { type: 'asking', question: 'May it run: make', after };
}

/** Where the branch is before those that are announced get onto it together. */
function lowestOf({ runs }: World, key: RunKey): string {
  const run = runs.get(key);
  for (const task of run?.queue ?? []) {
    const status = run?.tasks[taskNumber(task) - 1]?.status;
    if (status?.state === 'running' && status.publication !== null) return status.publication.old;
  }
  return '';
}

/** The same is done once at a time; of what is judged, that is what is judged together. */
function isSame(one: Doing['effect'], other: Doing['effect']): boolean {
  if (one.kind === 'integrate') return other.kind === 'integrate' && one.gate === other.gate;
  return nameOf(one) === nameOf(other);
}

function drop(chair: Chair, doing: Doing): void {
  chair.doing = chair.doing.filter((other) => other !== doing);
}

function runOfWorld(world: World, key: RunKey): Run {
  const run = world.runs.get(key);
  if (run === undefined) throw new RangeError(`no run ${key}`);
  return run;
}

function taskOfWorld(world: World, key: string): Task {
  const task = world.runs.get(runOf(key))?.tasks[taskNumber(key) - 1];
  if (task === undefined) throw new RangeError(`no task ${key}`);
  return task;
}

function latest(world: World, key: AttemptKey): Task['attempts'][number] | undefined {
  return taskOfWorld(world, key).attempts.at(-1);
}

/** Says whether a run may rest: it is over, or a person has to do something. */
export function mayRest(run: Run): boolean {
  const { state } = run.status;
  if (RUN_OVER[state] || run.paused !== null || state === 'awaiting_approval') return true;
  return run.asks.some(({ status }) => status.state === 'open');
}
