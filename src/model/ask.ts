// A question or an approval that waits for a person.
//
//   open ─► answered | withdrawn
//
// It survives everything: a run with an open ask stays as it is until somebody answers.

import type { AskKey, RunKey, TaskKey } from './key.ts';

/** What is asked about. */
export type AskKind =
  /** An agent cannot go on without an answer. */
  | 'question'
  /** An agent at work wants to do what no rule allows. */
  | 'permission'
  /** A task failed and its strategy is to ask. */
  | 'failure'
  /** A change conflicts and trying again did not help. */
  | 'conflict'
  /** The plan wants a person to agree before the task starts. */
  | 'approval'
  /** What is left of the run's budget does not cover what wants to start. */
  | 'budget'
  /** The run's branch was moved by somebody in a way that cannot be continued. */
  | 'base'
  /** A change touches what checks run. */
  | 'check_change'
  /** What reviewers found is not settled after the last round of fixes. */
  | 'review'
  /** A new piece of plan runs what nobody approved. */
  | 'plan'
  /** The run is paused, and only a person can tell whether it should go on: see `Pause`. */
  | 'breaker'
  | 'full_disk'
  | 'time_limit';

/** Where an ask stands. */
export type AskStatus =
  | { readonly state: 'open' }
  | {
      readonly state: 'answered';
      readonly answer: string;
      readonly by: string;
      readonly at: number;
    }
  | { readonly state: 'withdrawn'; readonly at: number };

/** A question or an approval. */
export interface Ask {
  readonly key: AskKey;
  readonly run: RunKey;
  readonly task: TaskKey | null;
  readonly kind: AskKind;
  readonly question: string;
  /** What can be answered; free text is allowed besides where `freeText` is set. */
  readonly choices: readonly string[];
  readonly freeText: boolean;
  readonly status: AskStatus;
  readonly createdAt: number;
}
