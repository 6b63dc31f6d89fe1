// What follows from reports of the merge queue: changes get onto the branch together, or the one that
// keeps them from it is found and named.

import { withTrial } from '../model/gate.ts';
import { taskNumber, taskOf } from '../model/key.ts';
import type { RunKey } from '../model/key.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { notPublished } from './base.ts';
import { acceptsCheckChange } from './check-change.ts';
import { hearConflict } from './conflict.ts';
import { blamedBy, gateOf, isAnnounced, mayLand } from './gate.ts';
import type { Blamed } from './gate.ts';
import type { NotPublished, Report } from './input.ts';
import { complete, refute } from './judged.ts';
import { taskAt } from './moves.ts';
import type { Turn } from './turn.ts';

type Gated = Extract<Report, { type: 'gated' }>;

/**
 * Decides what follows from a report about changes on their way to the branch.
 *
 * @param turn - The turn it is heard in.
 * @param task - The task that it speaks of; it integrates.
 * @param report - The report.
 */
export function hearGate(turn: Turn, task: Task, report: Report): void {
  const isLeaving = isAnnounced(task);
  switch (report.type) {
    case 'conflict':
      if (!isLeaving) hearConflict(turn, task, report);
      return;
    case 'gated':
      if (!isLeaving) gated(turn, task, report);
      return;
    case 'published':
      if (isLeaving) land(turn, task.run);
      return;
    case 'not-published':
      if (isLeaving) withhold(turn, task.run, report);
      return;
    default: // of the work: late
  }
}

function gated(turn: Turn, first: Task, report: Gated): void {
  const run = turn.run(first.run);
  const gate = gateOf(run);
  // Something else has to be judged by now: that is derived and done.
  if (gate?.id !== report.gate) return;
  const { verdicts, touched, tries } = report;
  const failed = verdicts.filter(({ ok }) => !ok);
  const passed = failed.length === 0;
  const attempts = report.stack.map(({ attempt }) => attempt);
  if (passed && touched.length > 0 && !acceptsCheckChange(turn, first, touched)) return;
  const trial = { attempts, tries, failed };
  const trials = withTrial(run.trials, trial);
  if (passed && mayLand(run, trials, attempts) && isWhole(run, report)) {
    announce(turn, report);
    return;
  }
  const blamed = blamedBy(run, trials);
  if (blamed !== null && attempts.length === 1 && blamed.attempt === attempts[0]) {
    refute(turn, first, verdicts, causeOf(run, blamed));
    return;
  }
  const task = taskOf(attempts.at(-1) ?? report.attempt);
  const found = { verdicts: verdicts.filter(({ ok }) => ok), failed };
  turn.emit(run.key, { type: 'batch-judged', task, attempts, tries, ...found });
  followGate(turn, run.key);
}

/** Whether the branch would move from where it is, step by step, to the very tree that was judged. */
function isWhole(run: Run, { stack, verdicts }: Gated): boolean {
  let at = run.head;
  for (const { publication } of stack) {
    if (publication.old !== at) return false;
    at = publication.new;
  }
  const tree = stack.at(-1)?.publication.tree;
  return verdicts.every((verdict) => verdict.tree === null || verdict.tree === tree);
}

function announce(turn: Turn, { stack, verdicts }: Gated): void {
  for (const { attempt, publication } of stack) {
    const task = taskOf(attempt);
    const run = turn.task(task).run;
    turn.emit(run, { type: 'task-publishing', task, publication, verdicts });
  }
}

/**
 * Sends back who was found to keep the others from the branch.
 *
 * @param turn - The turn it happens in.
 * @param key - The run.
 */
export function followGate(turn: Turn, key: RunKey): void {
  for (;;) {
    const run = turn.run(key);
    const blamed = RUN_OVER[run.status.state] ? null : blamedBy(run);
    if (blamed === null) return;
    refute(turn, taskAt(run, taskOf(blamed.attempt)), blamed.failed, causeOf(run, blamed));
  }
}

/** It has passed on what it was made on; so it is something that came since which it does not bear. */
function causeOf(run: Run, blamed: Blamed): string | null {
  if (blamed.with !== null) {
    const other = taskAt(run, taskOf(blamed.with));
    return `It fails only together with ${other.key} (${other.spec.title}): each of them passes alone.`;
  }
  const status = run.tasks[taskNumber(blamed.attempt) - 1]?.attempts.at(-1)?.status;
  const base = status?.state === 'handed_in' ? status.change?.base : undefined;
  return base === undefined || base === run.head
    ? null
    : 'It passed on the commit that it was made on, and fails on the present head of the run.';
}

/** What was announced has happened. */
function land(turn: Turn, key: RunKey): void {
  for (const task of announced(turn.run(key))) {
    const { status } = task;
    if (status.state !== 'running' || status.publication === null) continue;
    const { new: commit, tree, proof } = status.publication;
    complete(turn, task, { proof, commit, tree });
  }
}

/** Nobody is to blame for it: they wait for what a person has committed, or has to say. */
function withhold(turn: Turn, key: RunKey, told: NotPublished): void {
  const tasks = announced(turn.run(key));
  const [first] = tasks;
  if (first?.status.state !== 'running' || first.status.publication === null) return;
  const { ref, old } = first.status.publication;
  for (const { key: task } of tasks) turn.emit(key, { type: 'task-withheld', task });
  notPublished(turn, turn.run(key), { ref, old, why: told.why, at: told.at });
}

/** The tasks whose branch move is announced, in the order of the moves. */
function announced(run: Run): Task[] {
  return run.queue.map((key) => taskAt(run, key)).filter(isAnnounced);
}
