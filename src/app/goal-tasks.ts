// The tasks that are made of a goal without a plan: the one that is the goal, and the one that plans.

import type { Config } from '../config/config.ts';
import type { PlanTask } from '../model/plan.ts';
import type { RunSettings } from '../model/settings.ts';
import { emptyTask, timeoutOf } from '../plan/empty-task.ts';
import type { Workshop } from '../run/workshop.ts';

/** What they are made of. */
interface Ground {
  readonly workshop: Pick<Workshop, 'agents'>;
  readonly loaded: { readonly config: Config };
  readonly settings: RunSettings;
}

const LONGEST_TITLE = 120;
/** One repair try: a second plan that is wrong as well is a person's turn. */
const PLANNER_ATTEMPTS = 2;

/**
 * Makes the task that plans.
 *
 * @param ground - The project and the run's settings.
 * @param goal - What is to be planned.
 * @returns The task.
 */
export function plannerTask(ground: Ground, goal: string): PlanTask {
  const { stages, planner_model: model } = ground.loaded.config.orchestration;
  const agent = stages.planning.agent ?? 'Plan';
  return {
    ...emptyTask(ground.settings),
    id: 'plan',
    title: `Plan: ${titleOf(goal)}`,
    kind: 'plan',
    agent,
    agentReason: 'the planning stage',
    runtime: runtimeOf(ground, agent),
    onFailure: 'retry',
    maxAttempts: PLANNER_ATTEMPTS,
    timeoutSecs: stages.planning.timeout ?? ground.settings.taskTimeoutSecs,
    expectChanges: false,
    ...(model !== null && { model }),
  };
}

/**
 * Makes the task that says how much work a goal is.
 *
 * @param ground - The project and the run's settings.
 * @param goal - The goal.
 * @param description - What is said about it beside it.
 * @returns The task.
 */
export function estimateTask(ground: Ground, goal: string, description: string): PlanTask {
  return {
    ...plannerTask(ground, goal),
    id: 'estimate',
    title: `Estimate: ${titleOf(goal)}`,
    description: description === '' ? goal : `${goal}\n\n${description}`,
    agentReason: 'the estimate of complexity',
    workspace: 'none',
    estimates: true,
  };
}

function runtimeOf({ workshop }: Ground, agent: string): string | null {
  return workshop.agents.get(agent)?.runtime ?? null;
}

/**
 * Makes the one task that is a goal itself.
 *
 * @param ground - The project and the run's settings.
 * @param goal - The goal.
 * @param routed - Who does it and why, and what is said about the goal.
 * @param routed.agent - Who does it.
 * @param routed.reason - Why.
 * @param routed.description - What is said about the goal beside it.
 * @returns The task.
 */
export function goalTask(
  ground: Ground,
  goal: string,
  routed: { agent: string; reason: string; description: string },
): PlanTask {
  const runtime = runtimeOf(ground, routed.agent);
  return {
    ...emptyTask(ground.settings),
    timeoutSecs: timeoutOf(ground.settings, runtime),
    id: 'task',
    title: titleOf(goal),
    description: routed.description === '' ? goal : `${goal}\n\n${routed.description}`,
    agent: routed.agent,
    agentReason: routed.reason,
    runtime,
    expectChanges: mayChange(ground, routed.agent),
  };
}

/** Who only reads is expected to answer, not to change anything. */
function mayChange({ workshop }: Ground, agent: string): boolean {
  const tools = workshop.agents.get(agent)?.tools ?? null;
  return (
    tools === null || tools.some((tool) => /^(?:\*|Write|Edit|MultiEdit|NotebookEdit)/u.test(tool))
  );
}

/**
 * Makes a title of a goal.
 *
 * @param goal - The goal.
 * @returns Its first line, short enough for lists.
 */
export function titleOf(goal: string): string {
  const line = goal.split('\n', 1)[0]?.trim() ?? '';
  return line.length <= LONGEST_TITLE ? line : `${line.slice(0, LONGEST_TITLE - 1).trimEnd()}…`;
}
