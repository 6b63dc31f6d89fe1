// Which ready tasks start now, and in which order. Between runs the priority formula decides, inside
// a run declared priority and then the longest remaining path, so that what the end waits for is
// never the last to begin. Whatever has been ready for a day goes before all that: nothing starves.

import { NO_AMOUNTS } from '../model/budget.ts';
import type { Amounts } from '../model/budget.ts';
import type { History } from '../model/history.ts';
import type { TaskKey } from '../model/key.ts';
import type { Priority } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { Desk, World } from '../model/world.ts';
import { footprintOf, footprintsOverlap } from '../plan/globs-overlap.ts';
import { Limits } from './limits.ts';
import { taskAt } from './moves.ts';
import { orderOf } from './order-in-run.ts';
import { factsOf } from './run-facts.ts';
import { abortingTask } from './standing.ts';
import { crewFor, roomToStart, whyNotYet } from './why-held.ts';

/** A task that may start, with who is to do it. */
export interface Startable {
  readonly task: Task;
  readonly agent: string;
  readonly runtime: string;
  /** `null` = the built-in pool. */
  readonly worker: string | null;
  /** What is set aside for it; `null` = the budget does not cover it, and a person is asked. */
  readonly reserved: Amounts | null;
}

const WEIGHT: Readonly<Record<Priority, number>> = { critical: 100, high: 50, medium: 25, low: 10 };
/** It has let others go first for so long. */
const PATIENCE_MS = 10 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
const PER_DAY = 0.5;
const MOST_FOR_AGE = 20;

/**
 * Finds what starts now, within all limits. Among it is what only asks, for approval or for money:
 * that takes no slot.
 *
 * @param world - The world.
 * @param now - The wall clock, for ages and starts per minute.
 * @returns The tasks, in the order in which they get the slots.
 */
export function startable(world: World, now: number): readonly Startable[] {
  const { desk } = world;
  if (desk.draining || desk.slots === 0) return [];
  // What a dead coordinator left in a run that is none of ours takes no slot of ours.
  const runs = [...desk.driven].flatMap((key) => world.runs.get(key) ?? []);
  const limits = new Limits(runs, { slots: desk.slots, now });
  const chosen: Startable[] = [];
  const asks = runs.some((run) => orderOf(run, desk.history).asks);
  const choose = ({ task, run }: Candidate): void => {
    const crew = crewFor(task, run);
    if (whyNotYet(task, run)?.reason === 'approval') {
      chosen.push({ task, ...crew, worker: null, reserved: NO_AMOUNTS });
      return;
    }
    if (limits.full || limits.isFull(run)) return;
    const room = roomToStart(task, run, limits);
    if (room.ok) {
      limits.take(task, crew, room);
      chosen.push({ task, ...crew, worker: room.worker, reserved: room.reserved });
    } else if (room.short === true) {
      chosen.push({ task, ...crew, worker: null, reserved: null });
    }
  };
  const later: Candidate[] = [];
  for (const candidate of candidates(runs, desk.history, now)) {
    if (limits.full && !asks) break;
    // Whoever would meet somebody at work lets all others go first, unless it has waited for long.
    if (isAmong(candidate, desk.touched, now)) later.push(candidate);
    else choose(candidate);
  }
  for (const candidate of later) choose(candidate);
  return chosen;
}

/** Whether it is to write what somebody at work in its run has changed already. */
function isAmong(candidate: Candidate, touched: Desk['touched'], now: number): boolean {
  const { task, run } = candidate;
  if (touched === undefined || touched.size === 0 || task.spec.workspace === 'none') return false;
  const own = writtenBy(task);
  if (own.length === 0) return false;
  const meets = factsOf(run).holding.some(({ key, status }) => {
    const files = key === task.key || status.state !== 'running' ? undefined : touched.get(key);
    return files !== undefined && writesOneOf(own, files);
  });
  return meets && now - readySince(candidate) < PATIENCE_MS;
}

/** What it said it would write, and what it did write: it goes on from that. */
function writtenBy({ spec, attempts }: Task): readonly string[] {
  const last = attempts.at(-1)?.status;
  const change = last !== undefined && 'change' in last ? last.change : null;
  return change === null ? spec.files : [...spec.files, ...change.files.map((file) => meant(file))];
}

/** A path is meant as it is, whatever signs are in it. */
function meant(file: string): string {
  return file.replaceAll(/[*?[\]{}!]/gu, '?');
}

function writesOneOf(globs: readonly string[], files: readonly string[]): boolean {
  const literal = files.map((file) => meant(file));
  return footprintsOverlap(footprintOf(globs), footprintOf(literal));
}

/** A task that is ready, with its run. */
interface Candidate {
  readonly task: Task;
  readonly run: Run;
}

/**
 * Goes through all that is ready; nothing is sorted that nobody asks for.
 *
 * @yields Who goes first coming first.
 */
function* candidates(all: readonly Run[], history: History, now: number): Generator<Candidate> {
  const runs = all
    .filter((run) => isGoingOn(run))
    .map((run) => ({ run, score: scoreOf(run, now) }))
    .toSorted((a, b) => b.score - a.score || a.run.number - b.run.number)
    .map(({ run }) => run);
  const early = overdue(runs, history, now);
  for (const candidate of early) yield candidate;
  const done = new Set<TaskKey>(early.map(({ task }) => task.key));
  for (const run of runs) {
    for (const candidate of readyOf(run, history)) {
      if (done.size === 0 || !done.has(candidate.task.key)) yield candidate;
    }
  }
}

function* readyOf(run: Run, history: History): Generator<Candidate> {
  const { ready } = factsOf(run);
  for (const index of orderOf(run, history).indices) {
    const task = ready[index] === 1 ? run.tasks[index] : undefined;
    if (task !== undefined) yield { task, run };
  }
}

function isGoingOn(run: Run): boolean {
  const { status, paused } = run;
  if (paused !== null || (status.state !== 'running' && status.state !== 'planning')) return false;
  return abortingTask(run) === undefined;
}

/**
 * Tells how much a run matters: its priority, and half a point for each day of its age, up to 20.
 * Runs do not depend on each other yet, so there is nothing to add for those that wait or block.
 *
 * @param run - The run.
 * @param now - Epoch milliseconds.
 * @returns The more, the sooner its tasks get slots.
 */
export function scoreOf(run: Pick<Run, 'priority' | 'createdAt'>, now: number): number {
  const days = Math.max(0, now - run.createdAt) / DAY_MS;
  return WEIGHT[run.priority] + Math.min(MOST_FOR_AGE, PER_DAY * days);
}

/** What has been ready for a day or more: those of more days first, then as always. */
function overdue(runs: readonly Run[], history: History, now: number): readonly Candidate[] {
  const found: { candidate: Candidate; days: number }[] = [];
  for (const run of runs) {
    // No task is older than its run, and few runs are that old.
    if (now - run.createdAt < DAY_MS) continue;
    for (const candidate of readyOf(run, history)) {
      const days = Math.floor((now - readySince(candidate)) / DAY_MS);
      if (days > 0) found.push({ candidate, days });
    }
  }
  return found.toSorted((a, b) => b.days - a.days).map(({ candidate }) => candidate);
}

/** Since when it could have started, but for the limits: its last attempt, dependency and answer. */
function readySince({ task, run }: Candidate): number {
  const { status, createdAt, attempts, dependsOn, key } = task;
  let since = status.state === 'ready' ? Math.max(createdAt, status.notBefore) : createdAt;
  const last = attempts.at(-1)?.status;
  if (last?.state === 'ended') since = Math.max(since, last.finishedAt);
  for (const dependency of dependsOn) {
    since = Math.max(since, taskAt(run, dependency).finishedAt ?? 0);
  }
  for (const ask of run.asks) {
    if (ask.task === key && 'at' in ask.status) since = Math.max(since, ask.status.at);
  }
  return since;
}
