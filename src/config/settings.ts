import type { Check, Priority } from '../model/plan.ts';
import type { Prices } from '../model/prices.ts';
import type { RunSettings, RuntimeSettings, WorkspaceSettings } from '../model/settings.ts';
import type { DetectionRules } from '../plan/detect.ts';
import type { Config, OrchestrationConfig, RuntimeConfig } from './config.ts';
import type { Source } from './source.ts';
import { toStages } from './stages.ts';

/** Kept output of one task; then head and tail. */
const OUTPUT_LIMIT_BYTES = 67_108_864;

/** What a run is started with beside the configuration. */
export interface RunChoices {
  readonly priority: Priority;
  readonly fullPermissions: boolean;
  /** Where the values come from; without them, every one counts as set. */
  readonly sources?: Readonly<Record<string, Source>>;
  /** The approved checks, where they are not just the configured ones. */
  readonly checks?: readonly Check[];
}

/**
 * Takes down what a run goes by.
 *
 * @param config - The complete configuration.
 * @param choices - What was chosen for this run.
 * @returns Its settings.
 */
export function toRunSettings(config: Config, choices: RunChoices): RunSettings {
  const { orchestration } = config;
  const { implementation } = orchestration.stages;
  const wanted = implementation.parallel
    ? (implementation.max_concurrent ?? orchestration.max_parallel)
    : 1;
  return {
    checks: choices.checks ?? configuredChecks(config),
    maxParallel: orchestration.max_parallel,
    maxConcurrent: Math.min(wanted, orchestration.max_parallel),
    agentLimits: config.agents.max_parallel,
    overlap: orchestration.overlap,
    subagents: config.subagents.map((worker) => ({
      id: worker.id,
      specialization: worker.specialization,
      maxConcurrent: worker.max_concurrent_issues,
      capabilities: worker.capabilities,
    })),
    maxAttempts: orchestration.max_attempts,
    maxSameFailures: orchestration.max_same_failures,
    maxTasks: orchestration.max_tasks,
    maxReplans: orchestration.max_replans,
    replanner: null,
    failureStrategy: orchestration.default_failure_strategy,
    backoff: {
      initialSecs: orchestration.retry.initial_secs,
      factor: orchestration.retry.factor,
      maxSecs: orchestration.retry.max_secs,
    },
    taskTimeoutSecs: implementation.timeout_per_task ?? orchestration.task_timeout_secs,
    idleTimeoutSecs: orchestration.idle_timeout_secs,
    runTimeoutSecs: orchestration.run_timeout_secs,
    confirm: orchestration.confirm_before_execute,
    defaultRuntime: config.runtimes.default,
    runtimes: runtimeSettings(config),
    workspace: workspaceSettings(config, choices.sources),
    outputLimitBytes: OUTPUT_LIMIT_BYTES,
    limits: {
      memoryMb: config.limits.memory_mb,
      processes: config.limits.processes,
      diskMb: config.limits.disk_mb,
    },
    dependencyContextBudget: orchestration.dependency_context_budget,
    fullPermissions: choices.fullPermissions,
    branchPrefix: config.project.branch_prefix,
    priority: choices.priority,
    budget: config.budget,
    prices: ownPrices(config),
    stages: toStages(config),
    integrate: {
      batch: config.integrate.batch,
      flakyRetries: config.integrate.flaky_retries,
      baseUpdates: config.integrate.base_updates,
    },
  };
}

/**
 * Takes what the configuration says of workspaces.
 *
 * @param config - The complete configuration.
 * @param sources - Where its values come from.
 * @returns The settings.
 */
export function workspaceSettings(
  config: Config,
  sources: RunChoices['sources'],
): WorkspaceSettings {
  const { workspace } = config;
  return {
    mode: workspace.mode,
    dir: workspace.dir,
    max: workspaces(config, sources),
    setup: workspace.setup,
    copy: workspace.copy,
    warm: workspace.warm,
    env: workspace.env,
    gitFilters: workspace.git_filters,
    maxFileMb: workspace.max_file_mb,
  };
}

/** What is read from a cache costs as much as other input, unless it is said. */
function ownPrices({ prices }: Config): Prices {
  const own: Record<string, Prices[string]> = {};
  for (const [model, { input, output, cached }] of Object.entries(prices)) {
    own[model] = { input, output, cached: cached ?? input };
  }
  return own;
}

/** A default must not undercut the agents at once that somebody asked for, and their judging. */
function workspaces({ workspace, orchestration }: Config, sources: RunChoices['sources']): number {
  const isDefault = sources?.['workspace.max'] === 'default';
  return isDefault ? Math.max(workspace.max, 2 * orchestration.max_parallel) : workspace.max;
}

/**
 * Lists the commands that the configuration names as checks.
 *
 * @param config - The complete configuration.
 * @returns The checks, in their order.
 */
export function configuredChecks(config: Config): Check[] {
  return config.checks.flatMap(({ name, run, timeout, report, fewer_tests: fewerTests }) =>
    run === undefined
      ? []
      : [
          {
            name,
            run,
            timeoutSecs: timeout,
            ...(report !== undefined && { reports: [report].flat() }),
            ...(fewerTests !== undefined && { fewerTests }),
          },
        ],
  );
}

/**
 * Finds the check that the forge makes of a branch that was pushed.
 *
 * @param config - The complete configuration.
 * @returns Its name and its time limit; `null` = there is none.
 */
export function forgeCheck(config: Config): { name: string; timeoutSecs: number } | null {
  const check = config.checks.find(({ kind }) => kind === 'forge');
  return check === undefined ? null : { name: check.name, timeoutSecs: check.timeout };
}

/**
 * Tells whether the person gave agents every permission. A repository cannot: its own file does not
 * count here.
 *
 * @param config - The complete configuration.
 * @param sources - Where its values come from.
 * @returns Whether the sandbox was switched off by the person's file, the environment or a flag.
 */
export function hasFullPermissions(
  config: Config,
  sources: Readonly<Record<string, Source>>,
): boolean {
  const source = sources['sandbox.mode'];
  return config.sandbox.mode === 'off' && source !== 'project' && source !== 'default';
}

/**
 * Takes what is configured for each runtime.
 *
 * @param config - The complete configuration.
 * @returns The settings by the name of the runtime.
 */
export function runtimeSettings(config: Config): Record<string, RuntimeSettings> {
  const settings: Record<string, RuntimeSettings> = {};
  const { timeout_per_task } = config.orchestration.stages.implementation;
  for (const [name, runtime] of Object.entries(config.runtimes)) {
    if (typeof runtime === 'string') continue;
    // What is said of the stage is said of all its tasks.
    const timeout = timeout_per_task === null ? runtime.timeout : null;
    settings[name] = { ...oneRuntime(runtime), ...(timeout !== null && { timeoutSecs: timeout }) };
  }
  return settings;
}

function oneRuntime(runtime: RuntimeConfig): RuntimeSettings {
  return {
    model: runtime.model,
    maxParallel: runtime.max_parallel,
    startsPerMinute: runtime.starts_per_minute,
    binary: runtime.binary,
    args: runtime.args,
    env: runtime.env,
    ...(runtime.key_env !== null && { keyEnv: runtime.key_env }),
    ...(runtime.key_command !== null && { keyCommand: runtime.key_command }),
    ...(runtime.trust_project_config && { trustProject: true }),
    ...(runtime.provider !== null && {
      api: {
        provider: runtime.provider,
        baseUrl: runtime.base_url,
        keyEnv: runtime.key_env,
        keyCommand: runtime.key_command,
        maxSteps: runtime.max_steps,
      },
    }),
  };
}

/**
 * Says by what is decided whether a goal is planned.
 *
 * @param orchestration - The section of the configuration.
 * @returns The rules; what is not enabled is disabled.
 */
export function detectionRules(orchestration: OrchestrationConfig): DetectionRules {
  const { enabled, auto_decompose: mode, detection } = orchestration;
  return {
    mode: enabled ? mode : 'disabled',
    taskTypes: detection.task_types,
    keywords: detection.keywords,
    minComplexity: detection.min_complexity,
  };
}
