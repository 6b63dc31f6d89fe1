// Why a ready task does not start: one answer for the scheduler, which goes by it, and for everybody
// who shows it.

import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { Because, Task } from '../model/task.ts';
import { Limits } from './limits.ts';
import type { Crew, Room } from './limits.ts';
import { drafterAhead } from './replans.ts';
import { announcedTo } from './run-facts.ts';

/**
 * Tells whether a task that is ready may start now, as far as its run and time allow.
 *
 * @param task - The task; its dependencies are completed.
 * @param run - Its run.
 * @returns What it waits for; `null` when only the limits can hold it.
 */
export function whyNotYet(task: Task, run: Run): Because | null {
  if (run.status.state === 'canceling') return { reason: 'canceled' };
  if (run.paused !== null) {
    const reason = run.paused.by === 'full_disk' ? 'full_disk' : 'paused';
    return { reason, text: run.paused.reason };
  }
  const { status } = task;
  if (status.state === 'ready' && status.notBefore !== 0) {
    return { reason: announcedTo(task)?.reason ?? 'backoff', until: status.notBefore };
  }
  const planner = drafterAhead(run, task);
  if (planner !== undefined) return { reason: 'dependency', task: planner.key };
  return task.spec.approval && !task.approved ? { reason: 'approval' } : null;
}

/**
 * Tells who does a task that is ready, or why it does not start.
 *
 * @param task - The task; its dependencies are completed.
 * @param run - Its run.
 * @param limits - What is in use.
 * @returns The worker that does it, or what it waits for.
 */
export function roomToStart(task: Task, run: Run, limits: Limits): Room {
  const because = whyNotYet(task, run);
  if (because !== null) return { ok: false, because };
  return limits.roomFor(task, run, crewFor(task, run));
}

/**
 * Tells who would do the next attempt: after a task's own attempts are used up, the fallback.
 *
 * @param task - The task.
 * @param run - Its run.
 * @returns Agent and runtime.
 */
export function crewFor({ spec, failures }: Task, run: Run): Crew {
  const fallback = failures >= spec.maxAttempts ? spec.fallback : null;
  return {
    agent: fallback?.agent ?? spec.agent,
    runtime: fallback?.runtime ?? spec.runtime ?? run.settings.defaultRuntime,
  };
}

const seen = new WeakMap<Run, { others: readonly Run[]; limits: Limits }>();

/**
 * Tells why a ready task does not start, for whoever only looks on.
 *
 * @param task - The task; its dependencies are completed.
 * @param run - Its run.
 * @param others - The other runs that are going on: they share slots, locks and quotas.
 * @param now - Epoch milliseconds.
 * @returns What it waits for.
 */
export function whyHeld(task: Task, run: Run, others: readonly Run[], now: number): Because {
  let known = seen.get(run);
  if (known?.others !== others || known.limits.now !== now) {
    const runs = [run, ...others].filter(({ status }) => !RUN_OVER[status.state]);
    known = { others, limits: new Limits(runs, { slots: run.settings.maxParallel, now }) };
    seen.set(run, known);
  }
  const room = roomToStart(task, run, known.limits);
  // There is room, and nobody at work who would take it.
  return room.ok ? { reason: 'slot' } : room.because;
}
