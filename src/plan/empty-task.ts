import type { PlanTask } from '../model/plan.ts';
import type { RunSettings } from '../model/settings.ts';

/**
 * Makes a task with every default of a run.
 *
 * @param settings - What the run goes by.
 * @returns The task, without a name or an agent.
 */
export function emptyTask(settings: RunSettings): PlanTask {
  return {
    id: '',
    title: '',
    description: '',
    kind: 'work',
    agent: '',
    agentReason: '',
    runtime: null,
    requires: [],
    dependsOn: [],
    files: [],
    acceptance: [],
    checks: [],
    onFailure: settings.failureStrategy,
    fallback: null,
    maxAttempts: settings.maxAttempts,
    timeoutSecs: settings.taskTimeoutSecs,
    idleTimeoutSecs: settings.idleTimeoutSecs,
    priority: 'medium',
    locks: [],
    approval: false,
    estimate: { minutes: null, usd: null },
    command: null,
    workspace: 'clone',
    expectChanges: true,
  };
}
