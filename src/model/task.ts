// A node of a run's graph.
//
//   pending ─► ready | skipped | canceled
//   ready ─► running | waiting | pending | skipped | canceled
//   running: work ─► verify ─► integrate ─► completed
//   running ─► ready (next attempt) | pending (what it builds on is undone) | waiting | failed
//   running ─► skipped | canceled
//   waiting ─► ready | running(integrate), with what was handed in | failed | skipped | canceled
//   failed ─► ready (retried) | waiting | skipped
//   skipped | canceled ─► pending (its cause was retried)
//   completed ─► failed (undone, rolled_back: by a revert that passed the gate)
//
// pending    waits for its dependencies.
// ready      could start; a slot, a backoff or a pause holds it.
// running    an attempt is at work (work), is judged on its own tree (verify), or its change is on
//            the way to the run's branch (integrate). After a crash: see attempt.ts.
// waiting    a person has to say something; the ask says what. It survives everything.
// completed  its change is on the run's branch, or it makes none and its checks are in.
// failed, skipped, canceled  it is over; a retry brings it back.

import type { Attempt } from './attempt.ts';
import type { Failure } from './failure.ts';
import type { AskKey, RunKey, TaskKey } from './key.ts';
import type { PlanTask } from './plan.ts';

/** What a running task is doing. */
export type Phase = 'work' | 'verify' | 'integrate';

/** How well the result is supported: `null` for a task that changes nothing and has no check. */
export type Proof = 'proven' | 'unproven' | null;

/** A branch move that was announced before it is made, so that it can be finished after a crash. */
export interface Publication {
  readonly ref: string;
  readonly old: string;
  readonly new: string;
  readonly tree: string;
  readonly proof: Proof;
}

/** Why a task is not going on. */
export interface Because {
  readonly reason:
    | 'dependency'
    | 'slot'
    | 'workspace'
    | 'capability'
    | 'gate'
    | 'ask'
    | 'approval'
    | 'quota'
    | 'rate_limited'
    | 'backoff'
    | 'budget'
    | 'lock'
    | 'overlap'
    | 'paused'
    | 'full_disk'
    | 'skipped_dependency'
    | 'canceled'
    | 'superseded';
  readonly task?: TaskKey;
  /** Epoch milliseconds. */
  readonly until?: number;
  readonly text?: string;
}

/** Where a task stands. */
export type TaskStatus =
  | { readonly state: 'pending' }
  | {
      readonly state: 'ready';
      /**
       * When it may start, by the wall clock of the moment it was decided in epoch milliseconds; 0 =
       * at once. It is a forecast: what ends the wait is `task-due`, by whichever clock tells it.
       */
      readonly notBefore: number;
    }
  | {
      readonly state: 'running';
      readonly phase: Phase;
      /** Only while integrating, from the announcement on. */
      readonly publication: Publication | null;
    }
  | { readonly state: 'waiting'; readonly ask: AskKey }
  | {
      readonly state: 'completed';
      readonly proof: Proof;
      /** The commit on the run's branch; `null` for a task without a change. */
      readonly commit: string | null;
      readonly tree: string | null;
    }
  | {
      readonly state: 'failed';
      readonly failure: Failure;
      /** Whether the run stops because of it; else it goes on without what depends on it. */
      readonly aborts: boolean;
    }
  | { readonly state: 'skipped'; readonly because: Because }
  | { readonly state: 'canceled'; readonly because: Because };

/** The name of a task's state. */
export type TaskState = TaskStatus['state'];

/** A node of a run's graph. */
export interface Task {
  readonly key: TaskKey;
  readonly run: RunKey;
  readonly number: number;
  readonly stage: string;
  readonly spec: PlanTask;
  readonly dependsOn: readonly TaskKey[];
  readonly status: TaskStatus;
  readonly attempts: readonly Attempt[];
  /** Failures that count towards `max_attempts`. */
  readonly failures: number;
  /** Conflicts met since the last integration or answer. */
  readonly conflicts: number;
  /** Workers lost in a row. */
  readonly lost: number;
  /** Whether a person has approved its start, where the plan asks for it. */
  readonly approved: boolean;
  /** What a person wants the next attempt to know. */
  readonly instruction: string | null;
  /** Why its change was taken out of the run's branch, until it is completed again. */
  readonly takenBack: Failure | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

/** Whether nothing more will happen to it by itself. */
export const TASK_OVER: Readonly<Record<TaskState, boolean>> = {
  pending: false,
  ready: false,
  running: false,
  waiting: false,
  completed: true,
  failed: true,
  skipped: true,
  canceled: true,
};
