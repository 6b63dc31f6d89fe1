// What plans are read and made with, for tests: the ten built-in agents and every default.

import type { Agent } from '../src/model/agent.ts';
import type { RunSettings } from '../src/model/settings.ts';
import type { PlanContext } from '../src/plan/plan-context.ts';
import { routeTask } from '../src/plan/route.ts';
import { SAMPLE_SETTINGS } from './sample-run.ts';

/** Names of the built-in agents. */
export const SAMPLE_AGENT_NAMES: readonly string[] = [
  'general-purpose',
  'tech-lead',
  'code-reviewer',
  'frontend-designer',
  'backend-developer',
  'qa-engineer',
  'security-engineer',
  'devops-engineer',
  'Explore',
  'Plan',
];

const READERS: ReadonlySet<string> = new Set(['Explore', 'Plan', 'code-reviewer']);

/** The built-in agents, without their prompts. */
export const SAMPLE_AGENTS: readonly Agent[] = SAMPLE_AGENT_NAMES.map((name) => ({
  name,
  description: `Does what a ${name} does.`,
  prompt: '',
  tools: READERS.has(name) ? ['Read', 'Grep', 'Glob'] : null,
  model: null,
  runtime: null,
  capabilities: [],
  origin: 'built-in',
  path: `agents/${name}.md`,
}));

/**
 * Makes a context with every default.
 *
 * @param settings - What is different in the settings.
 * @returns The context.
 */
export function samplePlanContext(settings: Partial<RunSettings> = {}): PlanContext {
  const routing = { agents: SAMPLE_AGENTS, globs: [], defaultAgent: null };
  return {
    agents: SAMPLE_AGENTS,
    runtimes: ['claude', 'command', 'scripted'],
    settings: { ...SAMPLE_SETTINGS, ...settings },
    route: (task) => routeTask(task, routing),
  };
}
