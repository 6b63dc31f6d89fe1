// Why an attempt started at the moment it did.

import type { AttemptKey, TaskKey } from '../model/key.ts';
import type { Task } from '../model/task.ts';
import { fit } from './view.ts';

/** What made a start possible, in one word. */
type CauseReason =
  /** The run began. */
  | 'run'
  /** The last dependency was completed. */
  | 'dependency'
  /** An attempt was to be followed by another one, at once. */
  | 'retry'
  | 'backoff'
  | 'answer'
  | 'approval'
  /** Somebody wanted it tried again. */
  | 'reopened'
  /** All slots were taken until then. */
  | 'slot'
  /** A lock was taken until then. */
  | 'lock'
  /** Another limit held it until then: of a runtime, an agent, overlapping files, a quota. */
  | 'limit'
  /** The run was paused until then. */
  | 'paused'
  /** Nobody was at work until then. */
  | 'taken_over'
  /** Another run had the slots until then. */
  | 'elsewhere';

/** Why an attempt started. */
export interface StartCause {
  readonly reason: CauseReason;
  /** The task, attempt or ask it waited for, where it was one. */
  readonly by: string | null;
  readonly text: string;
}

/** Since when a task could have started. */
export interface Chance {
  readonly kind: 'run' | 'dependency' | 'retry' | 'answer' | 'approval' | 'reopened';
  readonly at: number;
  /** It was to wait until then by itself. */
  readonly until: number;
  readonly by: string | null;
  /** Who has answered. */
  readonly who?: string;
}

/** An attempt whose slot became free. */
export interface Freed {
  readonly attempt: AttemptKey;
  readonly task: TaskKey;
  readonly locks: readonly string[];
}

/** What was the case when an attempt started. */
interface Circumstances {
  readonly task: Task | undefined;
  readonly at: number;
  readonly chance: Chance;
  readonly freed: readonly Freed[];
  /** Whose task held nothing more from that moment on. */
  readonly over: readonly Freed[];
  /** Whether all slots were taken before those became free. */
  readonly full: boolean;
  readonly resumedBy: string | null;
  readonly tookOver: boolean;
}

/**
 * Finds what an attempt waited for last.
 *
 * @param circumstances - What was the case when it started.
 * @returns The cause.
 */
export function startCause(circumstances: Circumstances): StartCause {
  const { at, chance, freed, full, over, resumedBy, tookOver, task } = circumstances;
  if (chance.at === at) return atOnce(chance);
  if (resumedBy !== null) {
    return { reason: 'paused', by: null, text: `resumed by ${fit(resumedBy, 40)}` };
  }
  const locks = task?.spec.locks ?? [];
  const locked = over.find((one) => one.locks.some((lock) => locks.includes(lock)));
  if (locked !== undefined) {
    const lock = locks.find((one) => locked.locks.includes(one)) ?? '';
    return {
      reason: 'lock',
      by: locked.attempt,
      text: `lock ${fit(lock, 40)} freed by ${locked.attempt}`,
    };
  }
  const [first] = freed;
  if (first !== undefined) {
    return full
      ? { reason: 'slot', by: first.attempt, text: `slot freed by ${first.attempt}` }
      : { reason: 'limit', by: first.attempt, text: `room made by ${first.attempt}` };
  }
  const [left] = over;
  if (left !== undefined) {
    return { reason: 'limit', by: left.attempt, text: `room made by ${left.attempt}` };
  }
  if (tookOver) return { reason: 'taken_over', by: null, text: 'tutti went on' };
  if (chance.until > chance.at) {
    return { reason: 'backoff', by: chance.by, text: `backoff after ${chance.by ?? 'it'} over` };
  }
  return { reason: 'elsewhere', by: null, text: 'room made elsewhere' };
}

function atOnce({ kind, by, who }: Chance): StartCause {
  switch (kind) {
    case 'run':
      return { reason: 'run', by: null, text: 'with the run' };
    case 'dependency':
      return { reason: 'dependency', by, text: `after ${by ?? 'its dependencies'} completed` };
    case 'retry':
      return { reason: 'retry', by, text: `again, after ${by ?? 'an attempt'}` };
    case 'answer':
    case 'approval': {
      const verb = kind === 'answer' ? 'answered' : 'approved';
      return { reason: kind, by, text: who === undefined ? verb : `${verb} by ${fit(who, 40)}` };
    }
    case 'reopened':
      return { reason: 'reopened', by: null, text: 're-opened' };
  }
}
