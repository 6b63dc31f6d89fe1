// Where a branch is offered to others: GitHub, GitLab, Gitea. tutti reads and writes the pull
// requests of its own branches there, and nothing else.

/** How a pull request stands. */
type PullRequestState = 'open' | 'closed' | 'merged';

/** A pull request, or what the forge calls so. */
export interface PullRequest {
  /** As people name it: unique in its repository. */
  readonly number: number;
  /** Where a person reads it. */
  readonly url: string;
  readonly state: PullRequestState;
  readonly draft: boolean;
  readonly title: string;
  readonly body: string;
  /** The commit of its branch, as far as the forge has seen it. */
  readonly head: string;
  /** Epoch milliseconds; `null` while it is not merged. */
  readonly mergedAt: number | null;
}

/** What a pull request is to be. */
export interface PullRequestSpec {
  /** The branch that is offered, without `refs/heads/`. */
  readonly branch: string;
  /** The branch that it is offered to. */
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
}

/** Why a forge did not do what it was asked for. */
export interface ForgeProblem {
  readonly code:
    /** No token, or one that it does not take. */
    | 'auth'
    /** No such repository, or the token may not see it. */
    | 'not_found'
    /** There is a pull request of that branch already. */
    | 'exists'
    /** Too many requests: come back later. */
    | 'rate_limited'
    /** It said no. */
    | 'refused'
    /** It was not reached, or did not answer: nobody knows whether it was done. */
    | 'unreachable';
  readonly message: string;
  readonly hint: string;
}

/** What a forge answered. */
export type ForgeAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: ForgeProblem };

/** What a forge, or somebody who told it, says of a commit. */
export interface CommitStatus {
  readonly name: string;
  /** `skipped` = it is not run, or may fail: it stands in nobody's way. */
  readonly state: 'pending' | 'passed' | 'failed' | 'skipped';
  /** Where a person reads more; `null` = nowhere. */
  readonly url: string | null;
}

/** One repository of a forge. */
export interface Forge {
  /**
   * Finds the pull requests of a branch.
   *
   * @param branch - The branch, without `refs/heads/`.
   * @returns All of them, in any state.
   */
  pullRequests(branch: string): Promise<ForgeAnswer<readonly PullRequest[]>>;
  /** Opens a pull request. Where drafts are unknown, it is opened as one that is ready. */
  open(spec: PullRequestSpec): Promise<ForgeAnswer<PullRequest>>;
  /** Writes the text of a pull request anew. */
  rewrite(number: number, body: string): Promise<ForgeAnswer<PullRequest>>;
  /**
   * Tells how the forge's checks of a commit stand.
   *
   * @param commit - The commit; it was pushed.
   * @returns The latest of each, all of them; none as long as nothing has begun.
   */
  statuses(commit: string): Promise<ForgeAnswer<readonly CommitStatus[]>>;
}
