// Commands that make runs, for tests of whoever hears them.

import type { AddRun } from '../src/model/command.ts';
import type { PlanTask } from '../src/model/plan.ts';
import { SAMPLE_SETTINGS } from './sample-run.ts';

/**
 * Makes the command for a run with a plan that needs no approval.
 *
 * @param tasks - The tasks of its plan.
 * @param more - What is different about it.
 * @returns The command.
 */
export function sampleAddRun(tasks: readonly PlanTask[], more: Partial<AddRun> = {}): AddRun {
  return {
    type: 'add-run',
    projectKey: 'SHOP',
    goal: 'goal',
    title: 'title',
    kind: 'task',
    priority: 'medium',
    source: 'file',
    reasons: [],
    settings: { ...SAMPLE_SETTINGS, checks: [], defaultRuntime: 'fake' },
    baseBranch: 'main',
    baseCommit: 'base',
    plan: { by: 'file', tasks, warnings: [] },
    planner: null,
    preapproved: true,
    above: 0,
    ...more,
  };
}
