import { z } from 'zod';

import { FAILURE_STRATEGIES } from '../model/plan.ts';
import type { OrchestrationConfig } from './config.ts';
import { agentName, count, name, outputPath, pauseSecs, secs, text } from './values.ts';

const list = z.array(name).max(100);
const KEYWORDS = [
  'implement',
  'build',
  'create full',
  'add complete',
  'redesign',
  'refactor entire',
];
const RESEARCH_ACTIONS = ['web_search', 'codebase_analysis', 'doc_gathering'];

const detection = z.strictObject({
  task_types: list.default(['feature', 'epic']),
  keywords: z.array(text).max(1000).default(KEYWORDS),
  min_complexity: z.enum(['low', 'medium', 'high']).default('high'),
  method: z.enum(['rules', 'model']).default('rules'),
});

const retry = z.strictObject({
  initial_secs: pauseSecs.default(2),
  factor: z.number().min(1).max(100).default(2),
  max_secs: pauseSecs.default(120),
});

const action = z.strictObject({ prompt: text.optional(), run: text.optional() });

const output = {
  output_to_context: z.boolean().default(true),
  output_path: outputPath.nullable().default(null),
};

const stages = z.strictObject({
  research: z
    .strictObject({
      enabled: z.boolean().default(true),
      agent: agentName.default('Explore'),
      timeout: secs.default(600),
      depends_on: list.default([]),
      actions: list.default(RESEARCH_ACTIONS),
      ...output,
    })
    .prefault({}),
  planning: z
    .strictObject({
      enabled: z.boolean().default(true),
      agent: agentName.default('Plan'),
      timeout: secs.default(300),
      depends_on: list.default(['research']),
      creates_subtasks: z.boolean().default(true),
      ...output,
    })
    .prefault({}),
  implementation: z
    .strictObject({
      parallel: z.boolean().default(true),
      max_concurrent: count(1, 1000).nullable().default(null),
      timeout_per_task: secs.nullable().default(null),
      depends_on: list.default(['planning']),
      agent_routing: z.record(z.string().min(1).max(500), agentName).default({}),
    })
    .prefault({}),
  review: z
    .strictObject({
      enabled: z.boolean().default(true),
      depends_on: list.default(['implementation']),
      agents: z.array(agentName).max(20).default(['code-reviewer', 'qa-engineer']),
      timeout: secs.default(600),
      run_tests: z.boolean().default(true),
      require_passing: z.boolean().default(true),
    })
    .prefault({}),
});

const customStage = z.strictObject({
  enabled: z.boolean().default(true),
  agent: agentName,
  timeout: secs.default(600),
  after: name.nullable().default(null),
  before: name.nullable().default(null),
  actions: list.default([]),
  ...output,
});

/** The section `orchestration`. */
export const orchestrationSchema: z.ZodType<OrchestrationConfig> = z.strictObject({
  enabled: z.boolean().default(true),
  auto_decompose: z.enum(['auto', 'explicit', 'disabled']).default('auto'),
  detection: detection.prefault({}),
  planner: z.enum(['auto', 'model', 'rules']).default('auto'),
  planner_model: text.nullable().default(null),
  max_tasks: count(1, 100_000).default(20),
  max_parallel: count(1, 1000).default(4),
  max_attempts: count(1, 100).default(3),
  max_replans: count(0, 100).default(2),
  max_review_rounds: count(0, 100).default(2),
  max_same_failures: count(1, 1000).default(5),
  default_failure_strategy: z.enum(FAILURE_STRATEGIES).default('retry'),
  retry: retry.prefault({}),
  task_timeout_secs: secs.default(1800),
  idle_timeout_secs: secs.default(600),
  run_timeout_secs: secs.default(14_400),
  confirm_before_execute: z.boolean().default(true),
  dependency_context_budget: count(0, 1_000_000).default(16_384),
  overlap: z.enum(['serialize', 'warn']).default('serialize'),
  actions: z.record(name, action).default({}),
  stages: stages.prefault({}),
  custom_stages: z.record(name, customStage).default({}),
});
