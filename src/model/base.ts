// What comes onto a run's branch from elsewhere: newer commits of its base branch, and commits that a
// person has made on the branch itself. One at a time is judged by the gate of everything else, and
// nothing else is merged meanwhile.
//
//   update-started ─► judging ─► publishing ─► (run-updated: the head is what it makes)
//                        ├────────────┴──────► (update-dropped: overtaken, or the run is over)
//                        └─► refused, with an ask ─► (update-dropped: looked at again, or left out)
//                                             └─► judging (kept: a person wants it as it is)
//
// A branch that somebody has rewritten is refused at once. After a crash what is judged is judged
// again, and a move that was announced is made.

import type { AskKey } from './key.ts';
import type { Proof, Publication } from './task.ts';
import type { Verdict } from './verdict.ts';

/** Whether the base branch has gone on, or somebody has committed to the run's branch. */
type UpdateKind = 'base' | 'branch';

/** Where something that comes in stands. */
export type UpdateStatus =
  | {
      readonly state: 'judging';
      /** A person wants it whatever the checks say. */
      readonly kept: boolean;
    }
  | { readonly state: 'publishing'; readonly publication: Publication }
  | { readonly state: 'refused'; readonly ask: AskKey };

/** Something that comes onto the branch from elsewhere. */
export interface Update {
  readonly kind: UpdateKind;
  /** The newest commit of what comes in. */
  readonly commit: string;
  /** Tells it from every other one, and is the mark of all processes that it starts. */
  readonly mark: string;
  readonly status: UpdateStatus;
}

/** Something that has come in. */
export interface Landed {
  readonly kind: UpdateKind;
  readonly commit: string;
  /** What it has made the head of the run. */
  readonly head: string;
  readonly proof: Proof;
}

/** What a run has of other people's work. */
export interface RunBase {
  /** The newest commit of the base branch that is part of its head. */
  readonly merged: string;
  /** The one that a person goes on without; `null` = none. */
  readonly leftOut: string | null;
  /** In their order. */
  readonly landed: readonly Landed[];
  /** `null` = nothing comes in. */
  readonly update: Update | null;
}

/** Where the branches of a run are, as somebody has looked. */
export interface Seen {
  /** The head of the run that they were compared with. */
  readonly head: string;
  /** The newest commit of the base branch, where that is not part of the head. */
  readonly base: string | null;
  /** Whether the run's own branch has commits that are not part of the head, or was rewritten. */
  readonly branch:
    | { readonly kind: 'with' }
    | { readonly kind: 'ahead' | 'rewritten'; readonly commit: string };
}

/** When the base branch is merged into the branches of runs. */
export type BaseUpdates = 'when_idle' | 'at_end' | 'never';

/** Something begins to come in. */
interface UpdateStarted {
  readonly type: 'update-started';
  readonly kind: UpdateKind;
  readonly commit: string;
  readonly mark: string;
  /** A person wants it whatever the checks say. */
  readonly kept: boolean;
}
/** The branch is about to move to it. */
interface UpdatePublishing {
  readonly type: 'update-publishing';
  readonly mark: string;
  readonly publication: Publication;
  readonly evidence: readonly Verdict[];
}
/** It does not fit, or a check fails with it: a person is asked. Nothing was moved. */
interface UpdateRefused {
  readonly type: 'update-refused';
  readonly kind: UpdateKind;
  readonly commit: string;
  readonly mark: string;
  readonly ask: AskKey;
  readonly message: string;
  readonly evidence: readonly Verdict[];
}
/** It does not come in, or not like this. */
interface UpdateDropped {
  readonly type: 'update-dropped';
  readonly mark: string;
  readonly why: 'overtaken' | 'again' | 'left_out' | 'over';
}
/** It is part of the run's branch. */
interface RunUpdated {
  readonly type: 'run-updated';
  readonly kind: UpdateKind;
  readonly commit: string;
  /** The head of the run. */
  readonly head: string;
  readonly proof: Proof;
}

/** What happens to what comes in from elsewhere. */
export type UpdateEvent =
  | UpdateStarted
  | UpdatePublishing
  | UpdateRefused
  | UpdateDropped
  | RunUpdated;

/**
 * Says what a run has of other people's work in its first moment.
 *
 * @param commit - The commit that it starts from.
 * @returns That commit, and nothing else.
 */
export function startingFrom(commit: string): RunBase {
  return { merged: commit, leftOut: null, landed: [], update: null };
}
