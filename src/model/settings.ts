// What a run was started with: the part of the configuration that decides its course. It is taken
// down once, when the run is made, so that a resume goes by what was approved.

import type { Check, FailureStrategy, Priority, WorkspaceMode } from './plan.ts';

/** How long to wait before the next attempt, where time may heal the failure. */
export interface Backoff {
  readonly initialSecs: number;
  readonly factor: number;
  readonly maxSecs: number;
}

/** A runtime as the person configured it. */
export interface RuntimeSettings {
  readonly model: string | null;
  readonly maxParallel: number | null;
  readonly binary: string | null;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Those of a runtime that nobody configured. */
export const NO_RUNTIME_SETTINGS: RuntimeSettings = {
  model: null,
  maxParallel: null,
  binary: null,
  args: [],
  env: {},
};

/** How workspaces are made. */
export interface WorkspaceSettings {
  readonly mode: WorkspaceMode;
  /** Where workspaces lie; `null` = the state directory. */
  readonly dir: string | null;
  /** Commands that prepare a workspace, run by `/bin/sh -c`. */
  readonly setup: readonly string[];
  /** Files copied from the user's checkout, never part of a change. */
  readonly copy: readonly string[];
  /** Folders copied from the user's checkout to save the set-up time, such as `node_modules`. */
  readonly warm: readonly string[];
  /** Names of environment variables an attempt may see. */
  readonly env: readonly string[];
}

/** The settings of one run. */
export interface RunSettings {
  /** Configured or approved: nothing else is ever run. */
  readonly checks: readonly Check[];
  /** Attempts at once, over all runs. */
  readonly maxParallel: number;
  /** Limits this run's work tasks; at most `maxParallel`. */
  readonly maxConcurrent: number;
  readonly maxAttempts: number;
  /** The same failure this often in a row pauses the run. */
  readonly maxSameFailures: number;
  readonly maxTasks: number;
  readonly failureStrategy: FailureStrategy;
  readonly backoff: Backoff;
  readonly taskTimeoutSecs: number;
  readonly idleTimeoutSecs: number;
  readonly confirm: boolean;
  readonly defaultRuntime: string;
  readonly runtimes: Readonly<Record<string, RuntimeSettings>>;
  readonly workspace: WorkspaceSettings;
  readonly outputLimitBytes: number;
  readonly dependencyContextBudget: number;
  /** Agents get every permission of their runtime: only where the person switched the sandbox off. */
  readonly fullPermissions: boolean;
  readonly branchPrefix: string;
  readonly priority: Priority;
}
