// A verdict is what a check or a reviewer found, with its evidence.

/** What a reviewer or a check remarks on a place in the code. */
export interface Finding {
  readonly file?: string;
  readonly line?: number;
  readonly severity: 'blocking' | 'major' | 'minor';
  readonly message: string;
  /** What would be right, in the words of who found it. */
  readonly suggestion?: string;
  /** A command that is said to fail as long as this is so. */
  readonly command?: string;
  /** Why it was found untrue, or could not be found at all: it then blocks nothing. */
  readonly unconfirmed?: string;
  /** It says that tests are gone or no longer run; a later verdict settles it only by having them. */
  readonly about?: 'tests';
  /** Who is to see to it, and the rule that chose them. */
  readonly fixer?: {
    readonly agent: string;
    readonly reason: string;
    /** The agent's own; `null` = the run's default. */
    readonly runtime: string | null;
  };
}

/** How many tests a check has run, as far as its tool tells. It is what was printed: no evidence. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** Not run although they are there: skipped, ignored, pending, to do. */
  readonly skipped: number;
  /** The first of those that failed. */
  readonly failedNames: readonly string[];
  /** The first of those that were skipped; none where the tool does not name them. */
  readonly skippedNames: readonly string[];
}

/** What the same check has counted on the tree that a change was made on. */
export interface CountedBefore {
  readonly tree: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** `null` = its tool measures none. */
  readonly coverage: number | null;
}

/** The outcome of one check on one tree. */
export interface Verdict {
  readonly kind: 'check' | 'review';
  readonly name: string;
  readonly ok: boolean;
  readonly command: string | null;
  /** `null` when it was ended by a signal or by its time limit. */
  readonly exitCode: number | null;
  /** The git tree it judged; `null` for a task without a work tree of its own. */
  readonly tree: string | null;
  readonly durationMs: number;
  /** The last lines of what it printed, control characters removed. */
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** Left out where nobody knows. */
  readonly tests?: TestCounts;
  /** Lines that the tests have reached, in percent; left out where the tool does not measure it. */
  readonly coverage?: number;
  /** Left out where there is nothing to compare with. */
  readonly before?: CountedBefore;
  /** It failed at first and passed when it was run again on the same tree. */
  readonly flaky?: true;
  /** A hash of what it was run with beside the tree: command, time limit, set-up, tools. */
  readonly conditions?: string;
}

/** What a reviewer said about one commit, with what became of its claims. */
export interface Review {
  readonly verdict: 'approve' | 'request_changes';
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** The head of the run that was looked at. */
  readonly commit: string;
  /** Why its answer could not be read; it then counts as a request for changes. */
  readonly unreadable?: string;
  /** Files that the reviewer changed in its own copy; nothing of that is merged. */
  readonly dropped?: readonly string[];
}
