// A stage is a named phase of a run: nothing but tasks, and the rule that adds the next ones. What a
// run was configured with is taken down here, for its whole life.

import type { TaskKind } from './plan.ts';

/** One thing that a stage does. */
export interface Action {
  readonly name: string;
  readonly does:
    | { readonly kind: 'prompt'; readonly text: string }
    /** A shell command line; what it prints is its result. */
    | { readonly kind: 'command'; readonly run: string }
    /** The run's own checks, on its head. */
    | { readonly kind: 'checks' };
}

/** One stage as it was configured. */
export interface Stage {
  readonly name: string;
  /** What its tasks are for. */
  readonly kind: TaskKind;
  /** Whether it runs by itself; a person can run the others too. */
  readonly enabled: boolean;
  readonly agents: readonly string[];
  readonly timeoutSecs: number;
  /** One task each, at the same time; none = one task for the whole stage. */
  readonly actions: readonly Action[];
  /** Names of the stages that come before it. */
  readonly dependsOn: readonly string[];
  /** Where its output is written, from the project's root; `null` = the usual place. */
  readonly outputPath: string | null;
  /** Of the planning: whether its plan becomes tasks; else it is what one task goes by. */
  readonly createsSubtasks?: boolean;
  /** Whether the prompts of later stages hold its output. */
  readonly outputToContext: boolean;
}

/** The stages of a run, and how its result is reviewed. */
export interface StageSettings {
  /** In an order in which they can run. */
  readonly list: readonly Stage[];
  /** The runtimes of the stages' agents that name one. */
  readonly runtimes: Readonly<Record<string, string>>;
  /** Whether the review runs the checks on the run's head. */
  readonly runTests: boolean;
  /** Whether a review that does not pass holds the run up. */
  readonly requirePassing: boolean;
  /** Rounds of fixes before a person is asked. */
  readonly maxReviewRounds: number;
}

/** The names of the stages that everybody has. */
export const PLANNING = 'planning';
/** Its tasks are the plan's. */
export const IMPLEMENTATION = 'implementation';

/** Those of a run that was made before there were any. */
export const NO_STAGES: StageSettings = {
  list: [],
  runtimes: {},
  runTests: false,
  requirePassing: false,
  maxReviewRounds: 0,
};
