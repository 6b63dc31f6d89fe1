// A plan is the proposed tasks of a run. It has numbered revisions until one is approved:
//
//   draft ─► approved | rejected | superseded        approved ─► superseded

import type { Failure } from './failure.ts';
import type { PlanRemark } from './finding.ts';

/** What to do when a task has failed for good. */
export type FailureStrategy = 'retry' | 'abort' | 'skip' | 'ask' | 'replan';
/** How soon a run or a task matters. */
export type Priority = 'critical' | 'high' | 'medium' | 'low';
/** Where a task works. */
export type WorkspaceMode = 'clone' | 'worktree' | 'none';
/** What a task is for. */
export type TaskKind = 'research' | 'plan' | 'work' | 'resolve' | 'review' | 'check' | 'custom';

/** The kinds of task whose change is merged; the others look and tell, and what they change is not. */
export const MAKES_CHANGES: Readonly<Record<TaskKind, boolean>> = {
  research: false,
  plan: false,
  work: true,
  resolve: true,
  review: false,
  check: false,
  custom: false,
};

/** All strategies, in the order help shows them. */
export const FAILURE_STRATEGIES: readonly FailureStrategy[] = [
  'retry',
  'abort',
  'skip',
  'ask',
  'replan',
];
/** All priorities, the most urgent first. */
export const PRIORITIES: readonly Priority[] = ['critical', 'high', 'medium', 'low'];

/** What becomes of a change after which a check runs fewer tests, or skips more of them. */
export type FewerTests =
  /** A finding says so. */
  | 'report'
  /** The check has failed. */
  | 'fail'
  /** Nothing: it is not even looked for. */
  | 'ignore';

/** A command whose exit code is evidence. */
export interface Check {
  readonly name: string;
  /** A shell command line, run by `/bin/sh -c`. */
  readonly run: string;
  readonly timeoutSecs: number;
  /** Files that it writes what it has counted to, from the root; left out = what it prints is read. */
  readonly reports?: readonly string[];
  /** What becomes of a change that takes tests away; left out = `report`. */
  readonly fewerTests?: FewerTests;
}

/** One task as a plan proposes it: checked, complete, every default filled in. */
export interface PlanTask {
  /** Unique in the plan. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly kind: TaskKind;
  readonly agent: string;
  /** Why this agent, in words: the routing rule that chose it. */
  readonly agentReason: string;
  /** The runtime, where the plan names one; else the run's default. */
  readonly runtime: string | null;
  readonly requires: readonly string[];
  /** Ids of tasks in the same plan. */
  readonly dependsOn: readonly string[];
  /** The expected write scope, as globs. */
  readonly files: readonly string[];
  readonly acceptance: readonly string[];
  /** Commands that prove this task, beside the run's. */
  readonly checks: readonly string[];
  readonly onFailure: FailureStrategy;
  readonly fallback: { readonly agent: string | null; readonly runtime: string | null } | null;
  readonly maxAttempts: number;
  readonly timeoutSecs: number;
  readonly idleTimeoutSecs: number;
  readonly priority: Priority;
  readonly locks: readonly string[];
  /** Whether a person must agree before it starts. */
  readonly approval: boolean;
  readonly estimate: { readonly minutes: number | null; readonly usd: number | null };
  /** The argument vector of a `command` task. */
  readonly command: readonly string[] | null;
  readonly workspace: WorkspaceMode;
  readonly expectChanges: boolean;
  /** The model of its runtime, where it is not the agent's or the runtime's own. */
  readonly model?: string;
  /** Only of a task that plans anew: the key of the failed task that its plan is to replace. */
  readonly replaces?: string;
  /** Only of a task of the review: how often the result has been reviewed with it, from 1. */
  readonly round?: number;
  /** Only of a task that sees to what a review has found: the round of that. */
  readonly fixes?: number;
  /** Only of a task that resolves a conflict: the key of the task whose change it brings in. */
  readonly resolves?: string;
  /** Only of such a task that a person has done: what they made of both sides. */
  readonly byHand?: ByHand;
  /** Only of a task of a planning session: what the planner is asked for; see `PlanMessage`. */
  readonly discusses?: Discussed;
  /** Only of the task that says how much work the goal is, before anything is planned. */
  readonly estimates?: true;
}

/** What a person made of a conflict. */
export interface ByHand {
  readonly commit: string;
  /** The run's head that it was made on. */
  readonly base: string;
}

/** What a planner is asked for in a discussion: an answer, or a plan in the place of a rejected one. */
export type Discussed = 'question' | 'again';

/** Where a revision stands. */
export type PlanState = 'draft' | 'approved' | 'rejected' | 'superseded';

/** One revision of a run's plan. */
export interface PlanRevision {
  readonly revision: number;
  readonly state: PlanState;
  /** Who proposed it: `file`, `rules`, `model` or `person`. */
  readonly by: string;
  readonly tasks: readonly PlanTask[];
  /** Remarks of the plan checks that do not forbid it. */
  readonly warnings: readonly PlanRemark[];
  readonly createdAt: number;
}

/** A plan that was proposed in a discussion; it becomes a revision when a person takes it. */
export interface PlanProposal {
  readonly tasks: readonly PlanTask[];
  readonly warnings: readonly PlanRemark[];
}

/** Something that was said about a plan before it was approved. */
export interface PlanMessage {
  /** From 1, in the order in which it was said. */
  readonly number: number;
  /** The revision it is about. */
  readonly revision: number;
  readonly from: 'person' | 'planner';
  /** The person's name; `model` or `rules`. */
  readonly by: string;
  /** `rejected`: why the revision is no good. `unanswered`: why the planner has no answer. */
  readonly kind: 'said' | 'rejected' | 'unanswered';
  readonly text: string;
  readonly proposal: PlanProposal | null;
  readonly at: number;
}

/** What planning ended with. */
export type PlanningResult =
  | {
      readonly ok: true;
      readonly by: string;
      /** None where a question was answered in words only. */
      readonly tasks: readonly PlanTask[];
      readonly warnings: readonly PlanRemark[];
      /** What the planner says, where it was asked something. */
      readonly reply?: string;
      /** Of a task that estimates: whether the goal is planned, and why. */
      readonly detected?: { readonly orchestrate: boolean; readonly reasons: readonly string[] };
    }
  | { readonly ok: false; readonly failure: Failure };
