// The configuration of the whole design is accepted, but not all of it is acted on yet. What a person
// set without effect is told to them: listed here is what HAS an effect, so that a new key is silent
// only when somebody says that it works.

import type { Config } from './config.ts';
import type { Source } from './source.ts';
import { valueAt } from './values-by-path.ts';

/** Keys that are acted on; `*` stands for any name, and what is below a key goes with it. */
const IN_FORCE: readonly string[] = [
  'project',
  'orchestration.enabled',
  'orchestration.auto_decompose',
  'orchestration.detection',
  'orchestration.planner',
  'orchestration.planner_model',
  'orchestration.max_tasks',
  'orchestration.max_replans',
  'orchestration.max_parallel',
  'orchestration.overlap',
  'orchestration.max_attempts',
  'orchestration.max_same_failures',
  'orchestration.default_failure_strategy',
  'orchestration.retry',
  'orchestration.task_timeout_secs',
  'orchestration.idle_timeout_secs',
  'orchestration.run_timeout_secs',
  'orchestration.confirm_before_execute',
  'orchestration.dependency_context_budget',
  'orchestration.max_review_rounds',
  'orchestration.stages.review',
  'orchestration.actions',
  'orchestration.custom_stages',
  'orchestration.stages.research.enabled',
  'orchestration.stages.research.agent',
  'orchestration.stages.research.timeout',
  'orchestration.stages.research.depends_on',
  'orchestration.stages.research.actions',
  'orchestration.stages.research.output_to_context',
  'orchestration.stages.research.output_path',
  'orchestration.stages.planning.enabled',
  'orchestration.stages.planning.agent',
  'orchestration.stages.planning.timeout',
  'orchestration.stages.planning.depends_on',
  'orchestration.stages.planning.creates_subtasks',
  'orchestration.stages.planning.output_to_context',
  'orchestration.stages.planning.output_path',
  'orchestration.stages.implementation',
  'agents',
  'subagents',
  'runtimes.default',
  'runtimes.*.model',
  'runtimes.*.max_parallel',
  'runtimes.*.starts_per_minute',
  'runtimes.*.binary',
  'runtimes.*.args',
  'runtimes.*.env',
  'runtimes.*.provider',
  'runtimes.*.base_url',
  'runtimes.*.key_env',
  'runtimes.*.key_command',
  'runtimes.*.trust_project_config',
  'runtimes.*.max_steps',
  'runtimes.*.protocol',
  'runtimes.*.timeout',
  'checks',
  'workspace.mode',
  'workspace.dir',
  'workspace.max',
  'workspace.setup',
  'workspace.copy',
  'workspace.warm',
  'workspace.env',
  'workspace.git_filters',
  'workspace.max_file_mb',
  'limits',
  'sandbox',
  'integrate',
  'forge',
  'notify',
  'retention',
  'budget',
  'prices',
  'coordinator.lease_secs',
];

/**
 * Lists what was set but has no effect in this release, so that it can be said once.
 *
 * @param config - The complete configuration.
 * @param sources - Where its values come from.
 * @returns Keys, each as short as it can be: `budget`, `orchestration.stages.review`.
 */
export function notYetInForce(config: Config, sources: Readonly<Record<string, Source>>): string[] {
  const found = new Set<string>();
  for (const [path, source] of Object.entries(sources)) {
    // A name in brackets is one that a person chose; every one of them stands below a section.
    const keys = path.replace(/\[.*$/u, '').split('.');
    if (source !== 'default' && !isInForce(keys) && !asksForNothing(config, keys)) {
      found.add(shortest(keys));
    }
  }
  return [...found];
}

function isInForce(keys: readonly string[]): boolean {
  return IN_FORCE.some((pattern) => covers(pattern.split('.'), keys));
}

function covers(pattern: readonly string[], keys: readonly string[]): boolean {
  return pattern.every((part, index) => part === '*' || part === keys[index]);
}

/**
 * Tells whether a setting asks for less than there is: nothing, or a stage that is not to run.
 *
 * @param config - The complete configuration.
 * @param keys - The way to the setting.
 * @returns Whether leaving it out of account is what was asked for.
 */
function asksForNothing(config: Config, keys: readonly string[]): boolean {
  const value = valueAt(config, keys);
  if (value === null || (Array.isArray(value) && value.length === 0)) return true;
  return valueAt(config, [...keys.slice(0, -1), 'enabled']) === false && keys[1] !== 'enabled';
}

/**
 * Shortens a key to the first section that has no effect at all.
 *
 * @param keys - The way to a setting.
 * @returns The section's key, or the setting's own.
 */
function shortest(keys: readonly string[]): string {
  for (let length = 1; length < keys.length; length += 1) {
    const section = keys.slice(0, length);
    const partly = IN_FORCE.some((pattern) => {
      const parts = pattern.split('.');
      return section.every((key, index) => parts[index] === '*' || parts[index] === key);
    });
    if (!partly) return section.join('.');
  }
  return keys.join('.');
}
