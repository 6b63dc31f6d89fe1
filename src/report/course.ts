// The course of a run, read off its log: what every task was doing when, and why each attempt started
// at the moment it did. A decision follows at once, in the same write, from what made it possible; so
// what stands before a start in the log with the same moment is what it waited for.

import type { Event } from '../model/event.ts';
import { taskNumber, taskOf } from '../model/key.ts';
import type { AskKey, AttemptKey, TaskKey } from '../model/key.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { LoggedEvent } from '../model/summary.ts';
import { startCause } from './start-cause.ts';
import type { Chance, Freed, StartCause } from './start-cause.ts';

/** What a task is doing. */
export type Activity = 'ready' | 'backoff' | 'asked' | 'work' | 'verify' | 'integrate';

/** A stretch of time in which a task does one thing. */
export interface Span {
  readonly task: TaskKey;
  readonly attempt: AttemptKey | null;
  readonly activity: Activity;
  /** Epoch milliseconds, as all moments here. */
  readonly from: number;
  readonly to: number;
}

/** How an attempt went. */
export interface Try {
  readonly attempt: AttemptKey;
  readonly task: TaskKey;
  readonly startedAt: number;
  /** When its slot was free again. */
  readonly freedAt: number;
  /** When nothing more was to happen to it: judged and published, or failed. */
  finishedAt: number;
  outcome: 'succeeded' | 'failed' | 'canceled' | null;
  /** How long the task had been ready before. */
  readonly waitedMs: number;
  readonly cause: StartCause;
}

/** What happened in a run, by time. */
export interface Course {
  readonly from: number;
  readonly to: number;
  /** Attempts that may be at work at once. */
  readonly slots: number;
  /** In the order in which they ended. */
  readonly spans: readonly Span[];
  /** In the order in which they started. */
  readonly tries: readonly Try[];
}

interface Open {
  readonly activity: Activity;
  readonly from: number;
  readonly attempt: AttemptKey | null;
  /** Until when it is a backoff; then it is ready. */
  readonly until: number;
}

/** What is known while the log is read. */
interface Reading {
  readonly run: Run;
  readonly slots: number;
  readonly open: Map<TaskKey, Open>;
  readonly spans: Span[];
  readonly tries: Map<AttemptKey, Try & { freedAt: number }>;
  readonly chances: Map<TaskKey, Chance>;
  /** With the number of the event that said so. */
  readonly completed: Map<TaskKey, number>;
  readonly answers: Map<AskKey, string>;
  /** What became free at this very moment, and is not taken yet. */
  freed: Freed[];
  /** Whose task is not being worked on any more since this very moment: what it held is free. */
  over: Freed[];
  resumedBy: string | null;
  moment: number;
  seq: number;
  busy: number;
  fence: number;
}

/**
 * Reads the course of a run off its log.
 *
 * @param run - The run.
 * @param events - Its log.
 * @param now - Epoch milliseconds; what is not over lasts until then.
 * @returns The course.
 */
export function courseOf(run: Run, events: readonly LoggedEvent[], now: number): Course {
  const { maxParallel, maxConcurrent } = run.settings;
  const reading: Reading = {
    run,
    slots: Math.max(1, Math.min(maxParallel, maxConcurrent)),
    open: new Map(),
    spans: [],
    tries: new Map(),
    chances: new Map(),
    completed: new Map(),
    answers: new Map(),
    freed: [],
    over: [],
    resumedBy: null,
    moment: -1,
    seq: 0,
    busy: 0,
    fence: -1,
  };
  for (const logged of events) read(reading, logged);
  const last = events.at(-1)?.at ?? now;
  const to = RUN_OVER[run.status.state] ? last : Math.max(last, now);
  for (const task of reading.open.keys()) close(reading, task, to);
  for (const one of reading.tries.values()) {
    if (one.freedAt < 0) one.freedAt = to;
    if (one.finishedAt < 0) one.finishedAt = to;
  }
  const from = events.find(({ event }) => event.type === 'task-added')?.at ?? run.createdAt;
  const tries = [...reading.tries.values()];
  return { from, to: Math.max(from, to), slots: reading.slots, spans: reading.spans, tries };
}

function read(reading: Reading, { seq, at, event }: LoggedEvent): void {
  reading.seq = seq;
  if (at !== reading.moment) {
    reading.moment = at;
    reading.freed = [];
    reading.over = [];
    reading.resumedBy = null;
  }
  if (event.type.startsWith('attempt-')) readAttempt(reading, event, at);
  else if (event.type.startsWith('task-')) readTask(reading, event, at);
  else if (event.type === 'run-resumed' || event.type === 'run-reopened') {
    reading.resumedBy = event.by;
  } else if (event.type === 'ask-answered') reading.answers.set(event.ask, event.by);
}

function readAttempt(reading: Reading, event: Event, at: number): void {
  if (event.type === 'attempt-leased') {
    lease(reading, event, at);
  } else if (event.type === 'attempt-handed-in') {
    release(reading, event.attempt, at);
    begin(reading, taskOf(event.attempt), at, { activity: 'verify', attempt: event.attempt });
  } else if (event.type === 'attempt-ended') {
    release(reading, event.attempt, at);
    const one = reading.tries.get(event.attempt);
    if (one !== undefined) {
      one.finishedAt = at;
      one.outcome = event.outcome.kind;
    }
    close(reading, taskOf(event.attempt), at);
  }
}

function lease(
  reading: Reading,
  { attempt, fence }: Extract<Event, { type: 'attempt-leased' }>,
  at: number,
): void {
  const task = taskOf(attempt);
  const chance = reading.chances.get(task) ?? { kind: 'run', at, until: at, by: null };
  const cause = startCause({
    task: specOf(reading.run, task),
    at,
    chance,
    freed: reading.freed,
    over: reading.over,
    full: reading.busy + reading.freed.length >= reading.slots,
    resumedBy: reading.resumedBy,
    tookOver: reading.fence >= 0 && reading.fence !== fence,
  });
  reading.freed = reading.freed.filter(({ attempt: one }) => one !== cause.by);
  const waitedMs = Math.max(0, at - Math.max(chance.at, chance.until));
  const started = { attempt, task, startedAt: at, freedAt: -1, finishedAt: -1 };
  reading.tries.set(attempt, { ...started, outcome: null, waitedMs, cause });
  reading.fence = fence;
  reading.busy += 1;
  begin(reading, task, at, { activity: 'work', attempt });
}

function release(reading: Reading, attempt: AttemptKey, at: number): void {
  const one = reading.tries.get(attempt);
  if (one === undefined || one.freedAt >= 0) return;
  one.freedAt = at;
  reading.busy -= 1;
  const spec = specOf(reading.run, one.task);
  reading.freed.push({ attempt, task: one.task, locks: spec?.spec.locks ?? [] });
}

function readTask(reading: Reading, event: Event, at: number): void {
  if (LEAVING.has(event.type) && 'task' in event) leave(reading, event.task);
  switch (event.type) {
    case 'task-ready': {
      const by = lastCompleted(reading, event.task);
      offer(reading, event.task, { kind: by === null ? 'run' : 'dependency', at, until: at, by });
      return;
    }
    case 'task-retried': {
      const until = Math.max(at, event.notBefore);
      offer(reading, event.task, { kind: 'retry', at, until, by: latest(reading, event.task) });
      return;
    }
    case 'task-waiting':
      begin(reading, event.task, at, { activity: 'asked', attempt: null });
      reading.chances.set(event.task, { kind: 'answer', at, until: at, by: event.ask });
      return;
    case 'task-unblocked':
      unblock(reading, event, at);
      return;
    case 'task-reopened':
      offer(reading, event.task, { kind: 'reopened', at, until: at, by: null });
      return;
    case 'task-resumed':
    case 'task-verified':
      begin(reading, event.task, at, { activity: 'integrate', attempt: null });
      return;
    case 'task-completed':
      reading.completed.set(event.task, reading.seq);
      end(reading, event.task, at);
      return;
    case 'task-failed':
    case 'task-skipped':
    case 'task-canceled':
      end(reading, event.task, at);
      return;
    default:
  }
}

/** A task holds its locks, files and workspace also while it is judged. */
const LEAVING: ReadonlySet<Event['type']> = new Set([
  'task-retried',
  'task-waiting',
  'task-completed',
  'task-failed',
  'task-skipped',
  'task-canceled',
]);

function leave(reading: Reading, task: TaskKey): void {
  const attempt = latest(reading, task);
  if (attempt === null) return;
  reading.over.push({ attempt, task, locks: specOf(reading.run, task)?.spec.locks ?? [] });
}

function unblock(
  reading: Reading,
  { task, approved }: Extract<Event, { type: 'task-unblocked' }>,
  at: number,
): void {
  const by = reading.chances.get(task)?.by ?? null;
  const who = by === null ? undefined : reading.answers.get(by);
  const kind = approved ? 'approval' : 'answer';
  offer(reading, task, { kind, at, until: at, by, ...(who === undefined ? {} : { who }) });
}

/** A task's newest attempt so far. */
function latest({ run, tries }: Reading, task: TaskKey): AttemptKey | null {
  return specOf(run, task)?.attempts.findLast(({ key }) => tries.has(key))?.key ?? null;
}

/** A task may start from now on. */
function offer(reading: Reading, task: TaskKey, chance: Chance): void {
  reading.chances.set(task, chance);
  const { at, until } = chance;
  const activity = until > at ? 'backoff' : 'ready';
  begin(reading, task, at, { activity, attempt: null, until });
}

function end(reading: Reading, task: TaskKey, at: number): void {
  close(reading, task, at);
  const one = reading.tries.get(latest(reading, task) ?? '');
  if (one !== undefined && (one.finishedAt < 0 || one.outcome === 'succeeded')) one.finishedAt = at;
}

function begin(
  reading: Reading,
  task: TaskKey,
  at: number,
  what: { activity: Activity; attempt: AttemptKey | null; until?: number },
): void {
  const attempt = what.attempt ?? reading.open.get(task)?.attempt ?? null;
  close(reading, task, at);
  reading.open.set(task, { activity: what.activity, from: at, attempt, until: what.until ?? at });
}

function close(reading: Reading, task: TaskKey, at: number): void {
  const open = reading.open.get(task);
  if (open === undefined) return;
  reading.open.delete(task);
  const { activity, attempt, from, until } = open;
  const turn = activity === 'backoff' ? Math.min(until, at) : at;
  reading.spans.push({ task, attempt, activity, from, to: turn });
  if (turn < at) reading.spans.push({ task, attempt, activity: 'ready', from: turn, to: at });
}

function specOf(run: Run, task: TaskKey): Run['tasks'][number] | undefined {
  return run.tasks[taskNumber(task) - 1];
}

function lastCompleted({ run, completed }: Reading, task: TaskKey): TaskKey | null {
  let last: TaskKey | null = null;
  for (const key of specOf(run, task)?.dependsOn ?? []) {
    if ((completed.get(key) ?? -1) > (last === null ? -1 : (completed.get(last) ?? -1))) last = key;
  }
  return last;
}
