// What has to be done outside, derived from state alone: comparing the world with the one before
// gives what is new, comparing it with nothing gives what a coordinator that just took over has to
// take up. So no effect can be forgotten, and performing one twice must be harmless.

import { blockedOn } from '../model/attempt.ts';
import type { Attempt } from '../model/attempt.ts';
import type { AskKey, AttemptKey, RunKey } from '../model/key.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { Desk, World } from '../model/world.ts';
import { effectsOfBase } from './effects-base.ts';
import type { BaseEffect } from './effects-base.ts';
import { gateOf, isAnnounced } from './gate.ts';
import { changedSince } from './lineage.ts';
import { taskAt } from './moves.ts';
import { PATIENCE_MS } from './permission.ts';
import { startTimes } from './starts.ts';
import { waitOf } from './wait.ts';
import type { Wait } from './wait.ts';

/** A moment to wake up at. */
interface Timer {
  readonly kind: 'timer';
  readonly run: RunKey;
  readonly at: number;
  /** The longest it takes, wherever the wall clock is. */
  readonly ms: number;
  /** Tell when the wait of that task is over. */
  readonly wait?: Wait;
}

/** Something to be done outside. */
export type Effect =
  | BaseEffect
  /** Prepare a workspace and let the agent work. */
  | { readonly kind: 'start'; readonly run: RunKey; readonly attempt: AttemptKey }
  /** Tear down what an earlier coordinator's attempt left, keep its work, report it lost. */
  | { readonly kind: 'recover'; readonly run: RunKey; readonly attempt: AttemptKey }
  | { readonly kind: 'stop'; readonly run: RunKey; readonly attempt: AttemptKey }
  /** Tell the agent whether it may. */
  | {
      readonly kind: 'answer';
      readonly run: RunKey;
      readonly attempt: AttemptKey;
      readonly ask: AskKey;
      readonly allow: boolean;
    }
  /** Run the checks on the change's own tree. */
  | { readonly kind: 'verify'; readonly run: RunKey; readonly attempt: AttemptKey }
  /** Stack changes on the head and judge them together; named by the lowest. */
  | {
      readonly kind: 'integrate';
      readonly run: RunKey;
      readonly attempt: AttemptKey;
      readonly gate: string;
    }
  /** Move the branch as it was announced; named by the uppermost of what lands together. */
  | { readonly kind: 'publish'; readonly run: RunKey; readonly attempt: AttemptKey }
  /** Wake up then, unless that is known. */
  | Timer
  /** Compute a revert and run the gate on it. */
  | { readonly kind: 'undo'; readonly run: RunKey; readonly mark: string }
  /** Move the branch to the revert as it was announced. */
  | { readonly kind: 'publish-undo'; readonly run: RunKey; readonly mark: string }
  /** The run is over: write its report, remove its workspaces. */
  | { readonly kind: 'finish'; readonly run: RunKey };

/**
 * Derives what has to be done.
 *
 * @param before - The world whose effects have been performed already; `null` = none of them.
 * @param after - The world as it is now.
 * @param now - The moment it was decided for.
 * @returns The effects that are new.
 */
export function effectsOf(before: World | null, after: World, now: number): readonly Effect[] {
  const effects: Effect[] = [];
  for (const [key, run] of after.runs) {
    // Nothing was done yet for a run that was only known: another coordinator may have left it.
    const wasOwn = before?.desk.driven.has(key) === true;
    const isOwn = after.desk.driven.has(key);
    if (isOwn || after.desk.undoing?.has(key) === true) {
      const isKnown = wasOwn || before?.desk.undoing?.has(key) === true;
      effects.push(...effectsOfUndo(isKnown ? before?.runs.get(key) : undefined, run));
    }
    if (isOwn) effects.push(...effectsOfDriven(wasOwn ? before : null, run, after.desk));
  }
  // Named in every decision until they have come: the wall clock may have been set back since.
  for (const time of startTimes(after, now)) effects.push({ kind: 'timer', ...time });
  return effects;
}

function effectsOfDriven(before: World | null, run: Run, desk: Desk): Effect[] {
  const old = before?.runs.get(run.key);
  const known = before === null || old === undefined ? undefined : { run: old, desk: before.desk };
  const effects: Effect[] = [...effectsOfBase(known, { run, desk })];
  if (run !== old) effects.push(...effectsOfRun(old, run, desk));
  return effects;
}

function effectsOfRun(old: Run | undefined, run: Run, desk: Desk): Effect[] {
  if (RUN_OVER[run.status.state]) {
    return old !== undefined && !RUN_OVER[old.status.state]
      ? [{ kind: 'finish', run: run.key }]
      : [];
  }
  const effects: Effect[] = [];
  for (const index of changedSince(old?.tasks ?? [], run.tasks)) {
    const task = run.tasks[index];
    if (task !== undefined) effects.push(...effectsOfTask(old?.tasks[index], task, { run, desk }));
  }
  effects.push(...effectsOfQueue(old, run));
  return effects;
}

/** What is to be done next to take a change out; nothing while another move is announced. */
function undoStep({ undo, tasks, base }: Run): 'undo' | 'publish-undo' | null {
  if (undo === null) return null;
  if (undo.publication !== null) return 'publish-undo';
  const moves =
    base.update?.status.state === 'publishing' ||
    tasks.some(({ status }) => status.state === 'running' && status.publication !== null);
  return moves ? null : 'undo';
}

function effectsOfUndo(old: Run | undefined, run: Run): Effect[] {
  const step = undoStep(run);
  if (run.undo === null || step === null) return [];
  const { mark } = run.undo;
  const isKnown = old?.undo?.mark === mark && undoStep(old) === step;
  return isKnown ? [] : [{ kind: step, run: run.key, mark }];
}

function effectsOfQueue(old: Run | undefined, run: Run): Effect[] {
  if (run.queue.length === 0) return [];
  const on = { run: run.key };
  const leaving = uppermost(run);
  if (leaving !== undefined) {
    const before = old === undefined ? undefined : uppermost(old);
    const isKnown = before?.key === leaving.key && before.status === leaving.status;
    return isKnown ? [] : [{ kind: 'publish', ...on, attempt: latestKey(leaving) }];
  }
  const gate = gateOf(run);
  if (gate === null || (old !== undefined && gateOf(old)?.id === gate.id)) return [];
  return [{ kind: 'integrate', ...on, attempt: gate.first, gate: gate.id }];
}

/** The last of the tasks that are to get onto the branch together. */
function uppermost(run: Run): Task | undefined {
  const key = run.queue.findLast((one) => isAnnounced(taskAt(run, one)));
  return key === undefined ? undefined : taskAt(run, key);
}

/** What a task is part of. */
interface Within {
  readonly run: Run;
  readonly desk: Desk;
}

function latestKey(task: Task): AttemptKey {
  return task.attempts.at(-1)?.key ?? '';
}

function effectsOfTask(old: Task | undefined, task: Task, within: Within): Effect[] {
  const { status } = task;
  if (status.state === 'ready') return timerOf(old, task, status.notBefore);
  if (status.state !== 'running') return [];
  if (status.phase === 'work') return effectsOfAttempt(old, task, within);
  const on = { run: task.run, attempt: latestKey(task) };
  const before = old?.status.state === 'running' ? old.status : null;
  if (status.phase !== 'verify' || before?.phase === 'verify') return [];
  return [{ kind: 'verify', ...on }];
}

function timerOf(old: Task | undefined, task: Task, at: number): Effect[] {
  const was = old?.status.state === 'ready' ? old.status.notBefore : 0;
  const wait = waitOf(task);
  return wait === null || at === was
    ? []
    : [{ kind: 'timer', run: task.run, at, ms: wait.ms, wait }];
}

function effectsOfAttempt(old: Task | undefined, task: Task, { run, desk }: Within): Effect[] {
  const attempt = task.attempts.at(-1);
  if (attempt === undefined) return [];
  const on = { run: task.run, attempt: attempt.key };
  const before = old?.attempts.at(attempt.number - 1);
  const isNew = before === undefined;
  if (attempt.fence !== desk.epoch) return isNew ? [{ kind: 'recover', ...on }] : [];
  switch (attempt.status.state) {
    case 'leased':
      return isNew ? [{ kind: 'start', ...on }] : [];
    case 'stopping':
      return before?.status.state === 'stopping' ? [] : [{ kind: 'stop', ...on }];
    case 'running':
      return effectsOfBlock(before, attempt, run);
    case 'handed_in':
    case 'ended':
      return [];
  }
}

/** It has begun to wait for leave, or has its answer. */
function effectsOfBlock(before: Attempt | undefined, attempt: Attempt, run: Run): Effect[] {
  const [was, is] = [before === undefined ? null : blockedOn(before), blockedOn(attempt)];
  if (was === is) return [];
  const asked = (key: AskKey): Run['asks'][number] | undefined =>
    run.asks.find((ask) => ask.key === key);
  const { key } = attempt;
  const effects: Effect[] = [];
  const answered = was === null ? undefined : asked(was)?.status;
  if (was !== null && answered?.state === 'answered') {
    const allow = answered.answer === 'allow';
    effects.push({ kind: 'answer', run: run.key, attempt: key, ask: was, allow });
  }
  const open = is === null ? undefined : asked(is);
  if (open !== undefined) {
    const at = open.createdAt + PATIENCE_MS;
    effects.push({ kind: 'timer', run: run.key, at, ms: PATIENCE_MS });
  }
  return effects;
}
