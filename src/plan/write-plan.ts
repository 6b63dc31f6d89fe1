import { stringify } from 'yaml';

import type { PlanTask } from '../model/plan.ts';

/**
 * Writes a plan as the file that `readPlan` reads. Only what differs from nothing is written; limits
 * and strategies are, so that the file means the same under other settings.
 *
 * @param goal - The goal.
 * @param tasks - The tasks.
 * @returns YAML.
 */
export function writePlan(goal: string, tasks: readonly PlanTask[]): string {
  return stringify(
    { goal, tasks: tasks.map(written) },
    { lineWidth: 100, aliasDuplicateObjects: false },
  );
}

function written(task: PlanTask): Record<string, unknown> {
  const { minutes, usd } = task.estimate;
  const fields: Record<string, unknown> = {
    id: task.id,
    title: task.title,
    description: task.description === '' ? null : task.description,
    agent: task.agent,
    runtime: task.runtime,
    command: task.command,
    requires: task.requires,
    depends_on: task.dependsOn,
    files: task.files,
    acceptance: task.acceptance,
    checks: task.checks,
    on_failure: task.onFailure,
    fallback: task.fallback === null ? null : present({ ...task.fallback }),
    max_attempts: task.maxAttempts,
    timeout: task.timeoutSecs,
    idle_timeout: task.idleTimeoutSecs,
    priority: task.priority,
    locks: task.locks,
    approval: task.approval ? true : null,
    estimate: minutes === null && usd === null ? null : present({ minutes, usd }),
    workspace: task.workspace,
    expect_changes: task.expectChanges === (task.workspace !== 'none') ? null : task.expectChanges,
  };
  return present(fields);
}

function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
    ),
  );
}
