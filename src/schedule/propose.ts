// A plan becomes the newest revision of its run.

import type { PlanRevision } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Turn } from './turn.ts';

type Proposal = Pick<PlanRevision, 'by' | 'tasks' | 'warnings'>;

/**
 * Proposes a run's first plan; it is approved at once where nobody wants to be asked.
 *
 * @param turn - The turn it happens in.
 * @param run - The run as it is now.
 * @param plan - The tasks, who proposed them, and the remarks of the plan checks.
 */
export function proposePlan(turn: Turn, run: Run, plan: Proposal): void {
  draftPlan(turn, run, plan);
  if (!run.preapproved && run.settings.confirm && run.source !== 'direct') return;
  const revision = run.plans.length + 1;
  turn.emit(run.key, { type: 'plan-approved', revision, by: 'beforehand' });
}

/**
 * Makes a plan the newest revision; it waits for approval.
 *
 * @param turn - The turn it happens in.
 * @param run - The run as it is now.
 * @param plan - The tasks, who proposed them, and the remarks of the plan checks.
 */
export function draftPlan(turn: Turn, run: Run, plan: Proposal): void {
  turn.emit(run.key, {
    type: 'plan-drafted',
    plan: {
      by: plan.by,
      tasks: plan.tasks,
      warnings: plan.warnings,
      revision: run.plans.length + 1,
      state: 'draft',
      createdAt: turn.now,
    },
  });
}
