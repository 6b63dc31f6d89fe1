// What a run was started with: the part of the configuration that decides its course. It is taken
// down once, when the run is made, so that a resume goes by what was approved.

import { NO_BUDGET } from './budget.ts';
import type { Budget } from './budget.ts';
import type { PendingDetection } from './complexity.ts';
import { ONE_BY_ONE } from './gate.ts';
import type { IntegrateSettings } from './gate.ts';
import type { Check, FailureStrategy, PlanTask, Priority, WorkspaceMode } from './plan.ts';
import type { Prices } from './prices.ts';
import { NO_STAGES } from './stage.ts';
import type { StageSettings } from './stage.ts';

/** How long to wait before the next attempt, where time may heal the failure. */
export interface Backoff {
  readonly initialSecs: number;
  readonly factor: number;
  readonly maxSecs: number;
}

/** Whose model APIs can be called without any program in between. */
export const API_PROVIDERS = ['anthropic', 'openai', 'openai-compatible', 'google'] as const;

/** The provider of a model API. */
export type ApiProvider = (typeof API_PROVIDERS)[number];

/** A command that prints a key: a line for a shell, or a program and its arguments. */
export type KeyCommand = string | readonly string[];

/** How a model API is called. */
export interface ApiSettings {
  readonly provider: ApiProvider;
  /** `null` = the provider's own address. */
  readonly baseUrl: string | null;
  /** The variable that holds the key; `null` = the provider's usual one. */
  readonly keyEnv: string | null;
  /** A command that prints the key, where no variable holds it; older settings have none. */
  readonly keyCommand?: KeyCommand | null;
  /** So many answers of the model in one attempt. */
  readonly maxSteps: number;
}

/** A runtime as the person configured it. */
export interface RuntimeSettings {
  readonly model: string | null;
  readonly maxParallel: number | null;
  /** Attempts that may start within any sixty seconds; `null` = any number. */
  readonly startsPerMinute: number | null;
  readonly binary: string | null;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Of runtimes that call a model API themselves. */
  readonly api?: ApiSettings;
  /** The variable that holds the key; `null` = the runtime's usual one. Older settings have none. */
  readonly keyEnv?: string | null;
  /** What prints the key, where no variable holds it; older settings have none. */
  readonly keyCommand?: KeyCommand | null;
  /** How long one of its work tasks may take; left out: as long as any. */
  readonly timeoutSecs?: number;
  /** Whether settings, hooks and servers that the repository brings reach it; older: no. */
  readonly trustProject?: boolean;
}

/** Those of a runtime that nobody configured. */
export const NO_RUNTIME_SETTINGS: RuntimeSettings = {
  model: null,
  maxParallel: null,
  startsPerMinute: null,
  binary: null,
  args: [],
  env: {},
};

/** How workspaces are made. */
export interface WorkspaceSettings {
  readonly mode: WorkspaceMode;
  /** Where workspaces lie; `null` = the state directory. */
  readonly dir: string | null;
  /** Workspaces in use at once, over all runs: of agents at work and of what is being judged. */
  readonly max: number;
  /** Commands that prepare a workspace, run by `/bin/sh -c`. */
  readonly setup: readonly string[];
  /** Files copied from the user's checkout, never part of a change. */
  readonly copy: readonly string[];
  /** Folders copied from the user's checkout to save the set-up time, such as `node_modules`. */
  readonly warm: readonly string[];
  /** Names of environment variables an attempt may see. */
  readonly env: readonly string[];
  /** Filters of the person's own git configuration that may run; older settings have none. */
  readonly gitFilters?: readonly string[];
  /** The largest file of a change; larger ones are kept beside git. Older settings leave it out. */
  readonly maxFileMb?: number;
}

/** A worker of the person's own choosing: it does what its capabilities are asked for. */
export interface Subagent {
  readonly id: string;
  /** What it is best at; it counts as a capability too. */
  readonly specialization: string;
  /** Attempts at once. */
  readonly maxConcurrent: number;
  readonly capabilities: readonly string[];
}

/** What one attempt may use, its checks and set-up commands each alike; `null` = any amount. */
export interface ResourceLimits {
  readonly memoryMb: number | null;
  /** Alive at once. */
  readonly processes: number;
  /** By which its folders may grow. */
  readonly diskMb: number;
}

/** What becomes of tasks whose declared files overlap. */
type OverlapRule =
  /** They do not run at the same time. */
  | 'serialize'
  /** The plan says so, no more. */
  | 'warn';

/** The settings of one run. */
export interface RunSettings {
  /** Configured or approved: nothing else is ever run. */
  readonly checks: readonly Check[];
  /** Attempts at once, over all runs. */
  readonly maxParallel: number;
  /** Limits this run's work tasks; at most `maxParallel`. */
  readonly maxConcurrent: number;
  /** Attempts at once of an agent, over all runs, by its name; of the others any number. */
  readonly agentLimits: Readonly<Record<string, number>>;
  readonly overlap: OverlapRule;
  /** The workers beside the built-in pool; while there are none, the pool offers everything. */
  readonly subagents: readonly Subagent[];
  readonly maxAttempts: number;
  /** The same failure this often in a row pauses the run. */
  readonly maxSameFailures: number;
  readonly maxTasks: number;
  /** So often a failed task may be replaced by a new piece of plan. */
  readonly maxReplans: number;
  /** The task that makes such a piece; `null` = nobody is there to plan anew. */
  readonly replanner: PlanTask | null;
  /** Left out = nobody has to be asked whether the goal is planned. */
  readonly detection?: PendingDetection;
  readonly failureStrategy: FailureStrategy;
  readonly backoff: Backoff;
  readonly taskTimeoutSecs: number;
  readonly idleTimeoutSecs: number;
  /** Of the run's working time; then it pauses and asks. */
  readonly runTimeoutSecs: number;
  readonly confirm: boolean;
  readonly defaultRuntime: string;
  readonly runtimes: Readonly<Record<string, RuntimeSettings>>;
  readonly workspace: WorkspaceSettings;
  readonly outputLimitBytes: number;
  readonly limits: ResourceLimits;
  readonly dependencyContextBudget: number;
  /** Agents get every permission of their runtime: only where the person switched the sandbox off. */
  readonly fullPermissions: boolean;
  readonly branchPrefix: string;
  readonly priority: Priority;
  /** What it may use at first; see `Run.ceiling`. */
  readonly budget: Budget;
  /** The person's own prices of models, before those that are known. */
  readonly prices: Prices;
  /** Which tasks it gets when, beside those of its plan. */
  readonly stages: StageSettings;
  readonly integrate: IntegrateSettings;
  /** What the person gave as context with the goal; left out: nothing. */
  readonly givenContext?: string;
}

/** What a version of tutti that did not know these keys went by. */
const EARLIER = {
  runTimeoutSecs: 14_400,
  maxReplans: 2,
  replanner: null,
  agentLimits: {},
  overlap: 'serialize',
  subagents: [],
  budget: NO_BUDGET,
  prices: {},
  limits: { memoryMb: null, processes: 512, diskMb: 4096 },
  stages: NO_STAGES,
  integrate: ONE_BY_ONE,
} as const;
const EARLIER_WORKSPACES = 10;

/**
 * Completes settings that an older version took down.
 *
 * @param stored - Settings as they were stored, perhaps without the newer keys.
 * @returns The settings, every key there.
 */
export function wholeSettings(stored: RunSettings): RunSettings {
  return {
    ...EARLIER,
    ...stored,
    workspace: { ...stored.workspace, max: stored.workspace.max ?? EARLIER_WORKSPACES },
  };
}
