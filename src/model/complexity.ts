// How much work a goal is, and what is kept about it until a model has said so.

import type { PlanRemark } from './finding.ts';
import type { PlanSource } from './plan-source.ts';
import type { PlanTask } from './plan.ts';
import type { StageSettings } from './stage.ts';

/** How much work a goal is, from little to much. */
export const COMPLEXITIES = ['low', 'medium', 'high'] as const;

/** How much work a goal is. */
export type Complexity = (typeof COMPLEXITIES)[number];

/** What was found, and by which signs. */
export interface Estimate {
  readonly complexity: Complexity;
  readonly reasons: readonly string[];
}

/** How a run goes on after a decision. */
export interface Way {
  readonly source: PlanSource;
  readonly reasons: readonly string[];
  /** The plan, where there is one already. */
  readonly plan: {
    readonly by: string;
    readonly tasks: readonly PlanTask[];
    readonly warnings: readonly PlanRemark[];
  } | null;
  /** The task that makes the plan. */
  readonly planner: PlanTask | null;
  readonly stages: StageSettings;
}

/** What a run has to know while a model estimates how much work its goal is. */
export interface PendingDetection {
  /** What is planned at least. */
  readonly least: Complexity;
  /** What holds when no model can say. */
  readonly byRules: Estimate;
  /** What the repository is made of, in its own words. */
  readonly repository: string;
  readonly direct: Way;
  readonly planned: Way;
}
