import type { PlanTask } from '../model/plan.ts';
import type { RunSettings } from '../model/settings.ts';

/**
 * Tells how long work may take that says nothing of it.
 *
 * @param settings - What the run goes by.
 * @param runtime - The runtime's name; `null` = the run's default.
 * @returns Seconds.
 */
export function timeoutOf(settings: RunSettings, runtime: string | null): number {
  const own = settings.runtimes[runtime ?? settings.defaultRuntime]?.timeoutSecs;
  return own ?? settings.taskTimeoutSecs;
}

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
