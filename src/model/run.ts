// One goal being carried out: one graph of tasks.
//
//   queued ─► planning | awaiting_approval (a plan file) | running (needs no approval)
//   planning ─► awaiting_approval | approved | failed
//   awaiting_approval ─► approved | planning (planned again) | canceling (rejected)
//   approved ─► running | awaiting_approval (edited)
//   running ─► completed | failed;   every unfinished state ─► canceling ─► canceled
//   completed | failed | canceled ─► running (re-opened by a retry; planning, before it has a plan)
//
// `paused` is a flag on any unfinished run: nothing new starts, live attempts finish.

import type { Ask } from './ask.ts';
import type { RunBase } from './base.ts';
import type { Amounts } from './budget.ts';
import type { Failure } from './failure.ts';
import type { Trial } from './gate.ts';
import type { RunKey, TaskKey } from './key.ts';
import type { PlanSource } from './plan-source.ts';
import type { PlanMessage, PlanRevision, Priority } from './plan.ts';
import type { RunSettings } from './settings.ts';
import type { Task } from './task.ts';
import type { Undo } from './undo.ts';
import type { Verdict } from './verdict.ts';

/** Where a run stands. */
export type RunStatus =
  | { readonly state: 'queued' }
  | { readonly state: 'planning' }
  | { readonly state: 'awaiting_approval' }
  | { readonly state: 'approved' }
  | { readonly state: 'running' }
  | { readonly state: 'canceling' }
  | {
      readonly state: 'completed';
      /** `partial` when some tasks were skipped. */
      readonly outcome: 'full' | 'partial';
      readonly finishedAt: number;
    }
  | { readonly state: 'failed'; readonly failure: Failure; readonly finishedAt: number }
  | { readonly state: 'canceled'; readonly finishedAt: number };

/** The name of a run's state. */
export type RunState = RunStatus['state'];

/** Who stopped a run from starting anything new, and why. */
export interface Pause {
  readonly by: 'person' | 'breaker' | 'full_disk' | 'time_limit';
  readonly reason: string;
}

/** The pull request that offers a run, as the forge told of it last. */
export interface OfferedAs {
  readonly number: number;
  readonly url: string;
  readonly state: 'open' | 'closed' | 'merged';
  /** Epoch milliseconds; `null` while it is not merged. */
  readonly mergedAt: number | null;
  /** What the forge's own checks said of what was pushed; left out = nobody waited for them. */
  readonly checked?: Verdict;
}

/** One goal being carried out. */
export interface Run {
  readonly key: RunKey;
  readonly number: number;
  readonly goal: string;
  readonly title: string;
  readonly type: string;
  readonly priority: Priority;
  readonly source: PlanSource;
  /** Whether its plan needs no approval: the person gave it beforehand. */
  readonly preapproved: boolean;
  /** Why it is planned or not, in words. */
  readonly reasons: readonly string[];
  readonly settings: RunSettings;
  /** What it may use: what was configured and every raise since. */
  readonly ceiling: Amounts;
  readonly baseBranch: string;
  readonly baseCommit: string;
  /** The branch that the result is on. */
  readonly branch: string;
  /** The head of the run: the base plus every integrated change. */
  readonly head: string;
  readonly status: RunStatus;
  readonly paused: Pause | null;
  readonly plans: readonly PlanRevision[];
  /** What was said about the plan, by number: message `n` is at `n - 1`. */
  readonly discussion: readonly PlanMessage[];
  /** By number: task `n` is at `n - 1`. */
  readonly tasks: readonly Task[];
  readonly asks: readonly Ask[];
  /** The merge queue: verified tasks in the order in which they will be integrated. */
  readonly queue: readonly TaskKey[];
  /** What is known of changes that were judged on the present head and are not on it yet. */
  readonly trials: readonly Trial[];
  /** The reason of the last failures and how many in a row had it. */
  readonly sameFailures: { readonly reason: string; readonly count: number };
  /** How long its agents have worked, and how long they had when the present span began. */
  readonly worked: { readonly ms: number; readonly since: number };
  /** `null` = no pull request that tutti knows of. */
  readonly offeredAs: OfferedAs | null;
  /** The change that is being taken out of its branch; `null` = none is. */
  readonly undo: Undo | null;
  /** What it has of its base branch and of other people's commits. */
  readonly base: RunBase;
  readonly createdAt: number;
}

/**
 * Tells whether a run's agents have worked for as long as they may before somebody is asked.
 *
 * @param run - The run.
 * @returns Whether the present span is used up.
 */
export function isTimeUp({ worked, settings }: Pick<Run, 'worked' | 'settings'>): boolean {
  return worked.ms - worked.since >= settings.runTimeoutSecs * 1000;
}

/** Whether a run is over. */
export const RUN_OVER: Readonly<Record<RunState, boolean>> = {
  queued: false,
  planning: false,
  awaiting_approval: false,
  approved: false,
  running: false,
  canceling: false,
  completed: true,
  failed: true,
  canceled: true,
};
