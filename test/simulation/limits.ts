// The limits once more, written to be read and not to be fast: what is over one, and what a task that
// does not start may be waiting for. The core's own answer is in schedule/limits.ts.

import { isAnnounced } from '../../src/model/failure.ts';
import { RUN_OVER } from '../../src/model/run.ts';
import type { Run } from '../../src/model/run.ts';
import { TASK_OVER } from '../../src/model/task.ts';
import type { Task } from '../../src/model/task.ts';
import type { World } from '../../src/model/world.ts';
import { footprintOf, footprintsOverlap } from '../../src/plan/globs-overlap.ts';
import { isFree, waitsForMoney } from './money.ts';

const MINUTE_MS = 60_000;

/** What a limit is counted over: every run that is driven. */
interface Use {
  readonly runs: readonly Run[];
  /** In any phase. */
  readonly running: readonly Task[];
  /** Those, and who will go on with what was handed in as soon as a person says so. */
  readonly holding: readonly Task[];
  /** With a slot. */
  readonly atWork: readonly Task[];
}

const known = new WeakMap<World, Use>();

function useOf(world: World): Use {
  const before = known.get(world);
  if (before !== undefined) return before;
  const runs = [...world.desk.driven].flatMap((key) => world.runs.get(key) ?? []);
  const tasks = runs.flatMap((run) => run.tasks);
  const running = tasks.filter(({ status }) => status.state === 'running');
  const holding = tasks.filter((task) => task.status.state === 'running' || waitsWithWork(task));
  const atWork = running.filter(
    ({ status }) => status.state === 'running' && status.phase === 'work',
  );
  const use = { runs, running, holding, atWork };
  known.set(world, use);
  return use;
}

/**
 * Finds a limit that is exceeded.
 *
 * @param world - The world.
 * @returns What is too many; `null` when all is within its limits.
 */
export function overLimit(world: World): string | null {
  const use = useOf(world);
  const { runs, holding, atWork } = use;
  const { slots } = world.desk;
  if (slots > 0 && atWork.length > slots) return `${atWork.length} are alive`;
  const locks = holding.flatMap(({ spec }) => Array.from(new Set(spec.locks)));
  if (new Set(locks).size !== locks.length) return `one of ${locks.join(', ')} is held twice`;
  for (const run of runs) {
    const over = overLimitOf(run, use);
    if (over !== null) return over;
  }
  return null;
}

function overLimitOf({ settings, key }: Run, { running, holding, atWork }: Use): string | null {
  const own = atWork.filter((task) => task.run === key);
  if (own.length > settings.maxConcurrent) return `${own.length} of ${key} are alive`;
  // What goes on after a wait does so without asking for room again.
  const before = running.filter((task) => !isIntegrating(task));
  if (spaces(before).length > settings.workspace.max) return 'too many workspaces';
  const most = [
    ...Object.entries(settings.runtimes).map(
      ([name, { maxParallel }]) => ['runtime', name, maxParallel ?? Infinity] as const,
    ),
    ...Object.entries(settings.agentLimits).map(([name, max]) => ['agent', name, max] as const),
    ...settings.subagents.map(({ id, maxConcurrent }) => ['worker', id, maxConcurrent] as const),
  ];
  const over = most.find(([what, name, max]) => by(atWork, what, name) > max);
  if (over !== undefined) return `too many by ${over[1]}`;
  if (settings.overlap === 'warn') return null;
  const writing = spaces(holding).filter((task) => task.run === key);
  const clash = writing.some((one, at) => writing.slice(at + 1).some((two) => clashes(one, two)));
  return clash ? `two of ${key} write the same files` : null;
}

/**
 * Tells what a ready task of a run that goes on may be waiting for.
 *
 * @param world - The world.
 * @param task - The task.
 * @param now - The wall clock.
 * @returns What; `null` when it should have started.
 */
export function mayHold(world: World, task: Task, now: number): string | null {
  const use = useOf(world);
  const run = use.runs.find(({ key }) => key === task.run);
  if (run === undefined || task.status.state !== 'ready') return 'state';
  if (task.status.notBefore > 0) return 'time';
  const { spec, approved } = task;
  if (run.tasks.some((other) => draftsBefore(other, task))) return 'planner';
  // To ask needs no room.
  if (spec.approval && !approved) return null;
  return mayHoldBySlot(world, use, run, task) ?? mayHoldByOther(use, run, task, now);
}

/**
 * Tells whether a planner has to wait for another one: one is at it, or waits to be judged, at a time.
 *
 * @param other - The other one; it may be no planner at all.
 * @param task - The planner, or any task.
 * @returns Whether it has.
 */
export function draftsBefore(other: Task, task: Task): boolean {
  const both = [other, task];
  if (!both.every(({ spec }) => spec.kind === 'plan' && spec.discusses === undefined)) return false;
  if (other.key === task.key || both.some(({ spec }) => spec.estimates === true)) return false;
  const { state } = other.status;
  const early = other.number < task.number && !TASK_OVER[state];
  return early || state === 'running' || state === 'waiting';
}

function crewOf(run: Run, { spec, failures }: Task): { agent: string; runtime: string } {
  const fallback = failures >= spec.maxAttempts ? spec.fallback : null;
  return {
    agent: fallback?.agent ?? spec.agent,
    runtime: fallback?.runtime ?? spec.runtime ?? run.settings.defaultRuntime,
  };
}

function mayHoldBySlot({ desk }: World, { atWork }: Use, run: Run, task: Task): string | null {
  const { settings } = run;
  const { agent, runtime } = crewOf(run, task);
  if (atWork.length >= desk.slots) return 'slot';
  if (atWork.filter((one) => one.run === run.key).length >= settings.maxConcurrent) return 'run';
  const parallel = settings.runtimes[runtime]?.maxParallel ?? null;
  if (parallel !== null && by(atWork, 'runtime', runtime) >= parallel) return 'runtime';
  const agents = settings.agentLimits[agent];
  if (agents !== undefined && by(atWork, 'agent', agent) >= agents) return 'agent';
  const { requires } = task.spec;
  if (requires.length === 0 || settings.subagents.length === 0) return null;
  const free = settings.subagents.filter(
    ({ id, capabilities, maxConcurrent }) =>
      requires.every((one) => capabilities.includes(one)) &&
      by(atWork, 'worker', id) < maxConcurrent,
  );
  return free.length === 0 ? 'worker' : null;
}

function mayHoldByOther(
  { runs, running, holding }: Use,
  run: Run,
  task: Task,
  now: number,
): string | null {
  const { settings } = run;
  const { runtime } = crewOf(run, task);
  // What is set aside for what is at work may come back.
  if (!isFree(runtime) && waitsForMoney(run)) return 'budget';
  const { locks } = task.spec;
  if (holding.some(({ spec }) => spec.locks.some((lock) => locks.includes(lock)))) return 'lock';
  const isSpace = task.spec.workspace !== 'none';
  if (isSpace && spaces(running).length >= settings.workspace.max) return 'workspace';
  const others = spaces(holding).filter((one) => one.run === run.key);
  if (isSpace && settings.overlap === 'serialize' && others.some((one) => clashes(one, task))) {
    return 'overlap';
  }
  const going = runs.filter(({ status }) => !RUN_OVER[status.state]);
  const told = going.some(({ tasks }) => tasks.some((one) => isToldToWait(one, runtime)));
  if (told) return 'quota';
  const perMinute = settings.runtimes[runtime]?.startsPerMinute ?? null;
  const starts = runs
    .flatMap(({ tasks }) => tasks.flatMap(({ attempts }) => attempts))
    .filter((attempt) => attempt.runtime === runtime && attempt.startedAt > now - MINUTE_MS);
  return perMinute !== null && starts.length >= perMinute ? 'starts' : null;
}

function isToldToWait({ status, attempts }: Task, runtime: string): boolean {
  const last = attempts.at(-1);
  if (status.state !== 'ready' || status.notBefore === 0 || last?.runtime !== runtime) return false;
  if (last.status.state !== 'ended' || last.status.outcome.kind !== 'failed') return false;
  return isAnnounced(last.status.outcome.failure);
}

/**
 * Tells whether a task waits for a person with what it has handed in: it keeps its locks meanwhile.
 *
 * @param task - The task.
 * @returns Whether it does.
 */
export function waitsWithWork({ status, attempts }: Task): boolean {
  return status.state === 'waiting' && attempts.at(-1)?.status.state === 'handed_in';
}

function isIntegrating({ status }: Task): boolean {
  return status.state === 'running' && status.phase === 'integrate';
}

function by(tasks: readonly Task[], what: 'agent' | 'runtime' | 'worker', name: string): number {
  return tasks.filter(({ attempts }) => attempts.at(-1)?.[what] === name).length;
}

function spaces(tasks: readonly Task[]): Task[] {
  return tasks.filter(({ spec }) => spec.workspace !== 'none');
}

function clashes({ spec: one }: Task, { spec: two }: Task): boolean {
  if (one.files.length === 0 || two.files.length === 0) return false;
  return footprintsOverlap(footprintOf(one.files), footprintOf(two.files));
}
