// What a person (through a face) can ask of the coordinator. Commands go through the store's inbox,
// so they are plain data, and every one of them has an answer.

import type { PlanRemark } from './finding.ts';
import type { AskKey, AttemptKey, RunKey, TaskKey } from './key.ts';
import type { PlanSource } from './plan-source.ts';
import type { ByHand, PlanTask, Priority } from './plan.ts';
import type { OfferedAs } from './run.ts';
import type { RunSettings } from './settings.ts';

/** A new run, with everything that was decided before it is made. */
export interface AddRun {
  readonly type: 'add-run';
  readonly projectKey: string;
  readonly goal: string;
  readonly title: string;
  readonly kind: string;
  readonly priority: Priority;
  readonly source: PlanSource;
  readonly reasons: readonly string[];
  readonly settings: RunSettings;
  readonly baseBranch: string;
  readonly baseCommit: string;
  /** The plan, where there is one already (`direct`, `file`, `rules`). */
  readonly plan: {
    readonly by: string;
    readonly tasks: readonly PlanTask[];
    readonly warnings: readonly PlanRemark[];
  } | null;
  /** The task that makes the plan, for a run that a model plans. */
  readonly planner: PlanTask | null;
  /** Whether the person has approved its plan beforehand (`--yes`). */
  readonly preapproved: boolean;
  /** Lowest number it may get: above any key that refs remember. */
  readonly above: number;
}

/** What can be asked of the coordinator. */
export type Command =
  | AddRun
  /** Take this run on: start its planning and its tasks. */
  | { readonly type: 'drive'; readonly run: RunKey }
  | {
      readonly type: 'approve-plan';
      readonly run: RunKey;
      readonly by: string;
      /** The revision that was looked at: refused when there is a newer one. */
      readonly revision?: number;
    }
  | {
      readonly type: 'reject-plan';
      readonly run: RunKey;
      readonly by: string;
      readonly revision?: number;
      /** Why it is rejected: then it is planned again. */
      readonly reason?: string;
    }
  /** Ask the planner something about the plan, or tell it a wish. */
  | {
      readonly type: 'discuss-plan';
      readonly run: RunKey;
      readonly by: string;
      readonly text: string;
    }
  /** Take what the planner has proposed in its last message, or leave it. */
  | {
      readonly type: 'judge-proposal';
      readonly run: RunKey;
      readonly by: string;
      readonly message: number;
      readonly take: boolean;
    }
  | {
      readonly type: 'revise-plan';
      readonly run: RunKey;
      readonly by: string;
      /** The revision it was made from: refused when there is a newer one. */
      readonly from: number;
      readonly tasks: readonly PlanTask[];
      readonly warnings: readonly PlanRemark[];
    }
  | { readonly type: 'pause'; readonly run: RunKey; readonly now: boolean; readonly by: string }
  | { readonly type: 'resume'; readonly run: RunKey; readonly by: string }
  | { readonly type: 'cancel'; readonly run: RunKey; readonly by: string }
  | {
      readonly type: 'retry';
      /** A task, or a run: then everything in it that failed. */
      readonly key: RunKey | TaskKey;
      readonly instruction: string | null;
      /** Not again as it was, but by a new piece of plan. */
      readonly replan?: boolean;
      readonly by: string;
    }
  /** Its result was merged into its base branch. */
  | {
      readonly type: 'note-merge';
      readonly run: RunKey;
      readonly into: string;
      readonly by: string;
    }
  /** A forge told how the pull request that offers it stands. */
  | { readonly type: 'note-offer'; readonly run: RunKey; readonly offeredAs: OfferedAs }
  | {
      readonly type: 'run-stage';
      readonly run: RunKey;
      /** Its name. */
      readonly stage: string;
      readonly by: string;
    }
  | { readonly type: 'skip'; readonly task: TaskKey; readonly by: string }
  /** Take the change of a completed task out of the run's branch. */
  | { readonly type: 'undo'; readonly task: TaskKey; readonly by: string }
  | { readonly type: 'kill'; readonly attempt: AttemptKey; readonly by: string }
  | {
      readonly type: 'answer';
      readonly ask: AskKey;
      readonly answer: string;
      readonly by: string;
      /** Only about a conflict: what the person has made of both sides. */
      readonly byHand?: ByHand;
    };

/** What the coordinator says to a command. */
export type Answer =
  | { readonly ok: true; readonly run: RunKey | null; readonly text: string }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly hint: string };
