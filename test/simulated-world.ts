// A world without an outside: decisions are made by the real core, what follows from them is played
// by hand, one step at a time. It breaks when something is true that must never be.

import { isDeepStrictEqual } from 'node:util';

import { NO_USAGE } from '../src/model/attempt.ts';
import type { AgentReport } from '../src/model/attempt.ts';
import type { AddRun, Command } from '../src/model/command.ts';
import type { RunEvent } from '../src/model/event.ts';
import type { Failure } from '../src/model/failure.ts';
import { NO_HISTORY } from '../src/model/history.ts';
import { runOf, taskNumber, taskOf } from '../src/model/key.ts';
import type { AttemptKey, RunKey } from '../src/model/key.ts';
import type { PlanTask } from '../src/model/plan.ts';
import { RUN_OVER } from '../src/model/run.ts';
import type { Run } from '../src/model/run.ts';
import { TASK_OVER } from '../src/model/task.ts';
import type { Task } from '../src/model/task.ts';
import type { Verdict } from '../src/model/verdict.ts';
import type { World } from '../src/model/world.ts';
import { apply } from '../src/schedule/apply.ts';
import { decide } from '../src/schedule/decide.ts';
import type { Decision } from '../src/schedule/decide.ts';
import { effectsOf } from '../src/schedule/effects.ts';
import type { Effect } from '../src/schedule/effects.ts';
import type { Input, Report } from '../src/schedule/input.ts';
import { startable } from '../src/schedule/order.ts';

/** How something that is being done outside goes on. */
export type Outcome =
  | 'well'
  | 'badly'
  | 'without-change'
  | 'question'
  | 'conflict'
  | 'elsewhere'
  | Failure;

type DoneOutside = Exclude<Effect, { kind: 'timer' | 'stop' }>;

/** Something that is being done outside. */
interface Doing {
  readonly effect: DoneOutside;
  /** How often it went on: a start is `started` before it ends, a ref moves before that is said. */
  steps: number;
  stopping: boolean;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const NOTHING_SPENT = { keptRef: null, costUsd: 0, tokens: NO_USAGE } as const;

/** The core with an outside that is played by hand. */
export class SimulatedWorld {
  world: World;
  now: number = 1_000_000;
  readonly log: RunEvent[] = [];
  doing: Doing[] = [];
  timers: number[] = [];
  /** Attempts that have a process, whoever started it. */
  readonly alive: Set<AttemptKey> = new Set();
  readonly reports: Report[] = [];
  /** Where the heads of the runs really are. */
  readonly refs: Map<string, string> = new Map();
  readonly finished: RunKey[] = [];
  /** The plan a planner makes. */
  planned: readonly PlanTask[] = [];
  readonly #slots: number;
  #commits = 0;

  constructor(slots = 4) {
    this.#slots = slots;
    this.world = { runs: new Map(), lastNumber: 0, desk: this.#desk(1) };
  }

  run(key: RunKey): Run {
    const run = this.world.runs.get(key);
    if (run === undefined) throw new RangeError(`no run ${key}`);
    return run;
  }

  task(key: string): Task {
    const task = this.run(runOf(key)).tasks[taskNumber(key) - 1];
    if (task === undefined) throw new RangeError(`no task ${key}`);
    return task;
  }

  /** Hears inputs together, checks what must always hold, and takes up what has to be done. */
  hear(...inputs: readonly Input[]): Decision {
    const before = this.world;
    const decision = decide(before, inputs, this.now);
    for (const happened of decision.events) this.#happen(happened);
    if (!isDeepStrictEqual(this.world.runs, decision.world.runs)) {
      throw new Error('folding the events gives another world than the decision');
    }
    this.world = decision.world;
    this.#checkRuns();
    this.#checkSettled();
    for (const effect of decision.effects) this.#take(effect);
    this.#checkSlots();
    return decision;
  }

  command(command: Command): Decision {
    return this.hear({ type: 'command', id: 7, command });
  }

  drive(run: RunKey): Decision {
    return this.command({ type: 'drive', run });
  }

  /** Lets the time pass; who wanted to be woken by then is. */
  pass(ms: number): void {
    this.now += ms;
    const due = this.timers.filter((at) => at <= this.now);
    this.timers = this.timers.filter((at) => at > this.now);
    if (due.length > 0) this.hear({ type: 'tick' });
  }

  /** Lets something that is being done go on. */
  goOn(doing: Doing, outcome: Outcome): void {
    const { effect } = doing;
    if (effect.kind === 'finish') {
      this.#drop(doing);
      this.finished.push(effect.run);
      return;
    }
    const report = this.#reportOf(doing, outcome);
    doing.steps += 1;
    if (report === null) return;
    const { fence } = this.#attempt(effect.attempt);
    this.report({ ...report, attempt: effect.attempt, fence });
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
    this.reports.push(report);
    return this.hear({ type: 'report', report });
  }

  /** Lets everything go on well until nothing is being done and nobody wants to be woken. */
  settle(): void {
    for (let steps = 0; steps < 20_000; steps += 1) {
      const [next] = this.doing;
      if (next !== undefined) this.goOn(next, 'well');
      else if (this.timers.length > 0) this.pass(Math.max(0, Math.min(...this.timers) - this.now));
      else return;
    }
    throw new Error('it never ends');
  }

  /** The coordinator dies, processes stay; another one takes over from what is on disk. */
  crash(driven: Iterable<RunKey> = this.world.desk.driven): void {
    this.doing = [];
    this.timers = [];
    const { runs, lastNumber, desk } = this.world;
    this.world = { runs, lastNumber, desk: this.#desk(desk.epoch + 1) };
    this.#checkFold();
    const drives = [...driven].map((run): Input => {
      const command = { type: 'drive', run } as const;
      return { type: 'command', id: null, command };
    });
    const { effects, world } = this.hear(...drives);
    if (!isDeepStrictEqual(effects, effectsOf(null, world))) {
      throw new Error('taking over derives other effects than nothing does');
    }
  }

  /** What is being done outside, by kind and attempt or run. */
  get doings(): string[] {
    return this.doing.map(({ effect }) =>
      [effect.kind, 'attempt' in effect ? effect.attempt : effect.run].join(' '),
    );
  }

  #desk(epoch: number): World['desk'] {
    return {
      epoch,
      seed: `s${epoch}`,
      driven: new Set(),
      slots: this.#slots,
      history: NO_HISTORY,
      draining: false,
    };
  }

  #attempt(key: AttemptKey): Task['attempts'][number] {
    const attempt = this.task(key).attempts.find((one) => one.key === key);
    if (attempt === undefined) throw new RangeError(`no attempt ${key}`);
    return attempt;
  }

  #take(effect: Effect): void {
    if (effect.kind === 'timer') {
      this.timers.push(effect.at);
      return;
    }
    if (effect.kind === 'stop') {
      for (const doing of this.doing) {
        const { kind } = doing.effect;
        if (kind !== 'finish' && doing.effect.attempt === effect.attempt) doing.stopping = true;
      }
      return;
    }
    if (effect.kind === 'start') this.alive.add(effect.attempt);
    this.doing.push({ effect, steps: 0, stopping: false });
  }

  #drop(doing: Doing): void {
    this.doing = this.doing.filter((other) => other !== doing);
  }

  #reportOf(doing: Doing, outcome: Outcome): DistributiveOmit<Report, 'attempt' | 'fence'> | null {
    const { effect } = doing;
    switch (effect.kind) {
      case 'start':
        return this.#work(doing, outcome);
      case 'recover':
        this.#drop(doing);
        this.alive.delete(effect.attempt);
        return { type: 'lost', keptRef: null };
      case 'verify':
        this.#drop(doing);
        return { type: 'verified', verdicts: [verdict(outcome !== 'badly')] };
      case 'integrate':
        this.#drop(doing);
        return this.#integrate(effect.attempt, outcome);
      case 'publish':
        return this.#publish(doing, outcome);
      case 'finish':
        return null;
    }
  }

  #work(doing: Doing, outcome: Outcome): DistributiveOmit<Report, 'attempt' | 'fence'> {
    const { effect } = doing;
    if (effect.kind !== 'start') throw new TypeError('no work');
    const { attempt } = effect;
    if (doing.steps === 0 && !doing.stopping) return { type: 'started', process: null };
    if (doing.steps === 1 && !doing.stopping) return { type: 'session', sessionId: attempt };
    this.#drop(doing);
    this.alive.delete(attempt);
    const spent = { ...NOTHING_SPENT, keptRef: `kept/${attempt}` };
    if (typeof outcome === 'object') return { type: 'failed', failure: outcome, spent };
    // Who is stopped may have ended before by itself.
    if (doing.stopping && outcome !== 'without-change') return { type: 'stopped', spent };
    if (this.task(attempt).spec.kind === 'plan') {
      const tasks = this.planned;
      const result = { ok: true, by: 'model', tasks, warnings: [] } as const;
      return { type: 'planned', result, report: said('done'), spent };
    }
    if (outcome === 'question') return { type: 'handed-in', change: null, report: ASKS, spent };
    const report = said(outcome === 'badly' ? 'failed' : 'done');
    const { expectChanges } = this.task(attempt).spec;
    if (outcome === 'without-change' || !expectChanges)
      return { type: 'handed-in', change: null, report, spent };
    const commit = this.#commit();
    const change = { commit, tree: `tree-${commit}`, base: 'base', files: ['a.ts'] };
    return { type: 'handed-in', change, report, spent };
  }

  #integrate(attempt: AttemptKey, outcome: Outcome): DistributiveOmit<Report, 'attempt' | 'fence'> {
    if (outcome === 'conflict') return { type: 'conflict', files: ['a.ts'] };
    if (outcome === 'badly') return { type: 'gate-failed', verdicts: [verdict(false)] };
    const run = this.run(runOf(attempt));
    const commit = this.#commit();
    const tree = `tree-${commit}`;
    const publication = {
      ref: run.key,
      old: run.head,
      new: commit,
      tree,
      proof: 'proven',
    } as const;
    return { type: 'publishable', publication, verdicts: [verdict(true)] };
  }

  #publish(doing: Doing, outcome: Outcome): DistributiveOmit<Report, 'attempt' | 'fence'> | null {
    const { effect } = doing;
    if (effect.kind !== 'publish') throw new TypeError('no publication');
    const { status } = this.task(effect.attempt);
    if (status.state !== 'running' || status.publication === null) {
      throw new Error(`${effect.attempt} is published without having been announced`);
    }
    const { ref, old, new: commit } = status.publication;
    const at = this.refs.get(ref) ?? this.run(ref).baseCommit;
    if (doing.steps === 0) {
      if (at !== commit && at !== old) throw new Error(`${ref} is at ${at}, not at ${old}`);
      if (outcome === 'elsewhere' && at === old) {
        this.#drop(doing);
        return { type: 'not-published', at: 'somebody-elses' };
      }
      this.refs.set(ref, commit);
      return null;
    }
    this.#drop(doing);
    return { type: 'published' };
  }

  #commit(): string {
    this.#commits += 1;
    return `commit-${this.#commits}`;
  }

  #happen(happened: RunEvent): void {
    const { event } = happened;
    if (event.type === 'attempt-leased') {
      const task = this.task(taskOf(event.attempt));
      if (task.dependsOn.some((key) => this.task(key).status.state !== 'completed')) {
        throw new Error(`${event.attempt} begins before its dependencies are completed`);
      }
    }
    if ('task' in event && event.type !== 'task-added') {
      if (this.task(event.task).status.state === 'completed') {
        throw new Error(`${event.type} happens to ${event.task}, which is completed`);
      }
    }
    this.world = apply(this.world, happened);
    this.log.push(happened);
  }

  #checkRuns(): void {
    for (const run of this.world.runs.values()) {
      for (const problem of problemsOf(run)) {
        throw new Error(`${run.key} is ${run.status.state}: ${problem}`);
      }
    }
  }

  #checkSettled(): void {
    const left = startable(this.world, this.now);
    if (left.length > 0) {
      throw new Error(`${left.map(({ task }) => task.key).join(', ')} could run`);
    }
    const { events } = decide(this.world, [], this.now);
    if (events.length > 0) {
      throw new Error(`more follows: ${events.map(({ event }) => event.type).join(', ')}`);
    }
  }

  #checkSlots(): void {
    const driven = [...this.alive].filter((key) => this.world.desk.driven.has(runOf(key)));
    if (driven.length > this.#slots) throw new Error(`alive are ${driven.join(', ')}`);
  }

  #checkFold(): void {
    let { world } = new SimulatedWorld();
    for (const happened of this.log) world = apply(world, happened);
    if (!isDeepStrictEqual(world.runs, this.world.runs)) throw new Error('the log tells otherwise');
  }
}

function problemsOf(run: Run): string[] {
  const problems: string[] = [];
  const integrating = run.tasks.filter(
    ({ status }) => status.state === 'running' && status.phase === 'integrate',
  );
  if (!isDeepStrictEqual(new Set(run.queue), new Set(integrating.map(({ key }) => key)))) {
    problems.push(`the queue holds ${run.queue.join(', ')}`);
  }
  if (new Set(run.queue).size !== run.queue.length) problems.push('the queue holds one twice');
  const allOpen = run.asks.filter(({ status }) => status.state === 'open');
  const open = allOpen.filter(({ task }) => task !== null).map(({ key }) => key);
  const waiting = run.tasks.flatMap(({ status }) => (status.state === 'waiting' ? status.ask : []));
  if (!isDeepStrictEqual(open.toSorted(), waiting.toSorted())) {
    problems.push(`open are ${open.join(', ')}, waited for are ${waiting.join(', ')}`);
  }
  for (const task of run.tasks) {
    const unended = task.attempts.filter(({ status }) => status.state !== 'ended');
    if (unended.length !== Number(task.status.state === 'running')) {
      problems.push(`${task.key} is ${task.status.state} with ${unended.length} live attempts`);
    }
  }
  if (!RUN_OVER[run.status.state]) return problems;
  if (run.tasks.some(({ status }) => !TASK_OVER[status.state])) problems.push('a task is not over');
  if (run.paused !== null) problems.push('it is paused');
  if (allOpen.length > 0) problems.push('it still asks');
  return problems;
}

/** Says whether a run may rest: it is over, or a person has to do something. */
export function mayRest(run: Run): boolean {
  const { state } = run.status;
  if (RUN_OVER[state] || run.paused !== null || state === 'awaiting_approval') return true;
  return run.asks.some(({ status }) => status.state === 'open');
}

function said(status: AgentReport['status']): AgentReport {
  return { status, summary: status, question: null, followUps: [] };
}

const ASKS: AgentReport = { status: 'blocked', summary: '', question: 'Which?', followUps: [] };

function verdict(ok: boolean): Verdict {
  return {
    kind: 'check',
    name: 'tests',
    ok,
    command: 'npm test',
    exitCode: ok ? 0 : 1,
    tree: 'tree',
    durationMs: 1,
    summary: '',
    findings: [],
  };
}
