// The JSON that scripts see, in shapes: times are ISO 8601 or null.

import type { Ask } from '../model/ask.ts';
import type { AttemptStatus, LeftOut, Usage } from '../model/attempt.ts';
import type { Landed } from '../model/base.ts';
import type { FailureReason } from '../model/failure.ts';
import type { PlanTask, Priority } from '../model/plan.ts';
import type { Pause, RunState } from '../model/run.ts';
import type { Because, Phase, Proof, TaskState } from '../model/task.ts';
import type { Finding, Verdict } from '../model/verdict.ts';
import type { SlotUse } from './slot-use.ts';
import type { StartCause } from './start-cause.ts';

/** How many tasks there are in each state. */
export type TaskCounts = Readonly<Record<TaskState | 'total', number>>;

/** Why something failed. */
export interface FailureJson {
  readonly reason: FailureReason;
  readonly message: string;
}

/** A run. */
export interface RunJson {
  readonly key: string;
  readonly id: string;
  readonly goal: string;
  readonly title: string;
  readonly state: RunState | 'paused';
  readonly paused: Pause | null;
  readonly outcome: 'full' | 'partial' | null;
  readonly failure: FailureJson | null;
  readonly stage: string | null;
  readonly orchestrate: boolean;
  readonly reasons: readonly string[];
  readonly branch: string;
  readonly baseCommit: string;
  readonly headCommit: string;
  readonly base: {
    readonly branch: string;
    /** The newest commit of it that is part of the run's branch. */
    readonly commit: string;
    /** What comes onto the run's branch from elsewhere: of the base, or a person's own. */
    readonly update: {
      readonly kind: 'base' | 'branch';
      readonly commit: string;
      readonly state: 'judging' | 'publishing' | 'refused';
    } | null;
    /** What has come, in its order. */
    readonly landed: readonly Landed[];
  };
  readonly pullRequest: {
    readonly number: number;
    readonly url: string;
    readonly state: 'open' | 'closed' | 'merged';
    readonly mergedAt: string | null;
    /** What the forge's own checks said of it. */
    readonly checked?: Verdict;
  } | null;
  readonly priority: Priority;
  readonly type: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly tasks: TaskCounts;
  readonly openAsks: number;
  readonly costUsd: number;
  readonly tokens: Usage;
  /** `null` = not limited. */
  readonly budget: {
    readonly usd: number | null;
    readonly tokens: number | null;
    /** Without what is set aside for attempts at work. */
    readonly left: { readonly usd: number | null; readonly tokens: number | null };
  };
  /** Why its ready tasks do not start, where any are. */
  readonly held?: readonly HeldJson[];
  /** Seconds in which at least one of its agents was at work. */
  readonly workedSecs: number;
}

/** Why a task is not going on. */
export interface BecauseJson {
  readonly reason: Because['reason'];
  readonly task: string | null;
  readonly until: string | null;
  readonly text: string | null;
}

/** Why some of a run's ready tasks do not start; `task` is what the first of them waits for. */
export interface HeldJson extends BecauseJson {
  readonly tasks: number;
}

/** A task. */
export interface TaskJson {
  readonly key: string;
  readonly id: string;
  readonly planId: string;
  readonly title: string;
  readonly kind: PlanTask['kind'];
  readonly stage: string;
  readonly state: TaskState;
  readonly phase: Phase | null;
  readonly proof: Proof;
  readonly agent: string;
  readonly runtime: string;
  readonly dependsOn: readonly string[];
  readonly attempts: number;
  readonly failure: FailureJson | null;
  readonly because: BecauseJson | null;
  readonly supersededBy: string | null;
  readonly branch: string | null;
  readonly commit: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** An attempt. */
export interface AttemptJson {
  readonly key: string;
  readonly task: string;
  readonly number: number;
  readonly state: AttemptStatus['state'];
  readonly outcome: 'succeeded' | 'failed' | 'canceled' | null;
  readonly agent: string;
  readonly runtime: string;
  /** `null` = the built-in pool. */
  readonly worker: string | null;
  readonly failure: FailureJson | null;
  readonly blockedOn: string | null;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly costUsd: number;
  readonly tokens: Usage;
  readonly commit: string | null;
  readonly keptRef: string | null;
  readonly sessionId: string | null;
}

/** A verdict, with where it belongs. */
export interface VerdictJson extends Verdict {
  readonly task: string;
  readonly attempt: string | null;
  readonly at: string;
}

/** A question or an approval. */
export interface AskJson {
  readonly key: string;
  readonly run: string;
  readonly task: string | null;
  readonly kind: Ask['kind'];
  readonly question: string;
  readonly choices: readonly string[];
  readonly createdAt: string;
}

/** A task of a plan. */
export type PlanTaskJson = Omit<PlanTask, 'timeoutSecs' | 'idleTimeoutSecs'> & {
  /** Seconds. */
  readonly timeout: number;
  readonly idleTimeout: number;
};

/** A stage of a run. */
export interface StageJson {
  readonly name: string;
  readonly state: 'pending' | 'running' | 'completed' | 'failed' | 'skipped' | 'canceled';
  readonly tasks: readonly string[];
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** What somebody or something used. */
export interface CostJson {
  readonly usd: number;
  readonly tokens: Usage;
  readonly attempts: number;
}

/** A finding that no later verdict has settled. */
export interface OpenFinding extends Finding {
  readonly task: string;
  /** The check or reviewer that has it. */
  readonly by: string;
}

/** Why an attempt started when it did. */
export interface StartJson {
  readonly attempt: string;
  readonly task: string;
  readonly startedAt: string;
  /** When its slot was free again. */
  readonly freedAt: string;
  /** When it was judged and published, or failed. */
  readonly finishedAt: string;
  /** How long the task had been ready before. */
  readonly waitedMs: number;
  readonly reason: StartCause['reason'];
  /** The task, attempt or ask it waited for last, where it was one. */
  readonly by: string | null;
  readonly text: string;
}

/** The report of a run. */
export interface ReportJson {
  readonly run: RunJson;
  readonly tasks: readonly TaskJson[];
  readonly attempts: readonly AttemptJson[];
  readonly evidence: readonly VerdictJson[];
  readonly timeline: readonly {
    readonly at: string;
    readonly task: string | null;
    readonly event: string;
  }[];
  /** Tasks, by what each of them really waited for. */
  readonly criticalPath: readonly string[];
  /** Its attempts, in the order in which they started. */
  readonly criticalAttempts: readonly string[];
  readonly starts: readonly StartJson[];
  readonly slots: SlotUse;
  readonly cost: {
    readonly usd: number;
    readonly tokens: Usage;
    readonly byAgent: Readonly<Record<string, CostJson>>;
    readonly byRuntime: Readonly<Record<string, CostJson>>;
  };
  readonly openFindings: readonly OpenFinding[];
  /** In the words of a model, where one was asked when the run ended; else the facts. */
  readonly summary: string;
  /** How it stands, in sentences that follow from the run itself. */
  readonly facts: string;
  readonly asked: AskedJson;
  /** What each task came to, in the words of whoever did it. */
  readonly done: readonly DoneJson[];
  readonly stages: readonly StageJson[];
  readonly reviews: readonly ReviewJson[];
}

/** What a person wanted. */
export interface AskedJson {
  readonly goal: string;
  /** The context that was given with it. */
  readonly given: string | null;
  /** Why it was planned or not. */
  readonly reasons: readonly string[];
}

/** What a task came to. */
export interface DoneJson {
  readonly task: string;
  readonly title: string;
  readonly stage: string;
  readonly agent: string;
  readonly runtime: string;
  readonly summary: string;
  /** What of either side of a conflict is gone on purpose, and why. */
  readonly leftOut: readonly LeftOut[];
  readonly files: readonly string[];
  readonly commit: string | null;
}

/** What a reviewer said. */
export interface ReviewJson {
  readonly task: string;
  readonly agent: string;
  readonly verdict: 'approve' | 'request_changes';
  readonly summary: string;
  readonly findings: readonly Finding[];
}
