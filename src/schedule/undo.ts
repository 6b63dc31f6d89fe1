// Taking the change of a completed task out of its run's branch: what builds on it and is at work is
// stopped, the revert passes the gate, then the task has failed and what waits for it is skipped.

import type { Answer } from '../model/command.ts';
import { failure } from '../model/failure.ts';
import type { Failure } from '../model/failure.ts';
import type { TaskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Publication, Task } from '../model/task.ts';
import type { Verdict } from '../model/verdict.ts';
import { followRollback } from './fail.ts';
import type { Input, NotPublished, Report, UndoTold } from './input.ts';
import { taskAt } from './moves.ts';
import { done, refuse } from './refuse.ts';
import { withdrawAskOf } from './run-ask.ts';
import { factsOf } from './run-facts.ts';
import { dropHandedIn, stopAttempt } from './stop.ts';
import type { Turn } from './turn.ts';

/**
 * Takes the change of a task out, as a person wants it.
 *
 * @param turn - The turn it is heard in.
 * @param run - The run.
 * @param about - The task, and who wants it.
 * @returns What to say to them; what came of it is known when the gate has judged the revert.
 */
export function undo(turn: Turn, run: Run, { task, by }: { task: Task; by: string }): Answer {
  const refused = whyNotUndone(run, task);
  if (refused !== null) return refused;
  if (run.undo === null) {
    begin(turn, task, failure('undone', `${by} has taken its change out of ${run.branch}`));
  }
  // Whoever says it again takes up what somebody else has left half-way.
  if (!turn.desk.draining) turn.takeOut(run.key);
  return done(run, `the change of ${task.key} is being taken out of ${run.branch}`);
}

function whyNotUndone(run: Run, task: Task): Answer | null {
  const { key, status } = task;
  const show = `tutti show ${key}`;
  if (run.undo !== null) {
    if (run.undo.task === key) return null;
    const other = run.undo.task;
    return refuse(
      `the change of ${other} is being taken out now`,
      `wait for it: tutti show ${other}`,
    );
  }
  if (run.status.state === 'canceling') {
    return refuse(`${run.key} is being canceled`, `wait for it: tutti show ${run.key}`);
  }
  if (status.state === 'failed' && task.takenBack !== null) {
    const how = task.takenBack.reason === 'undone' ? 'undone' : 'rolled back';
    return refuse(`${key} was ${how} already`, `do it again: tutti retry ${key}`);
  }
  if (status.state !== 'completed') {
    return refuse(`${key} is ${status.state}: there is nothing of it to undo`, show);
  }
  if (status.commit === null) {
    return refuse(`${key} has changed nothing: there is nothing to undo`, show);
  }
  return null;
}

function begin(turn: Turn, task: Task, why: Failure): void {
  const mark = `${turn.desk.seed}.undo.${turn.now}.${task.key}`;
  turn.emit(task.run, { type: 'undo-started', task: task.key, failure: why, mark });
  setDependentsBack(turn, task.key);
}

/**
 * Keeps away from work what builds on a change that is being taken out, or was: some of it was just
 * ending, or waited for a person, when that began.
 *
 * @param turn - The turn it happens in.
 * @param run - The run.
 */
export function keepBack(turn: Turn, run: Run): void {
  if (run.undo !== null) setDependentsBack(turn, run.undo.task);
  for (const { key, status } of factsOf(run).takenBack) {
    setDependentsBack(turn, key);
    if (TASK_OVER[status.state]) leaveOut(turn, key);
  }
}

/** What builds on it starts from a result that will not be: it is stopped, and what it did is kept. */
function setDependentsBack(turn: Turn, key: TaskKey): void {
  const { run } = turn.task(key);
  for (const task of turn.run(run).tasks) {
    if (task.dependsOn.includes(key)) setBack(turn, task);
  }
}

function setBack(turn: Turn, { key, run, status, attempts }: Task): void {
  const outcome = { kind: 'canceled', why: 'undone' } as const;
  const attempt = attempts.at(-1);
  if (status.state === 'ready') turn.emit(run, { type: 'task-set-back', task: key });
  if (status.state !== 'running' || status.publication !== null || attempt === undefined) return;
  if (status.phase === 'work') {
    stopAttempt(turn, attempt, outcome);
    return;
  }
  turn.emit(run, { type: 'attempt-ended', attempt: attempt.key, outcome });
  turn.emit(run, { type: 'task-set-back', task: key });
}

/**
 * Decides what follows from what became of an undo. What is said of an earlier one changes nothing.
 *
 * @param turn - The turn it is heard in.
 * @param input - What was said, and of which.
 */
export function hearUndo(turn: Turn, input: Extract<Input, { type: 'undo' }>): void {
  const run = turn.world.runs.get(input.run);
  if (run === undefined || run.undo === null || run.undo.mark !== input.mark) return;
  const { told } = input;
  const { task, publication } = run.undo;
  if (publication === null) {
    if (told.kind === 'refused') refuseUndo(turn, run, told);
    else if (told.kind === 'publishable') announce(turn, run, told);
    return;
  }
  if (told.kind === 'published') {
    finish(turn, run, task);
  } else if (told.kind === 'not-published') {
    turn.see(run.key, null);
    refuseUndo(turn, run, { message: elsewhere(run, publication, told), verdicts: [] });
  }
}

function elsewhere({ branch }: Run, { ref, old }: Publication, { why, at }: NotPublished): string {
  if (why === 'branch') {
    return `somebody has committed to ${branch} at this moment: give the command again`;
  }
  const where = at === null ? 'gone' : `at ${at}`;
  return `${ref} should be at ${old} but is ${where}: somebody else moved it`;
}

function refuseUndo(
  turn: Turn,
  { key, undo: under }: Run,
  { message, verdicts }: Omit<Extract<UndoTold, { kind: 'refused' }>, 'kind'>,
): void {
  if (under === null) return;
  turn.emit(key, { type: 'undo-refused', task: under.task, message, verdicts });
}

function announce(
  turn: Turn,
  run: Run,
  {
    publication,
    verdicts,
  }: Pick<Extract<UndoTold, { kind: 'publishable' }>, 'publication' | 'verdicts'>,
): void {
  if (run.undo === null) return;
  if (publication.old !== run.head) {
    const message = `${run.branch} has moved meanwhile: give the command again`;
    refuseUndo(turn, run, { message, verdicts: [] });
    return;
  }
  turn.emit(run.key, { type: 'undo-publishing', task: run.undo.task, publication, verdicts });
}

/** The branch has moved: the task has failed, and what waits for it goes. */
function finish(turn: Turn, run: Run, key: TaskKey): void {
  const { undo: under } = run;
  if (under === null || under.publication === null) return;
  const { failure: why, publication } = under;
  const { onFailure } = taskAt(run, key).spec;
  const isLive = run.status.state === 'running';
  const aborts = isLive && why.reason === 'rolled_back' && onFailure !== 'skip';
  turn.emit(run.key, {
    type: 'task-undone',
    task: key,
    failure: why,
    aborts,
    commit: publication.new,
  });
  keepBack(turn, turn.run(run.key));
  if (isLive && why.reason === 'rolled_back') followRollback(turn, turn.task(key), why);
}

/** What waits for a person was made on what is not there now. */
function leaveOut(turn: Turn, key: TaskKey): void {
  const { run } = turn.task(key);
  for (const task of turn.run(run).tasks) {
    if (task.status.state !== 'waiting' || !task.dependsOn.includes(key)) continue;
    withdrawAskOf(turn, task);
    dropHandedIn(turn, task, 'undone');
    const because = { reason: 'skipped_dependency', task: key } as const;
    turn.emit(run, { type: 'task-skipped', task: task.key, because });
  }
}

/**
 * Takes a change out that broke what worked before it: the revert has passed the gate. Whoever found
 * that looks at the result once more afterwards.
 *
 * @param turn - The turn it happens in.
 * @param finder - The task that judged the result.
 * @param report - What it found, and the revert.
 */
export function rollBack(
  turn: Turn,
  finder: Task,
  report: Extract<Report, { type: 'regressed' }>,
): void {
  const run = turn.run(finder.run);
  const { cause, refuted } = report;
  const about = { ...report, task: taskAt(run, cause) };
  if (mayTakeBack(run, about)) {
    turn.emit(run.key, { type: 'task-refuted', task: finder.key, verdicts: refuted });
    takeBack(turn, run, about);
  }
  setBack(turn, turn.task(finder.key));
}

/** A task whose change is to go, and the revert that has passed the gate. */
interface TakingBack {
  readonly task: Task;
  /** What it has broken. */
  readonly message: string;
  readonly publication: Publication;
  readonly verdicts: readonly Verdict[];
}

/**
 * Takes a change out that broke what worked before it, unless something has changed since that was
 * found.
 *
 * @param turn - The turn it happens in.
 * @param run - The run.
 * @param about - Whose change, and the revert.
 */
export function takeBack(turn: Turn, run: Run, about: TakingBack): void {
  if (!mayTakeBack(run, about)) return;
  begin(turn, about.task, failure('rolled_back', about.message));
  announce(turn, turn.run(run.key), about);
}

function mayTakeBack(run: Run, { task, publication }: TakingBack): boolean {
  const moves =
    run.base.update?.status.state === 'publishing' ||
    run.tasks.some(({ status }) => status.state === 'running' && status.publication !== null);
  const isNow = run.undo === null && publication.old === run.head && !moves;
  return isNow && task.status.state === 'completed' && run.status.state === 'running';
}
