// What follows by itself from the state the world is in: runs begin and end, tasks become ready or
// are skipped, ready ones start while there are slots. Runs until nothing follows any more.

import { isLimited } from '../model/budget.ts';
import { failure } from '../model/failure.ts';
import { attemptKey } from '../model/key.ts';
import type { RunKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Because } from '../model/task.ts';
import { tasksDue } from '../stages/rule.ts';
import { ask } from './ask.ts';
import { awaitsBase } from './base-due.ts';
import { dropUpdate, followBase } from './base.ts';
import { beginPlan } from './begin-plan.ts';
import { askForBudget } from './budget-ask.ts';
import { enforceBudget } from './budget.ts';
import { giveBack } from './discuss.ts';
import { followGate } from './hear-gate.ts';
import { startable } from './order.ts';
import { checkPermissions } from './permission.ts';
import { promote } from './promote.ts';
import { isSuperseded } from './replans.ts';
import { awaitsReview, followReview } from './review-rounds.ts';
import { pauseAndAsk, pauseForRoom, withdrawAskOf, withdrawRunAsks } from './run-ask.ts';
import { factsOf } from './run-facts.ts';
import { abortingTask, endingFailure } from './standing.ts';
import { dropHandedIn, stopAttempts } from './stop.ts';
import type { Turn } from './turn.ts';
import { keepBack } from './undo.ts';
import { checkWorkTime } from './work-time.ts';

/**
 * Lets everything happen that follows by itself.
 *
 * @param turn - The turn it happens in.
 */
export function settle(turn: Turn): void {
  const { driven, noRoom = null } = turn.desk;
  if (noRoom !== null) for (const key of driven) pauseForRoom(turn, key, noRoom);
  for (const key of driven) {
    const run = turn.world.runs.get(key);
    if (run?.status.state === 'canceling') wind(turn, run);
    else if (run !== undefined) advance(turn, run);
  }
  start(turn);
  for (const run of turn.world.runs.values()) checkPermissions(turn, run);
  for (const key of driven) {
    const run = turn.world.runs.get(key);
    if (run !== undefined) conclude(turn, run);
  }
}

/** Moves a run and its tasks on, short of starting any. */
function advance(turn: Turn, before: Run): void {
  begin(turn, before);
  const run = turn.run(before.key);
  if (run.status.state !== 'running' && run.status.state !== 'planning') return;
  const failed = abortingTask(run);
  if (failed !== undefined) {
    dropUpdate(turn, run, 'over');
    endTasks(turn, run, { why: 'aborted', because: { reason: 'canceled', task: failed.key } });
    return;
  }
  followBase(turn, run.key);
  followGate(turn, run.key);
  followReview(turn, turn.run(run.key));
  keepBack(turn, turn.run(run.key));
  promote(turn, turn.run(run.key));
  addDue(turn, run.key);
  enforceBudget(turn, turn.run(run.key));
  const { maxSameFailures } = run.settings;
  const { reason, count } = turn.run(run.key).sameFailures;
  if (count >= maxSameFailures && run.paused === null) {
    const text = `${count} attempts in a row failed with ${reason}`;
    pauseAndAsk(turn, run.key, 'breaker', text);
  }
  checkWorkTime(turn, turn.run(run.key));
}

/** A queued or approved run begins. */
function begin(turn: Turn, run: Run): void {
  if (run.paused !== null || turn.desk.draining) return;
  if (run.status.state === 'queued' && run.source === 'model') {
    turn.emit(run.key, { type: 'planning-started' });
    return;
  }
  if (run.status.state !== 'approved') return;
  turn.emit(run.key, { type: 'run-started' });
  beginPlan(turn, run);
}

/** The tasks of the stages that are due join the graph, until none is. */
function addDue(turn: Turn, key: RunKey): void {
  for (;;) {
    followBase(turn, key);
    const run = turn.run(key);
    const due = run.status.state === 'running' && !awaitsReview(run) ? tasksDue(run) : [];
    if (due.length === 0 || (isReviewed(due) && awaitsBase(run, turn.desk))) return;
    for (const joining of due) turn.emit(key, { type: 'task-added', ...joining });
    promote(turn, turn.run(key));
  }
}

/** What is reviewed is the result, with what others have done meanwhile. */
function isReviewed(due: ReturnType<typeof tasksDue>): boolean {
  return due.some(({ spec }) => spec.round !== undefined);
}

/** Starts what may start. */
function start(turn: Turn): void {
  for (const { task, runtime, agent, worker, reserved } of startable(turn.world, turn.now)) {
    if (task.spec.approval && !task.approved) {
      ask(turn, task, 'approval', { question: `Start ${task.spec.title}?`, counts: 'nothing' });
      continue;
    }
    if (reserved === null) {
      askForBudget(turn, task);
      continue;
    }
    const attempt = attemptKey(task.key, task.attempts.length + 1);
    turn.emit(task.run, {
      type: 'attempt-leased',
      attempt,
      agent,
      runtime,
      ...(worker !== null && { worker }),
      fence: turn.desk.epoch,
      mark: `${turn.desk.seed}.${attempt}`,
      ...(isLimited(reserved) && { reserved }),
    });
  }
}

/** Ends what nothing more can happen in. */
function conclude(turn: Turn, run: Run): void {
  const { state } = run.status;
  if (state !== 'running' && state !== 'planning') return;
  if (run.undo !== null) return;
  if (factsOf(run).open > 0 || awaitsReview(run)) return;
  if (abortingTask(run) === undefined ? awaitsBase(run, turn.desk) : run.base.update !== null)
    return;
  withdrawRunAsks(turn, run);
  if (state === 'planning' && giveBack(turn, run)) return;
  const failed = endingFailure(run);
  if (failed !== null) {
    turn.emit(run.key, { type: 'run-failed', failure: failed });
    return;
  }
  if (state === 'planning') {
    const why = failure('internal', 'the planner ended without a plan');
    turn.emit(run.key, { type: 'run-failed', failure: why });
    return;
  }
  const partial = run.tasks.some(
    (task) => task.status.state !== 'completed' && !isSuperseded(task) && task.spec.kind !== 'plan',
  );
  turn.emit(run.key, { type: 'run-completed', outcome: partial ? 'partial' : 'full' });
}

/** A run that somebody wants to end: everything of it is stopped, then it is over. */
function wind(turn: Turn, run: Run): void {
  dropUpdate(turn, run, 'over');
  endTasks(turn, run, { why: 'canceled', because: { reason: 'canceled' } });
  const now = turn.run(run.key);
  // A move that was announced is made first.
  if (now.base.update !== null) return;
  if (now.tasks.every(({ status }) => TASK_OVER[status.state])) {
    for (const { key, status } of now.asks) {
      if (status.state === 'open') turn.emit(run.key, { type: 'ask-withdrawn', ask: key });
    }
    turn.emit(run.key, { type: 'run-canceled' });
  }
}

/** Stops live attempts and cancels what has not begun; a branch move in progress is finished. */
function endTasks(
  turn: Turn,
  run: Run,
  { why, because }: { why: 'canceled' | 'aborted'; because: Because },
): void {
  stopAttempts(turn, run.key, { kind: 'canceled', why });
  for (const task of run.tasks) {
    const { status } = task;
    if (TASK_OVER[status.state]) continue;
    if (status.state === 'running' && (status.phase === 'work' || status.publication !== null)) {
      continue;
    }
    withdrawAskOf(turn, task);
    dropHandedIn(turn, task, why);
    if (status.state === 'running') {
      const attempt = task.attempts.at(-1)?.key ?? '';
      const outcome = { kind: 'canceled', why } as const;
      turn.emit(run.key, { type: 'attempt-ended', attempt, outcome });
    }
    turn.emit(run.key, { type: 'task-canceled', task: task.key, because });
  }
}
