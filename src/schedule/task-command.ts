// What a person does to one task: leaving it out, ending what works on it.

import type { Answer } from '../model/command.ts';
import { failure } from '../model/failure.ts';
import { overAlready } from '../model/over.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Task } from '../model/task.ts';
import { giveBack, keepsDraft } from './discuss.ts';
import { done, refuse } from './refuse.ts';
import { rejectPiece } from './replan.ts';
import { isUnneeded, replannerFor } from './replans.ts';
import { goOnWithout } from './retry.ts';
import { withdrawAskOf } from './run-ask.ts';
import { abortingTask, wasAborted } from './standing.ts';
import { dropHandedIn, stopAttempts } from './stop.ts';
import type { Turn } from './turn.ts';

/**
 * Leaves a task out, and what depends on it.
 *
 * @param turn - The turn it is heard in.
 * @param run - The run.
 * @param about - The task, and who wants it.
 * @returns What to say to them.
 */
export function skip(turn: Turn, run: Run, { task, by }: { task: Task; by: string }): Answer {
  const { status } = task;
  const refused = whyNotSkipped(run, task);
  if (refused !== null) return refused;
  if (status.state === 'running') {
    if (status.phase === 'work') {
      stopAttempts(turn, task.key, { kind: 'canceled', why: 'skipped' });
      return done(run, `${task.key} is being stopped and will be skipped; its work is kept`);
    }
    const attempt = task.attempts.at(-1)?.key ?? '';
    const outcome = { kind: 'canceled', why: 'skipped' } as const;
    turn.emit(run.key, { type: 'attempt-ended', attempt, outcome });
  }
  if (RUN_OVER[run.status.state]) goOnWithout(turn, run, { roots: new Set([task.key]), by });
  withdrawAskOf(turn, task);
  dropHandedIn(turn, task, 'skipped');
  if (awaitsApproval(run, task)) rejectPiece(turn, task, by);
  const because = { reason: 'canceled', text: `skipped by ${by}` } as const;
  turn.emit(run.key, { type: 'task-skipped', task: task.key, because });
  if (task.spec.discusses !== undefined || task.spec.kind === 'plan')
    giveBack(turn, turn.run(run.key));
  if (status.state === 'failed' && status.aborts) bringBack(turn, turn.run(run.key));
  return done(run, `${task.key} is skipped, and what depends on it`);
}

/** Whether it has made a plan that a person has to approve. */
function awaitsApproval({ asks }: Run, { status }: Task): boolean {
  if (status.state !== 'waiting') return false;
  return asks.some(({ key, kind }) => key === status.ask && kind === 'plan');
}

/** Whether its failure has ended the run, which goes on when it is left out. */
function isLeftBehind(run: Run, { state }: Task['status']): boolean {
  return run.status.state === 'failed' && state === 'failed';
}

/** Whether there is a plan that is carried out, or was. */
function isPlanned({ status, plans }: Run): boolean {
  return status.state === 'running' || plans.some(({ state }) => state === 'approved');
}

function whyNotSkipped(run: Run, { key, spec, status }: Task): Answer | null {
  if (RUN_OVER[run.status.state] && !isLeftBehind(run, status)) {
    return refuse(overAlready(run.key, run.status.state), `tutti show ${run.key}`);
  }
  if (run.status.state === 'canceling') {
    return refuse(`${run.key} is being canceled`, `wait for it: tutti show ${run.key}`);
  }
  const own = spec.replaces === undefined && spec.discusses === undefined;
  if (spec.kind === 'plan' && own && !isPlanned(run) && !keepsDraft(run)) {
    const over = RUN_OVER[run.status.state];
    return refuse(`${key} makes the plan`, `tutti ${over ? 'retry' : 'cancel'} ${run.key}`);
  }
  const by = replannerFor(run, key);
  if (by !== undefined) {
    return refuse(`${key} is being planned anew by ${by.key}`, `tutti skip ${by.key} ends that`);
  }
  if (TASK_OVER[status.state] && status.state !== 'failed') {
    return refuse(overAlready(key, status.state), `tutti show ${key}`);
  }
  if (status.state === 'running' && status.publication !== null) {
    return refuse(`${key} is on its way to the branch`, `tutti show ${key}`);
  }
  return null;
}

/** The failure that stopped the run is none any more: what was ended for it has its turn again. */
function bringBack(turn: Turn, run: Run): void {
  if (abortingTask(run) !== undefined) return;
  for (const task of run.tasks) {
    if (!wasAborted(task) || isUnneeded(run, task)) continue;
    turn.emit(run.key, { type: 'task-reopened', task: task.key, instruction: null });
  }
}

/**
 * Ends the attempt that is at work on a task; its strategy decides what follows.
 *
 * @param turn - The turn it is heard in.
 * @param run - The run.
 * @param on - The task, and the attempt or task that was named.
 * @returns What to say to whoever wants it.
 */
export function kill(turn: Turn, run: Run, on: { task: Task; attempt: string }): Answer {
  const { task } = on;
  const hint = `tutti show ${task.key} --attempts`;
  const attempt = task.attempts.at(-1);
  if (attempt === undefined) return refuse(`no agent has been at work on ${task.key} yet`, hint);
  const wanted = on.attempt.includes('#') ? on.attempt : attempt.key;
  const { state } = attempt.status;
  if (attempt.key !== wanted)
    return refuse(`${wanted} is not at work: ${attempt.key} was later`, hint);
  if (state === 'ended') return refuse(`${wanted} has ended already`, hint);
  if (state === 'stopping') return refuse(`${wanted} is being stopped already`, hint);
  if (state === 'handed_in') {
    const skips = `tutti skip ${task.key} leaves the task out`;
    return refuse(`${wanted} has handed in already; its work is being judged`, skips);
  }
  const why = failure('killed', 'killed by a person');
  stopAttempts(turn, task.key, { kind: 'failed', failure: why });
  return done(run, `${attempt.key} is being stopped; its work is kept`);
}
