// Opening a failed task again, and exactly what did not happen because of it.

import type { Answer } from '../model/command.ts';
import { failure } from '../model/failure.ts';
import type { RunKey, TaskKey } from '../model/key.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import { IMPLEMENTATION } from '../model/stage.ts';
import type { Task } from '../model/task.ts';
import { beginPlan } from './begin-plan.ts';
import { taskAt } from './moves.ts';
import { done, refuse } from './refuse.ts';
import { startReplan } from './replan.ts';
import { isSuperseded, isUnneeded, replannerFor, whyNoReplan } from './replans.ts';
import { wasAborted } from './standing.ts';
import type { Turn } from './turn.ts';

/**
 * Opens a task, or all that failed in a run, again; a finished run goes on.
 *
 * @param turn - The turn it is heard in.
 * @param run - The run.
 * @param command - The task or run, and what the next attempt should know.
 * @returns What to say to whoever wants it.
 */
export function retry(
  turn: Turn,
  run: Run,
  command: { key: RunKey | TaskKey; instruction: string | null; by: string; replan?: boolean },
): Answer {
  const { key } = command;
  if (run.status.state === 'canceling') {
    return refuse(`${run.key} is being canceled`, `wait for it: tutti show ${run.key}`);
  }
  const named = run.tasks.find((task) => task.key === key);
  if (command.replan === true) return replan(turn, run, { ...command, task: named });
  const refused = named === undefined ? null : whyNotRetried(run, named);
  if (refused !== null) return refused;
  if (key === run.key && wasNeverBegun(run)) {
    goOnWithout(turn, run, { roots: new Set(), by: command.by });
    return done(run, `${run.key} begins`);
  }
  const wanted = run.tasks.filter((task) =>
    key === run.key
      ? isWanted(run, task) && whyNotRetried(run, task) === null
      : task.key === key && isOpenable(task),
  );
  if (wanted.length === 0) {
    if (run.tasks.length === 0) return refuse(`${run.key} has no task yet`, 'tutti run "…"');
    return refuse(`nothing of ${key} has failed`, `tutti show ${key}`);
  }
  const roots = key === run.key ? unblocked(run, wanted) : wanted;
  const stuck = key === run.key && roots.length > 0 ? undefined : wanted[0];
  const blocking = stuck === undefined ? undefined : blocker(run, stuck);
  if (stuck !== undefined && blocking !== undefined) {
    const { state } = blocking.status;
    return refuse(
      `${stuck.key} needs ${blocking.key}, which is ${state}`,
      `tutti retry ${blocking.key}`,
    );
  }
  return reopen(turn, run, { ...command, roots });
}

/** What a retry of the whole run is about: what failed, and what its cancel has cut off. */
function isWanted(run: Run, { status }: Task): boolean {
  return (
    status.state === 'failed' || (status.state === 'canceled' && run.status.state === 'canceled')
  );
}

/**
 * Tells whether a run ended before anything of its approved plan was begun.
 *
 * @param run - The run.
 * @returns Whether the tasks of its plan have not even joined it.
 */
export function wasNeverBegun({ status, plans, tasks }: Run): boolean {
  return (
    RUN_OVER[status.state] &&
    plans.some(({ state }) => state === 'approved') &&
    !tasks.some(({ stage }) => stage === IMPLEMENTATION)
  );
}

function whyNotRetried(run: Run, task: Task): Answer | null {
  const { key, status, spec } = task;
  const ended = status.state === 'skipped' || status.state === 'canceled';
  if (ended && isSuperseded(task)) {
    const by = status.because.task ?? run.key;
    return refuse(`${key} was replaced by ${by}`, `tutti show ${by}`);
  }
  if (spec.discusses !== undefined && isOpenable(task)) {
    return refuse(`${key} asked the planner something`, `tutti plan show ${run.key}`);
  }
  if (spec.replaces !== undefined && isOpenable(task)) {
    return refuse(`${key} planned ${spec.replaces} anew`, `tutti retry ${spec.replaces} --replan`);
  }
  const by = replannerFor(run, key);
  if (by === undefined) return null;
  return refuse(`${key} is being planned anew by ${by.key}`, `tutti skip ${by.key} ends that`);
}

function waitsAfterFailure({ asks }: Run, { status }: Task): boolean {
  if (status.state !== 'waiting') return false;
  const kind = asks.find(({ key }) => key === status.ask)?.kind;
  return kind === 'failure' || kind === 'conflict';
}

/** Has a failed task replaced by a new piece of plan. */
function replan(
  turn: Turn,
  run: Run,
  { task, instruction, by }: { task: Task | undefined; instruction: string | null; by: string },
): Answer {
  const hint = `tutti show ${run.key}`;
  if (task === undefined)
    return refuse(`${run.key} is a run`, `name the task that failed: ${hint}`);
  const { status } = task;
  if (status.state !== 'failed' && !waitsAfterFailure(run, task)) {
    return refuse(`${task.key} has not failed, it is ${status.state}`, hint);
  }
  const inTheWay = whyNoReplan(run, task);
  if (inTheWay !== null) return refuse(inTheWay, hint);
  if (status.state === 'waiting') {
    turn.emit(run.key, { type: 'ask-withdrawn', ask: status.ask });
    const why = failure('rejected', 'A person wants another plan for it.');
    turn.emit(run.key, { type: 'task-failed', task: task.key, failure: why, aborts: true });
  } else goOnWithout(turn, run, { roots: new Set([task.key]), by });
  startReplan(turn, turn.task(task.key), instruction);
  return done(run, `${task.key} will be planned anew`);
}

function reopen(
  turn: Turn,
  run: Run,
  { roots, instruction, by }: { roots: readonly Task[]; instruction: string | null; by: string },
): Answer {
  const again = new Set(roots.map(({ key }) => key));
  const back = goOnWithout(turn, run, { roots: again, by });
  const keys = [...again, ...back];
  for (const key of again) {
    turn.emit(run.key, { type: 'task-reopened', task: key, instruction });
  }
  return done(run, `${keys.join(', ')} will be tried again`);
}

/**
 * Lets a run go on without its failures, and brings back what was cut off for the roots.
 *
 * @param turn - The turn it happens in.
 * @param run - The run; a finished one is opened again.
 * @param how - What is tried again, and who wants it.
 * @param how.roots - The tasks that are tried again.
 * @param how.by - Who wants it.
 * @returns What comes back with them.
 */
export function goOnWithout(
  turn: Turn,
  run: Run,
  { roots, by }: { roots: ReadonlySet<TaskKey>; by: string },
): readonly TaskKey[] {
  if (RUN_OVER[run.status.state]) {
    // Without an approved plan there is nothing to run yet: it is the planning that is tried again.
    const planned = run.plans.some(({ state }) => state === 'approved');
    turn.emit(run.key, planned ? { type: 'run-reopened', by } : { type: 'planning-started' });
    if (wasNeverBegun(run)) beginPlan(turn, run);
  }
  const again = consequences(run, roots);
  const replanned = new Set(
    run.tasks.flatMap(({ key, spec }) => (again.has(key) ? (spec.replaces ?? []) : [])),
  );
  // What else has failed stays as it is, but must not stop this again at once.
  for (const { key, status } of run.tasks) {
    if (status.state !== 'failed' || !status.aborts) continue;
    if (again.has(key) || replanned.has(key) || replannerFor(run, key) !== undefined) continue;
    turn.emit(run.key, { type: 'task-tolerated', task: key });
  }
  const back = [...again].filter((key) => !roots.has(key));
  for (const key of back) {
    turn.emit(run.key, { type: 'task-reopened', task: key, instruction: null });
  }
  return back;
}

/**
 * What was skipped because of the tasks, at any distance; and what a failure that stopped the run
 * has ended, for after this none stops it any more.
 */
function consequences(run: Run, roots: ReadonlySet<TaskKey>): Set<TaskKey> {
  const found = new Set(roots);
  let grew = true;
  while (grew) {
    grew = false;
    for (const task of run.tasks) {
      const { key, status } = task;
      if (found.has(key)) continue;
      const skipped =
        status.state === 'skipped' &&
        status.because.reason === 'skipped_dependency' &&
        found.has(status.because.task ?? '');
      const unneeded = isUnneeded(run, task, found);
      if ((!skipped && !wasAborted(task)) || unneeded) continue;
      found.add(key);
      grew = true;
    }
  }
  return found;
}

function isOpenable({ status }: Task): boolean {
  return status.state === 'failed' || status.state === 'skipped' || status.state === 'canceled';
}

/** Those of the tasks that can start again: what they need is completed, or is tried again with them. */
function unblocked(run: Run, tasks: readonly Task[]): readonly Task[] {
  const again = consequences(run, new Set(tasks.map(({ key }) => key)));
  const free = tasks.filter(({ dependsOn }) =>
    dependsOn.every((key) => again.has(key) || !isOpenable(taskAt(run, key))),
  );
  return free.length === tasks.length ? free : unblocked(run, free);
}

/** The dependency that is over without being completed, at any distance: the task cannot start. */
function blocker(run: Run, task: Task): Task | undefined {
  const lost = task.dependsOn
    .map((key) => taskAt(run, key))
    .find((dependency) => isOpenable(dependency));
  return lost === undefined ? undefined : (blocker(run, lost) ?? lost);
}
