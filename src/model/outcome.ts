// What runs came to, as far as figures over many of them need it: rows without the large columns.

import type { Usage } from './attempt.ts';
import type { FailureReason } from './failure.ts';
import type { PlanSource } from './plan-source.ts';
import type { TaskKind } from './plan.ts';
import type { RunState } from './run.ts';
import type { TaskState } from './task.ts';

/** One try of a task. All moments are epoch milliseconds. */
export interface OutcomeAttempt {
  readonly agent: string;
  readonly runtime: string;
  /** `null` = it is not over. */
  readonly outcome: 'succeeded' | 'failed' | 'canceled' | null;
  readonly reason: FailureReason | null;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly usd: number;
  readonly tokens: Usage;
  /** Whether it handed in a change. */
  readonly changed: boolean;
}

/** What a reviewer found. */
export interface OutcomeReview {
  readonly at: number;
  readonly ok: boolean;
  /** Findings that are more than a matter of taste, blocking or major, and were not found untrue. */
  readonly findings: number;
}

/** One task. What a newer plan has replaced is not among them: it counts in no outcome. */
export interface OutcomeTask {
  readonly key: string;
  readonly kind: TaskKind;
  readonly stage: string;
  readonly title: string;
  readonly agent: string;
  /** Whether it saw to what a review had found. */
  readonly fixes: boolean;
  readonly state: TaskState;
  /** Whether its change is on the branch. */
  readonly integrated: boolean;
  /** Keys of the tasks it waits for. */
  readonly dependsOn: readonly string[];
  readonly finishedAt: number | null;
  /** Oldest first. */
  readonly attempts: readonly OutcomeAttempt[];
  readonly reviews: readonly OutcomeReview[];
}

/** Something that made a task ready, or ended that; or that a slot was taken or given back. */
export interface Moment {
  readonly at: number;
  readonly type: string;
  /** The task; `null` of what is about the whole run. */
  readonly task: string | null;
  /** When a task that is tried again may start. */
  readonly notBefore: number | null;
}

/** One run. */
export interface OutcomeRun {
  readonly key: string;
  readonly type: string;
  readonly source: PlanSource;
  readonly goal: string;
  readonly state: RunState;
  readonly partial: boolean;
  readonly createdAt: number;
  readonly finishedAt: number | null;
  /** When its result got into its base branch here; `null` = it did not, or not by tutti. */
  readonly mergedAt: number | null;
  /** When a forge says that its pull request was merged. */
  readonly offerMergedAt: number | null;
  /** Attempts that may be at work at once, over all runs. */
  readonly slots: number;
  readonly tasks: readonly OutcomeTask[];
  /** In the order in which they happened. */
  readonly moments: readonly Moment[];
}

/** Which runs are read. */
export interface OutcomeWish {
  /** Those that were not over before this moment, in epoch milliseconds. */
  readonly since: number;
  /** At most so many, the newest. */
  readonly newest: number;
  /** With what is in the log only: when slots were free while work waited, and what was merged when. */
  readonly moments: boolean;
  /** Of the tasks only those that an agent has tried; left out: all. */
  readonly byAgents?: boolean;
}

/** A task that a person gave to another agent. */
export interface Reassignment {
  readonly title: string;
  /** `null` = whoever the words mean: the agent was named when the run was made. */
  readonly from: string | null;
  readonly to: string;
}
