// The whole configuration with every default filled in, in the file's own words. What a key means is
// said here and nowhere else; its range and default are in the schema.

import type { FailureStrategy, FewerTests } from '../model/plan.ts';
import type { ApiProvider } from '../model/settings.ts';

/** Every section. */
export interface Config {
  readonly project: ProjectConfig;
  readonly orchestration: OrchestrationConfig;
  /** `core` are the ten general specialists, `domain` the nine special ones. */
  readonly agents: {
    readonly catalogues: readonly ('core' | 'domain')[];
    /** Attempts at once by the agent's name. */
    readonly max_parallel: Readonly<Record<string, number>>;
  };
  readonly runtimes: RuntimesConfig;
  readonly subagents: readonly SubagentConfig[];
  readonly checks: readonly CheckConfig[];
  readonly workspace: WorkspaceConfig;
  /** Of one attempt. */
  readonly limits: {
    readonly memory_mb: number | null;
    readonly processes: number;
    readonly disk_mb: number;
  };
  /** Of one run; `null` = none. `hard`: stop there, not only say so. */
  readonly budget: {
    readonly usd: number | null;
    readonly tokens: number | null;
    readonly hard: boolean;
  };
  /** US dollars per million tokens by the model's name, before the prices that are known. */
  readonly prices: Readonly<Record<string, PriceConfig>>;
  readonly sandbox: SandboxConfig;
  readonly integrate: IntegrateConfig;
  readonly forge: {
    /** `null` = told by the host of the remote. */
    readonly kind: 'github' | 'gitlab' | 'gitea' | 'forgejo' | null;
    readonly draft: boolean;
    readonly api_url: string | null;
    /** What is at hosts that are the person's own, whose token goes there. */
    readonly hosts: Readonly<Record<string, 'github' | 'gitlab' | 'gitea' | 'forgejo'>>;
  };
  readonly notify: { readonly webhooks: readonly WebhookConfig[] };
  /** Days; `null` = for ever. */
  readonly retention: {
    readonly kept_refs_days: number | null;
    readonly logs_days: number | null;
    readonly runs_days: number | null;
  };
  /** How long a coordinator's beat must stand still before another one takes over. */
  readonly coordinator: { readonly lease_secs: number };
}

/** The project; `null` = found out from the repository. */
interface ProjectConfig {
  readonly key: string | null;
  readonly base_branch: string | null;
  readonly branch_prefix: string;
}

/** How goals become tasks and tasks are carried out. */
export interface OrchestrationConfig {
  readonly enabled: boolean;
  readonly auto_decompose: 'auto' | 'explicit' | 'disabled';
  /** When `auto` finds a goal worth orchestrating. */
  readonly detection: {
    readonly task_types: readonly string[];
    readonly keywords: readonly string[];
    readonly min_complexity: 'low' | 'medium' | 'high';
    readonly method: 'rules' | 'model';
  };
  readonly planner: 'auto' | 'model' | 'rules';
  readonly planner_model: string | null;
  readonly max_tasks: number;
  readonly max_parallel: number;
  readonly max_attempts: number;
  readonly max_replans: number;
  readonly max_review_rounds: number;
  /** Then the run pauses and asks. */
  readonly max_same_failures: number;
  readonly default_failure_strategy: FailureStrategy;
  readonly retry: {
    readonly initial_secs: number;
    readonly factor: number;
    readonly max_secs: number;
  };
  readonly task_timeout_secs: number;
  readonly idle_timeout_secs: number;
  /** Of working time, unattended; then the run pauses and asks. */
  readonly run_timeout_secs: number;
  readonly confirm_before_execute: boolean;
  /** Characters of earlier results that a prompt may hold. */
  readonly dependency_context_budget: number;
  /** What to do with tasks whose declared files overlap. */
  readonly overlap: 'serialize' | 'warn';
  /** Own actions of stages, beside the built-in ones: exactly one of the two. */
  readonly actions: Readonly<Record<string, ActionConfig>>;
  readonly stages: {
    readonly research: ResearchConfig;
    readonly planning: PlanningConfig;
    readonly implementation: ImplementationConfig;
    readonly review: ReviewConfig;
  };
  readonly custom_stages: Readonly<Record<string, CustomStageConfig>>;
}

/** What an action of a stage does: a prompt, or a command. */
interface ActionConfig {
  readonly prompt?: string | undefined;
  readonly run?: string | undefined;
}

/** A stage that one agent carries out. */
interface StageConfig {
  readonly enabled: boolean;
  readonly agent: string;
  /** Seconds. */
  readonly timeout: number;
  readonly depends_on: readonly string[];
  readonly output_to_context: boolean;
  /** Where its output is written; `{task_id}` is the run's key. */
  readonly output_path: string | null;
}

/** The stage that finds out. */
interface ResearchConfig extends StageConfig {
  readonly actions: readonly string[];
}

/** The stage that plans. */
interface PlanningConfig extends StageConfig {
  readonly creates_subtasks: boolean;
}

/** The stage that does the plan's tasks. */
interface ImplementationConfig {
  readonly parallel: boolean;
  /** Of one run; `null` = `max_parallel`. */
  readonly max_concurrent: number | null;
  /** Seconds; `null` = `task_timeout_secs`. */
  readonly timeout_per_task: number | null;
  readonly depends_on: readonly string[];
  /** Agents by globs over a task's words, such as `*api*|*backend*`; `default` is the last resort. */
  readonly agent_routing: Readonly<Record<string, string>>;
}

/** The stage that judges the result. */
interface ReviewConfig {
  readonly enabled: boolean;
  readonly depends_on: readonly string[];
  readonly agents: readonly string[];
  /** Seconds. */
  readonly timeout: number;
  readonly run_tests: boolean;
  readonly require_passing: boolean;
}

/** A stage of the person's own. */
interface CustomStageConfig {
  readonly enabled: boolean;
  readonly agent: string;
  /** Seconds. */
  readonly timeout: number;
  readonly after: string | null;
  readonly before: string | null;
  readonly actions: readonly string[];
  readonly output_to_context: boolean;
  readonly output_path: string | null;
}

/** The default's name, and the settings of each runtime under its name. */
interface RuntimesConfig {
  readonly default: string;
  readonly [name: string]: RuntimeConfig | string;
}

/** How a runtime is started; a name that is not built in needs a `binary` or a `protocol`. */
export interface RuntimeConfig {
  readonly model: string | null;
  readonly max_parallel: number | null;
  readonly starts_per_minute: number | null;
  readonly binary: string | null;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Seconds; `null` = the general limit. */
  readonly timeout: number | null;
  /** What a name that is not built in speaks; `null` = it is a program that answers on stdout. */
  readonly protocol: 'acp' | 'api' | null;
  /** Of a model API: whose it is. */
  readonly provider: ApiProvider | null;
  /** Of a model API: where it is; `null` = the provider's own address. */
  readonly base_url: string | null;
  /** The variable that holds the key; `null` = the usual one of the runtime or the provider. */
  readonly key_env: string | null;
  /** Of a model API: so many answers of the model in one attempt. */
  readonly max_steps: number;
  /** A command that prints the key: a line for a shell, or a program and its arguments. */
  readonly key_command: string | readonly string[] | null;
  /** Whether the repository's own settings reach the runtime. */
  readonly trust_project_config: boolean;
}

/** A worker that takes tasks of one kind. */
interface SubagentConfig {
  readonly id: string;
  readonly specialization: string;
  readonly max_concurrent_issues: number;
  readonly capabilities: readonly string[];
}

/** A command whose exit code is evidence. */
interface CheckConfig {
  readonly name: string;
  /** `forge` = what the forge says of the branch that was pushed; left out = `command`. */
  readonly kind?: 'command' | 'forge' | undefined;
  /** A command has it, the forge's has not. */
  readonly run?: string | undefined;
  /** Seconds. */
  readonly timeout: number;
  /** Files that it writes what it has counted to, from the project's root. */
  readonly report?: string | readonly string[] | undefined;
  readonly fewer_tests?: FewerTests | undefined;
}

/** How workspaces are made. */
interface WorkspaceConfig {
  readonly mode: 'clone' | 'worktree' | 'none';
  /** Where they lie; `null` = the state directory. */
  readonly dir: string | null;
  readonly max: number;
  readonly setup: readonly string[];
  readonly copy: readonly string[];
  readonly warm: readonly string[];
  /** Names of environment variables an attempt may see. */
  readonly env: readonly string[];
  readonly git_filters: readonly string[];
  readonly max_file_mb: number;
}

/** What a model costs. */
interface PriceConfig {
  readonly input: number;
  readonly output: number;
  /** `null` = as much as other input. */
  readonly cached: number | null;
}

/** What agents may reach. */
interface SandboxConfig {
  readonly mode: 'auto' | 'on' | 'off';
  readonly network: 'full' | 'loopback' | 'none';
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** How changes get onto the run's branch. */
interface IntegrateConfig {
  /** Changes tested together. */
  readonly batch: number;
  /** Checks and gates at once; `null` = half the cores. */
  readonly parallel: number | null;
  /** When the base branch is merged into the branches of runs. */
  readonly base_updates: 'when_idle' | 'at_end' | 'never';
  readonly flaky_retries: number;
}

/** Where news go. */
export interface WebhookConfig {
  readonly url: string;
  /** The environment variable that holds the secret to sign with. */
  readonly secret_env: string | null;
  readonly events: readonly string[];
}

/** A part of something: what one source says. An empty section (`null`) says nothing. */
type Partly<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Partly<T[K]> | null | undefined }
    : T;

/** What one source says of the configuration. */
export type PartialConfig = Partly<Config>;
