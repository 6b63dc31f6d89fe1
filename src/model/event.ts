// Everything that happens is one of these. An event carries facts; wording lives in the faces.
// State is what folding them gives, nothing else: whatever `apply` needs is in the event.

import type { Ask } from './ask.ts';
import type { AgentReport, AttemptOutcome, Change, ProcessIdentity, Usage } from './attempt.ts';
import type { UpdateEvent } from './base.ts';
import type { Amounts } from './budget.ts';
import type { Failure } from './failure.ts';
import type { AskKey, AttemptKey, RunKey, TaskKey } from './key.ts';
import type { PlanSource } from './plan-source.ts';
import type { PlanMessage, PlanRevision, PlanTask, Priority } from './plan.ts';
import type { OfferedAs, Pause } from './run.ts';
import type { RunSettings } from './settings.ts';
import type { StageSettings } from './stage.ts';
import type { Because, Proof, Publication } from './task.ts';
import type { Review, Verdict } from './verdict.ts';

// ---- run ----

/** A goal was taken in. */
interface RunCreated {
  readonly type: 'run-created';
  readonly number: number;
  readonly goal: string;
  readonly title: string;
  readonly kind: string;
  readonly priority: Priority;
  readonly source: PlanSource;
  readonly preapproved: boolean;
  readonly reasons: readonly string[];
  readonly settings: RunSettings;
  readonly baseBranch: string;
  readonly baseCommit: string;
  readonly branch: string;
}
/** A planner is at work. */
interface PlanningStarted {
  readonly type: 'planning-started';
}
/** A model, or rules in its place, said whether the goal is planned. */
interface RunDetected {
  readonly type: 'run-detected';
  readonly source: PlanSource;
  readonly stages: StageSettings;
  readonly reasons: readonly string[];
}
/** A revision of the plan was proposed; it waits for approval. */
interface PlanDrafted {
  readonly type: 'plan-drafted';
  readonly plan: PlanRevision;
}
/** The newest revision was approved. */
interface PlanApproved {
  readonly type: 'plan-approved';
  readonly revision: number;
  readonly by: string;
}
/** The newest revision was rejected. */
interface PlanRejected {
  readonly type: 'plan-rejected';
  readonly revision: number;
  readonly by: string;
}
/** A person or the planner said something about the plan. */
export interface PlanDiscussed {
  readonly type: 'plan-discussed';
  readonly message: PlanMessage;
}
/** Its tasks may start. */
interface RunStarted {
  readonly type: 'run-started';
}
/** Nothing new starts. */
interface RunPaused {
  readonly type: 'run-paused';
  readonly pause: Pause;
}
/** The pause is over. */
interface RunResumed {
  readonly type: 'run-resumed';
  readonly by: string;
}
/** Its agents have worked so much longer; what is not written yet is lost in a crash. */
interface RunWorked {
  readonly type: 'run-worked';
  /** Milliseconds by the monotonic clock. */
  readonly ms: number;
}
/** Everything was done that could be. */
interface RunCompleted {
  readonly type: 'run-completed';
  readonly outcome: 'full' | 'partial';
}
/** A task's failure ended it, or planning failed. */
interface RunFailed {
  readonly type: 'run-failed';
  readonly failure: Failure;
}
/** It may use more than before. */
export interface BudgetRaised {
  readonly type: 'budget-raised';
  /** What is added to its ceiling; `null` = nothing. */
  readonly usd: number | null;
  readonly tokens: number | null;
  readonly by: string;
}
/** Somebody wants it to end; its attempts are being stopped. */
interface CancelRequested {
  readonly type: 'cancel-requested';
  readonly by: string;
}
/** Nothing of it is alive any more. */
interface RunCanceled {
  readonly type: 'run-canceled';
}
/** A finished run goes on, because a task is tried again. */
interface RunReopened {
  readonly type: 'run-reopened';
  readonly by: string;
}

/** A person has merged its result into its base branch. */
interface RunMerged {
  readonly type: 'run-merged';
  /** The branch. */
  readonly into: string;
  readonly by: string;
}
/** A forge told how the pull request that offers it stands. */
interface PullRequestSeen {
  readonly type: 'pull-request-seen';
  readonly offeredAs: OfferedAs;
}

// ---- task ----

/** A task joined the graph. */
interface TaskAdded {
  readonly type: 'task-added';
  readonly task: TaskKey;
  readonly stage: string;
  readonly spec: PlanTask;
  readonly dependsOn: readonly TaskKey[];
}
/** Its last dependency was completed. */
interface TaskReady {
  readonly type: 'task-ready';
  readonly task: TaskKey;
}
/** What a ready task had to wait for in time is over. */
interface TaskDue {
  readonly type: 'task-due';
  readonly task: TaskKey;
}
/** A finished attempt is followed by another one. */
interface TaskRetried {
  readonly type: 'task-retried';
  readonly task: TaskKey;
  readonly notBefore: number;
  /** What the failure counts towards, if anything; `exhausted` = only the fallback is left. */
  readonly counts: 'failure' | 'conflict' | 'lost' | 'nothing' | 'exhausted';
}
/** It waits for a person. */
interface TaskWaiting {
  readonly type: 'task-waiting';
  readonly task: TaskKey;
  readonly ask: AskKey;
  readonly counts: TaskRetried['counts'];
}
/** The person has spoken: it may go on. */
interface TaskUnblocked {
  readonly type: 'task-unblocked';
  readonly task: TaskKey;
  readonly instruction: string | null;
  readonly approved: boolean;
}
/** The person has spoken, and what was handed in is good: it goes on where it waited. */
interface TaskResumed {
  readonly type: 'task-resumed';
  readonly task: TaskKey;
}
/** The change passed its checks on its own tree. */
interface TaskVerified {
  readonly type: 'task-verified';
  readonly task: TaskKey;
  readonly verdicts: readonly Verdict[];
}
/** A task without a change passed its checks. */
interface TaskChecked {
  readonly type: 'task-checked';
  readonly task: TaskKey;
  readonly verdicts: readonly Verdict[];
}
/** Checks failed on the change's own tree or on the merged one. */
interface TaskRefuted {
  readonly type: 'task-refuted';
  readonly task: TaskKey;
  readonly verdicts: readonly Verdict[];
}
/** What a reviewer claims was looked into, or the result was judged by its checks. */
interface TaskReviewed {
  readonly type: 'task-reviewed';
  readonly task: TaskKey;
  readonly review: Review;
  readonly verdicts: readonly Verdict[];
}
/** Changes were judged on the head together, and cannot get onto the branch as they are. */
interface BatchJudged {
  readonly type: 'batch-judged';
  /** The one on top. */
  readonly task: TaskKey;
  /** In the order in which they were stacked. */
  readonly attempts: readonly AttemptKey[];
  /** How often the checks were run. */
  readonly tries: number;
  /** What has passed. */
  readonly verdicts: readonly Verdict[];
  /** What has not: it may be any of them. */
  readonly failed: readonly Verdict[];
}
/** The branch was not where it should be: what was announced is off. */
interface TaskWithheld {
  readonly type: 'task-withheld';
  readonly task: TaskKey;
}
/** The branch is about to move: recorded before it does, so that a crash cannot leave a doubt. */
interface TaskPublishing {
  readonly type: 'task-publishing';
  readonly task: TaskKey;
  readonly publication: Publication;
  readonly verdicts: readonly Verdict[];
}
/** Its change is on the branch, or it makes none. */
interface TaskCompleted {
  readonly type: 'task-completed';
  readonly task: TaskKey;
  readonly proof: Proof;
  readonly commit: string | null;
  readonly tree: string | null;
}
/** It will not be tried again by itself. */
interface TaskFailed {
  readonly type: 'task-failed';
  readonly task: TaskKey;
  readonly failure: Failure;
  readonly aborts: boolean;
}
/** It waits for other tasks, for one that it waited for was replaced. */
interface TaskRewired {
  readonly type: 'task-rewired';
  readonly task: TaskKey;
  readonly dependsOn: readonly TaskKey[];
}
/** A person goes on with something else of the run: its failure does not stop it any more. */
interface TaskTolerated {
  readonly type: 'task-tolerated';
  readonly task: TaskKey;
}
/** It will not be done; the run goes on without it. */
interface TaskSkipped {
  readonly type: 'task-skipped';
  readonly task: TaskKey;
  readonly because: Because;
}
/** The run ended before its turn. */
interface TaskCanceled {
  readonly type: 'task-canceled';
  readonly task: TaskKey;
  readonly because: Because;
}
/** It waits for its dependencies again: the change of one of them is being taken out. */
interface TaskSetBack {
  readonly type: 'task-set-back';
  readonly task: TaskKey;
}
/** The change of a completed task is to be taken out of the branch, if the gate lets it. */
interface UndoStarted {
  readonly type: 'undo-started';
  readonly task: TaskKey;
  /** What the task will have failed with. */
  readonly failure: Failure;
  readonly mark: string;
}
/** The branch is about to move to the revert. */
interface UndoPublishing {
  readonly type: 'undo-publishing';
  readonly task: TaskKey;
  readonly publication: Publication;
  readonly verdicts: readonly Verdict[];
}
/** The change stays where it is; nothing was moved. */
interface UndoRefused {
  readonly type: 'undo-refused';
  readonly task: TaskKey;
  readonly message: string;
  readonly verdicts: readonly Verdict[];
}
/** Its change is not on the branch any more. */
interface TaskUndone {
  readonly type: 'task-undone';
  readonly task: TaskKey;
  readonly failure: Failure;
  readonly aborts: boolean;
  /** The revert: the head of the run. */
  readonly commit: string;
}
/** A person wants it tried again, or what it was skipped for is tried again. */
interface TaskReopened {
  readonly type: 'task-reopened';
  readonly task: TaskKey;
  readonly instruction: string | null;
}

// ---- attempt ----

/** It has a slot. Nothing is started before this is on disk. */
interface AttemptLeased {
  readonly type: 'attempt-leased';
  readonly attempt: AttemptKey;
  readonly agent: string;
  readonly runtime: string;
  /** The configured worker that does it; without one, the built-in pool. */
  readonly worker?: string;
  readonly fence: number;
  readonly mark: string;
  /** What is set aside for it, where the run has a budget. */
  readonly reserved?: Amounts;
}
/** Its process is about to be let go. */
interface AttemptStarted {
  readonly type: 'attempt-started';
  readonly attempt: AttemptKey;
  readonly process: ProcessIdentity | null;
}
/** The runtime named the session that a later attempt can continue. */
interface AttemptSession {
  readonly type: 'attempt-session';
  readonly attempt: AttemptKey;
  readonly sessionId: string;
}
/** What it has used so far, as its runtime reports it. */
interface AttemptSpent {
  readonly type: 'attempt-spent';
  readonly attempt: AttemptKey;
  /** `null` = its runtime does not tell yet. */
  readonly costUsd: number | null;
  readonly tokens: Usage | null;
}
/** It waits for leave to do something. */
interface AttemptBlocked {
  readonly type: 'attempt-blocked';
  readonly attempt: AttemptKey;
  readonly ask: AskKey;
}
/** It has its answer. */
interface AttemptUnblocked {
  readonly type: 'attempt-unblocked';
  readonly attempt: AttemptKey;
}
/** It was told to stop. */
export interface AttemptStopping {
  readonly type: 'attempt-stopping';
  readonly attempt: AttemptKey;
  readonly as: AttemptOutcome;
}
/** Its processes are gone and its change is on disk under a ref. */
export interface AttemptHandedIn {
  readonly type: 'attempt-handed-in';
  readonly attempt: AttemptKey;
  readonly change: Change | null;
  /** Set where it is a plan that was asked for, not a change. */
  readonly plan?: true;
  readonly report: AgentReport;
  readonly keptRef: string | null;
  /** What it used in all; `null` = nobody knows. */
  readonly costUsd: number | null;
  readonly tokens: Usage | null;
}
/** It is over. Cost and kept work are in the event where nothing was handed in before. */
export interface AttemptEnded {
  readonly type: 'attempt-ended';
  readonly attempt: AttemptKey;
  readonly outcome: AttemptOutcome;
  readonly keptRef?: string | null;
  readonly costUsd?: number | null;
  readonly tokens?: Usage | null;
  readonly report?: AgentReport | null;
}
/** A model is asked to sum its run up: so much more is set aside on this attempt, the run's last. */
interface SummaryAsked {
  readonly type: 'summary-asked';
  readonly attempt: AttemptKey;
  readonly usd: number | null;
  readonly tokens: number | null;
}
/** It has answered, or not: what it used comes to the attempt. */
interface SummaryTold {
  readonly type: 'summary-told';
  readonly attempt: AttemptKey;
  /** `null` = nothing of use. */
  readonly text: string | null;
  /** `null` = nobody knows: what was set aside is charged. */
  readonly costUsd: number | null;
  readonly tokens: Usage | null;
}

// ---- ask ----

/** Something waits for a person. */
interface AskOpened {
  readonly type: 'ask-opened';
  readonly ask: Ask;
}
/** A person has answered. */
interface AskAnswered {
  readonly type: 'ask-answered';
  readonly ask: AskKey;
  readonly answer: string;
  readonly by: string;
}
/** It does not matter any more. */
interface AskWithdrawn {
  readonly type: 'ask-withdrawn';
  readonly ask: AskKey;
}

/** Everything that can happen to a run. */
export type Event =
  | RunCreated
  | PlanningStarted
  | RunDetected
  | PlanDrafted
  | PlanApproved
  | PlanRejected
  | PlanDiscussed
  | RunStarted
  | RunPaused
  | RunResumed
  | RunWorked
  | RunCompleted
  | RunFailed
  | BudgetRaised
  | RunMerged
  | PullRequestSeen
  | CancelRequested
  | RunCanceled
  | RunReopened
  | TaskAdded
  | TaskReady
  | TaskDue
  | TaskRetried
  | TaskWaiting
  | TaskUnblocked
  | TaskResumed
  | TaskVerified
  | TaskChecked
  | TaskRefuted
  | TaskReviewed
  | BatchJudged
  | TaskPublishing
  | TaskWithheld
  | TaskCompleted
  | TaskFailed
  | TaskTolerated
  | TaskRewired
  | TaskSkipped
  | TaskCanceled
  | TaskReopened
  | TaskSetBack
  | TaskUndone
  | UndoStarted
  | UndoPublishing
  | UndoRefused
  | UpdateEvent
  | AttemptLeased
  | AttemptStarted
  | AttemptSession
  | AttemptSpent
  | AttemptBlocked
  | AttemptUnblocked
  | AttemptStopping
  | AttemptHandedIn
  | AttemptEnded
  | SummaryAsked
  | SummaryTold
  | AskOpened
  | AskAnswered
  | AskWithdrawn;

/** The name of an event. */
export type EventType = Event['type'];

/** An event of one run at one moment, as it is decided and stored. */
export interface RunEvent {
  readonly run: RunKey;
  /** Epoch milliseconds, by the wall clock. */
  readonly at: number;
  readonly event: Event;
}
