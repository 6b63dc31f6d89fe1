// One try of one task by one agent.
//
//   leased ─► running ─► stopping ─► handed_in ─► ended(succeeded | failed(reason) | canceled)
//   leased | running | stopping ─► ended(…) when nothing was handed in
//
// leased     it has a slot, a mark and a fence in a row; nothing has been started. After a crash it
//            is ended as lost, for there may be a process that waits behind its gate.
// running    its process was let go. After a crash its processes are torn down and its work is kept.
// stopping   it was told to stop: cancel, kill or time limit.
// handed_in  the process tree is proven dead, the change is under a ref, the slot is free. After a
//            crash the judging goes on from here; the work itself is never repeated.
// ended      final.

import type { Amounts } from './budget.ts';
import type { Failure } from './failure.ts';
import type { AskKey, AttemptKey, TaskKey } from './key.ts';
import type { Review } from './verdict.ts';

/** Tokens that a runtime reported. */
export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
}

/** What identifies a process beyond its number, which the system uses again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it was started, in the system's own unit since boot. */
  readonly startTime: string;
  readonly bootId: string;
}

/** What an attempt changed, as commits in the main repository. */
export interface Change {
  /** The commit that holds it, on `base`. */
  readonly commit: string;
  readonly tree: string;
  /** The commit the attempt started from. */
  readonly base: string;
  /** Changed paths, at most 1,000 of them. */
  readonly files: readonly string[];
}

/** What an agent has left out on purpose while it resolved a conflict. */
export interface LeftOut {
  readonly file: string;
  readonly reason: string;
}

/** What an agent says about its work; never evidence. */
export interface AgentReport {
  readonly status: 'done' | 'blocked' | 'failed';
  readonly summary: string;
  readonly question: string | null;
  readonly followUps: readonly { readonly title: string; readonly description: string }[];
  /** Files that it changed although its task changes nothing: they are kept, but not merged. */
  readonly dropped?: readonly string[];
  /** Of a change that was fitted to a conflict: what of either side is gone, and why. */
  readonly leftOut?: readonly LeftOut[];
  /** Of a task that judges the run's result. */
  readonly review?: Review;
}

/** Why an attempt was ended without being a failure; it costs none of the task's attempts. */
export type CancelReason =
  /** tutti was interrupted, or hands over. */
  | 'interrupted'
  /** The run was paused at once. */
  | 'paused'
  /** The run was canceled. */
  | 'canceled'
  /** The task was skipped by a person. */
  | 'skipped'
  /** Another task's failure stopped the run. */
  | 'aborted'
  /** The agent asked a question; the answer goes to the next attempt. */
  | 'question'
  /** It waited for leave that nobody gave for too long; the answer goes on with its session. */
  | 'permission'
  /** Another plan has taken the place of the one it was part of. */
  | 'superseded'
  /** The change that its task builds on is being taken out of the branch. */
  | 'undone';

/** How an attempt ended. */
export type AttemptOutcome =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'canceled'; readonly why: CancelReason };

/** Where an attempt stands. */
export type AttemptStatus =
  | { readonly state: 'leased' }
  | {
      readonly state: 'running';
      readonly process: ProcessIdentity | null;
      /** The ask for leave that it waits for; meanwhile its clocks stand still. */
      readonly blockedOn?: AskKey;
    }
  | {
      readonly state: 'stopping';
      readonly process: ProcessIdentity | null;
      /** What it will end as. */
      readonly as: AttemptOutcome;
    }
  | {
      readonly state: 'handed_in';
      readonly change: Change | null;
      readonly report: AgentReport;
    }
  | {
      readonly state: 'ended';
      readonly outcome: AttemptOutcome;
      readonly change: Change | null;
      readonly report: AgentReport | null;
      readonly finishedAt: number;
    };

/** One try of one task. */
export interface Attempt {
  readonly key: AttemptKey;
  readonly task: TaskKey;
  readonly number: number;
  readonly agent: string;
  readonly runtime: string;
  /** The configured worker that does it; `null` = the built-in pool. */
  readonly worker: string | null;
  /** The epoch of the coordinator that leased it: reports from any other are late and refused. */
  readonly fence: number;
  /** The value of `TUTTI_MARK` in the environment of everything it starts. */
  readonly mark: string;
  readonly status: AttemptStatus;
  readonly startedAt: number;
  readonly sessionId: string | null;
  /** The ref that keeps its work, where anything was kept. */
  readonly keptRef: string | null;
  /** As far as it is known: while it is at work, what was seen last. */
  readonly costUsd: number;
  readonly tokens: Usage;
  /**
   * What is set aside for it of the run's budget. Once it is known what it used, nothing is; one that
   * ended without saying so is charged in full.
   */
  readonly reserved: Amounts;
}

/** No tokens at all. */
export const NO_USAGE: Usage = { input: 0, output: 0, cached: 0 };

/**
 * Tells what leave an attempt waits for.
 *
 * @param attempt - The attempt.
 * @returns The ask; `null` when it waits for nobody.
 */
export function blockedOn({ status }: Pick<Attempt, 'status'>): AskKey | null {
  return status.state === 'running' ? (status.blockedOn ?? null) : null;
}
