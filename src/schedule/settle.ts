// What follows by itself from the state the world is in: runs begin and end, tasks become ready or
// are skipped, ready ones start while there are slots. Runs until nothing follows any more.

import { isLimited } from '../model/budget.ts';
import { failure } from '../model/failure.ts';
import { attemptKey, taskNumber } from '../model/key.ts';
import type { RunKey, TaskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import { IMPLEMENTATION } from '../model/stage.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Because, Task } from '../model/task.ts';
import { tasksDue, tasksOfPlan } from '../stages/rule.ts';
import { taskAt } from './apply.ts';
import { ask } from './ask.ts';
import { awaitsBase } from './base-due.ts';
import { dropUpdate, followBase } from './base.ts';
import { askForBudget } from './budget-ask.ts';
import { enforceBudget } from './budget.ts';
import { giveBack } from './discuss.ts';
import { followGate } from './hear-gate.ts';
import { startable } from './order.ts';
import { checkPermissions } from './permission.ts';
import { isSuperseded, replannerFor } from './replans.ts';
import { awaitsReview, followReview } from './review-rounds.ts';
import { pauseAndAsk, pauseForRoom, withdrawAskOf, withdrawRunAsks } from './run-ask.ts';
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
  const plan = run.plans.findLast(({ state }) => state === 'approved');
  if (run.status.state !== 'approved' || plan === undefined) return;
  turn.emit(run.key, { type: 'run-started' });
  for (const joining of tasksOfPlan(run, plan.tasks)) {
    turn.emit(run.key, { type: 'task-added', ...joining });
  }
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

/** Pending tasks become ready, or are skipped with what they depend on. */
function promote(turn: Turn, run: Run): void {
  const skipped: TaskKey[] = [];
  for (const task of run.tasks) {
    if (task.status.state === 'pending' && promoteTask(turn, run, task)) skipped.push(task.key);
  }
  if (skipped.length === 0) return;
  const replans = run.tasks.some(({ spec }) => spec.replaces !== undefined);
  // What is ready holds nobody; what is skipped takes along what waits for it, at any distance.
  const waiting = dependents(run);
  for (let key = skipped.pop(); key !== undefined; key = skipped.pop()) {
    for (const next of waiting.get(key) ?? []) {
      const now = turn.run(run.key);
      const task = taskAt(now, next);
      if (task.status.state === 'pending' && promoteTask(turn, now, task)) skipped.push(next);
    }
  }
  // Who plans anew holds others without being waited for.
  if (replans) promote(turn, turn.run(run.key));
}

function dependents(run: Run): ReadonlyMap<TaskKey, readonly TaskKey[]> {
  const found = new Map<TaskKey, TaskKey[]>();
  for (const { key, dependsOn } of run.tasks) {
    for (const dependency of dependsOn) {
      const before = found.get(dependency);
      if (before === undefined) found.set(dependency, [key]);
      else before.push(key);
    }
  }
  return found;
}

/** Tells whether it is skipped. */
function promoteTask(turn: Turn, run: Run, task: Task): boolean {
  let open = false;
  for (const index of indicesOf(task.dependsOn)) {
    const dependency = run.tasks[index];
    const state = dependency?.status.state ?? 'completed';
    if (dependency !== undefined && isLost(run, dependency)) {
      if (isHelp(dependency) || outlives(task, dependency))
        return goOnWithout(turn, task, dependency.key);
      const because = { reason: 'skipped_dependency', task: dependency.key } as const;
      turn.emit(run.key, { type: 'task-skipped', task: task.key, because });
      return true;
    }
    open ||= state !== 'completed' || run.undo?.task === dependency?.key;
  }
  // One after the other: each plans on what the one before has left.
  const held = open || (task.spec.replaces !== undefined && replanAhead(run, task));
  if (!held) turn.emit(run.key, { type: 'task-ready', task: task.key });
  return false;
}

/** What a stage finds out helps those who come after it; they can do without. */
function isHelp({ spec, stage }: Task): boolean {
  return stage !== IMPLEMENTATION && (spec.kind === 'research' || spec.kind === 'custom');
}

/** Who judges or adds to the result of all does so without what was taken out of it. */
function outlives({ stage }: Task, { status }: Task): boolean {
  if (stage === IMPLEMENTATION || status.state !== 'failed') return false;
  const { reason } = status.failure;
  return reason === 'undone' || reason === 'rolled_back';
}

function goOnWithout(turn: Turn, task: Task, lost: TaskKey): boolean {
  const dependsOn = task.dependsOn.filter((key) => key !== lost);
  turn.emit(task.run, { type: 'task-rewired', task: task.key, dependsOn });
  const run = turn.run(task.run);
  return promoteTask(turn, run, taskAt(run, task.key));
}

function isLost(run: Run, { key, status }: Task): boolean {
  if (!TASK_OVER[status.state] || status.state === 'completed') return false;
  return replannerFor(run, key) === undefined;
}

function replanAhead(run: Run, { number }: Task): boolean {
  return run.tasks.some(
    (other) =>
      other.spec.replaces !== undefined && other.number < number && !TASK_OVER[other.status.state],
  );
}

const indices = new WeakMap<readonly TaskKey[], readonly number[]>();

/** Where dependencies are in their run; keys are taken apart once, not at every decision. */
function indicesOf(keys: readonly TaskKey[]): readonly number[] {
  const known = indices.get(keys);
  if (known !== undefined) return known;
  const found = keys.map((key) => taskNumber(key) - 1);
  indices.set(keys, found);
  return found;
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
  if (run.tasks.some(({ status }) => !TASK_OVER[status.state]) || awaitsReview(run)) return;
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
