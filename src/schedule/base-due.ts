// What is to be done about other people's commits: when the branches have to be looked at, what comes
// in next, and what waits for that. Everything is read off the run and what was seen last.

import type { Seen, Update } from '../model/base.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Desk } from '../model/world.ts';
import { isAnnounced } from './gate.ts';

/** What follows from what was seen. */
export type BaseStep =
  /** It is something else that has to come in, or nothing. */
  | { readonly do: 'drop' }
  | { readonly do: 'start'; readonly kind: Update['kind']; readonly commit: string }
  /** Somebody has rewritten the branch. */
  | { readonly do: 'refuse'; readonly commit: string };

/**
 * Tells whether the branches of a run have to be looked at.
 *
 * @param run - The run.
 * @param desk - What was seen last.
 * @returns The head that they are to be compared with; `null` = nobody waits for that.
 */
export function lookStep(run: Run, desk: Desk): string | null {
  if (run.status.state !== 'running' || run.undo !== null || isMoving(run)) return null;
  // Until something lands nobody needs to know, unless the branch is somebody else's already.
  const isWanted = run.queue.length > 0 || run.head !== run.baseCommit || modeOf(run) !== 'never';
  return isWanted && seenOf(run, desk) === null ? run.head : null;
}

/**
 * Names what is being judged of what comes in.
 *
 * @param run - The run.
 * @returns Another name for every head that it is put on; `null` = nothing is to be judged now.
 */
export function updateStep({ key, head, base, undo }: Run): string | null {
  const { update } = base;
  if (update?.status.state !== 'judging' || undo !== null) return null;
  return `${key} ${head} ${update.mark}`;
}

/**
 * Tells whether the review, or the end, of a run has to wait for what comes in.
 *
 * @param run - The run.
 * @param desk - What was seen last.
 * @returns Whether something comes in, or nobody knows whether something should.
 */
export function awaitsBase(run: Run, desk: Desk): boolean {
  // Where a person has to say whose head it is, what they have committed would be left behind.
  return run.base.update !== null || asksAboutBase(run) || lookStep(run, desk) !== null;
}

/**
 * Says what is to be done about what was seen.
 *
 * @param run - The run.
 * @param desk - What was seen last, and whether anything may begin.
 * @returns The next step; `null` = none.
 */
export function baseStep(run: Run, desk: Desk): BaseStep | null {
  const { update } = run.base;
  const seen = seenOf(run, desk);
  if (run.status.state !== 'running' || seen === null) return null;
  if (desk.draining || (desk.noRoom ?? null) !== null) return null;
  if (update !== null) return isOvertaken(update, seen) ? { do: 'drop' } : null;
  const held = run.undo !== null || isMoving(run) || asksAboutBase(run);
  if (held) return null;
  const { branch } = seen;
  if (branch.kind === 'ahead') return { do: 'start', kind: 'branch', commit: branch.commit };
  if (branch.kind === 'rewritten') return { do: 'refuse', commit: branch.commit };
  const { base: commit } = seen;
  return commit !== null && isDue(run, commit) ? { do: 'start', kind: 'base', commit } : null;
}

function seenOf({ key, head }: Run, { seen }: Desk): Seen | null {
  const last = seen?.get(key);
  return last?.head === head ? last : null;
}

function modeOf({ settings }: Run): 'when_idle' | 'at_end' | 'never' {
  return settings.integrate.baseUpdates ?? 'never';
}

/** A move of its branch is announced, and not made yet. */
function isMoving({ tasks, queue, base, undo }: Run): boolean {
  if (base.update?.status.state === 'publishing' || undo?.publication) return true;
  return queue.length > 0 && tasks.some((task) => isAnnounced(task));
}

/** What a person has committed goes before what the base brings; what nobody has any more goes. */
function isOvertaken({ kind, commit, status }: Update, { base, branch }: Seen): boolean {
  if (status.state === 'publishing') return false;
  if (kind === 'branch') return branch.kind === 'with' || branch.commit !== commit;
  if (branch.kind !== 'with' || base === null) return true;
  // Who is judged already is judged to the end: what came since has its turn after it.
  return status.state === 'refused' && base !== commit;
}

function asksAboutBase({ asks }: Run): boolean {
  return asks.some(
    ({ kind, task, status }) => kind === 'base' && task === null && status.state === 'open',
  );
}

/** Whether newer commits of the base branch come in now. */
function isDue(run: Run, commit: string): boolean {
  const { base, queue, paused, tasks } = run;
  const mode = modeOf(run);
  if (mode === 'never' || commit === base.leftOut) return false;
  if (queue.length > 0 || paused !== null) return false;
  // Whoever reviews the result reviews one that stays.
  if (tasks.some(({ spec }) => spec.round !== undefined)) return false;
  const last = base.landed.findLast(({ kind }) => kind === 'base');
  const open = tasks.filter(({ status }) => !TASK_OVER[status.state]);
  if (open.length === 0) {
    // A base that moves all the time must not keep a run from its end.
    const isNews = mode === 'at_end' ? last === undefined : last?.head !== run.head;
    return isNews && run.head !== base.merged;
  }
  if (mode === 'at_end') return false;
  return run.head !== base.merged || open.some(({ spec }) => spec.workspace !== 'none');
}

/**
 * Tells whether a run goes on by itself because of what comes in, or because nobody has looked yet
 * whether anything does.
 *
 * @param run - The run.
 * @returns Whether nobody has to say anything.
 */
export function isComingIn({ base, status, tasks, asks }: Run): boolean {
  const state = base.update?.status.state;
  if (state !== undefined) return state !== 'refused' && !RUN_OVER[status.state];
  const isLast = tasks.length > 0 && tasks.every((task) => TASK_OVER[task.status.state]);
  return status.state === 'running' && isLast && asks.every((ask) => ask.status.state !== 'open');
}
