// What the coordinator hears. Reports carry the fence of the attempt they speak of: what comes from
// an attempt of an earlier coordinator, or of one that is over, is late and changes nothing.

import type { AgentReport, Change, ProcessIdentity, Usage } from '../model/attempt.ts';
import type { Seen } from '../model/base.ts';
import type { Command } from '../model/command.ts';
import type { Event } from '../model/event.ts';
import type { Failure } from '../model/failure.ts';
import type { AskKey, AttemptKey, RunKey, TaskKey } from '../model/key.ts';
import type { PlanningResult } from '../model/plan.ts';
import type { Publication } from '../model/task.ts';
import type { Review, Verdict } from '../model/verdict.ts';

/** What an attempt cost and left behind. */
export interface Spent {
  readonly keptRef: string | null;
  /** `null` = nobody knows. */
  readonly costUsd: number | null;
  readonly tokens: Usage | null;
}

/** What is known of a conflict beside its files. */
export interface Contested {
  /** Both sides of each place, or what was lost, for the next agent and for a person. */
  readonly sides?: string;
  /** Who could resolve it; left out: nobody but its own agent. */
  readonly resolver?: {
    readonly agent: string;
    readonly reason: string;
    readonly runtime: string | null;
  };
}

/** A change on top of those before it. */
export interface Stacked {
  readonly attempt: AttemptKey;
  readonly publication: Publication;
}

/** A report about one attempt. */
export type Report = { readonly attempt: AttemptKey; readonly fence: number } & (
  | { readonly type: 'started'; readonly process: ProcessIdentity | null }
  | { readonly type: 'session'; readonly sessionId: string }
  /** What it has used so far. */
  | { readonly type: 'spent'; readonly costUsd: number | null; readonly tokens: Usage | null }
  /** It waits for leave to do something. */
  /** `after` is what its task was asked for last, as far as its teller knows: heard again it is old. */
  | { readonly type: 'asking'; readonly question: string; readonly after: AskKey | null }
  /** Its processes are gone and it did what it was told, as far as it says. */
  | {
      readonly type: 'handed-in';
      readonly change: Change | null;
      readonly report: AgentReport;
      readonly spent: Spent;
    }
  /** A planner's processes are gone and this is its plan. */
  | {
      readonly type: 'planned';
      readonly result: PlanningResult;
      readonly spent: Spent;
      readonly report: AgentReport;
    }
  | { readonly type: 'failed'; readonly failure: Failure; readonly spent: Spent }
  /** It was stopped as it was told to. */
  | { readonly type: 'stopped'; readonly spent: Spent }
  /** Its coordinator died; what it left was torn down and kept. */
  | { readonly type: 'lost'; readonly keptRef: string | null }
  /** The checks were run on the change's own tree. */
  | { readonly type: 'verified'; readonly verdicts: readonly Verdict[] }
  /** What a reviewer claims was looked into, or the result was judged by its checks. */
  | {
      readonly type: 'reviewed';
      readonly review: Review;
      readonly verdicts: readonly Verdict[];
    }
  /** A check that passed before fails on the result, and the gate lets the cause be taken out. */
  | {
      readonly type: 'regressed';
      /** Whose change it is. */
      readonly cause: TaskKey;
      readonly message: string;
      readonly publication: Publication;
      /** What failed on the result. */
      readonly refuted: readonly Verdict[];
      /** What passed without the change. */
      readonly verdicts: readonly Verdict[];
    }
  | ({ readonly type: 'conflict'; readonly files: readonly string[] } & Contested)
  /** A change that was fitted to a conflict lacks what a side has added, and does not say why. */
  | ({ readonly type: 'lines-lost'; readonly files: readonly string[] } & Contested)
  /** Changes were stacked on the head and judged together; it speaks of the lowest. */
  | {
      readonly type: 'gated';
      /** What was to be judged: `Gate.id`. */
      readonly gate: string;
      /** How the branch would move, one step for each change, in their order. */
      readonly stack: readonly Stacked[];
      readonly verdicts: readonly Verdict[];
      /** How often the checks were run. */
      readonly tries: number;
      /** Files of the change that are part of what checks run: a person has to accept them. */
      readonly touched: readonly string[];
    }
  | { readonly type: 'published' }
  | ({ readonly type: 'not-published' } & NotPublished)
);

/** Why a branch has not moved as it was announced. */
export interface NotPublished {
  /** The head of the run is somewhere else, or its branch holds what the run does not know. */
  readonly why: 'head' | 'branch';
  readonly at: string | null;
}

/** What became of taking a change out of a run's branch. */
export type UndoTold =
  /** It stays where it is; `message` says why. */
  | {
      readonly kind: 'refused';
      readonly message: string;
      readonly verdicts: readonly Verdict[];
    }
  /** The gate is open; the branch may move. */
  | {
      readonly kind: 'publishable';
      readonly publication: Publication;
      readonly verdicts: readonly Verdict[];
    }
  | { readonly kind: 'published' }
  | ({ readonly kind: 'not-published' } & NotPublished);

/** What became of bringing something onto a run's branch from elsewhere. */
export type UpdateTold =
  | {
      readonly kind: 'refused';
      readonly message: string;
      /** Whether it could be taken as it is, whatever the checks say. */
      readonly fits: boolean;
      readonly evidence: readonly Verdict[];
    }
  | {
      readonly kind: 'publishable';
      readonly publication: Publication;
      readonly evidence: readonly Verdict[];
    }
  /** A check fails with it that passed before, because of a task whose change can be taken out. */
  | {
      readonly kind: 'regressed';
      readonly cause: TaskKey;
      readonly message: string;
      readonly publication: Publication;
      readonly verdicts: readonly Verdict[];
    }
  /** All of it is there already. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'published' }
  | ({ readonly kind: 'not-published' } & NotPublished);

/** What the coordinator hears. */
export type Input =
  | { readonly type: 'command'; readonly id: number | null; readonly command: Command }
  | { readonly type: 'report'; readonly report: Report }
  /** `mark` tells which undo it is about: what is said of an earlier one is late. */
  | {
      readonly type: 'undo';
      readonly run: RunKey;
      readonly mark: string;
      readonly told: UndoTold;
    }
  /** Somebody has looked where the branches of a run are. */
  | { readonly type: 'looked'; readonly run: RunKey; readonly seen: Seen }
  /** `mark` tells which update it is about: what is said of an earlier one is late. */
  | {
      readonly type: 'update';
      readonly run: RunKey;
      readonly mark: string;
      readonly told: UpdateTold;
    }
  /** Nothing new starts; live attempts end, their work kept. `now` = they are stopped. */
  | { readonly type: 'drain'; readonly now: boolean }
  /** Nothing is alive but what waits for leave, and nobody is there to give it. */
  | { readonly type: 'nobody-there' }
  /** The disk is full where a run works: it pauses, for trying again would only fail again. */
  | { readonly type: 'no-room'; readonly run: RunKey; readonly message: string }
  /** A model is to sum a run up, or has: it stands on the last attempt of a run that is over. */
  | {
      readonly type: 'summary';
      readonly event: Extract<Event, { type: 'summary-asked' | 'summary-told' }>;
    }
  /** Agents of a run have worked so many milliseconds more. */
  | { readonly type: 'worked'; readonly run: RunKey; readonly ms: number }
  /** Time has passed, by one clock: what waited until then may go on. */
  | { readonly type: 'tick' }
  /** What one task waited for in time is over, whatever the wall clock says. */
  | { readonly type: 'due'; readonly task: TaskKey; readonly at: number }
  /** Somebody wanted to be woken: what follows by itself is looked at again. */
  | { readonly type: 'woken' };
