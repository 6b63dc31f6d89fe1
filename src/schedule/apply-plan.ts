// What an event does to the revisions of a plan.

import type { PlanMessage, PlanRevision, PlanState } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { PLAN_TRANSITIONS, nextState } from '../model/transitions.ts';
import { BrokenTransition } from './broken-transition.ts';

/** A live plan stands until the approval of the next one. */
const outdated = (plan: PlanRevision): PlanRevision =>
  plan.state === 'approved' ? { ...plan, state: 'superseded' } : plan;

/**
 * Supersedes a revision by the draft of a newer one.
 *
 * @param run - The run.
 * @param plan - One of its revisions.
 * @returns The revision as it is after that.
 * @throws {BrokenTransition} When no machine knows it.
 */
export function superseded(run: Run, plan: PlanRevision): PlanRevision {
  if (plan.state !== 'draft' && plan.state !== 'approved') return plan;
  if (nextState(PLAN_TRANSITIONS, 'plan-drafted', plan.state) === undefined) {
    throw new BrokenTransition(`${run.key} revision ${plan.revision}`, 'plan-drafted', plan.state);
  }
  return { ...plan, state: 'superseded' };
}

/**
 * Approves or rejects a revision.
 *
 * @param run - The run.
 * @param event - What happened to it.
 * @param revision - Its number.
 * @param state - What it becomes.
 * @returns All revisions after that.
 * @throws {BrokenTransition} When there is no such revision, or no machine knows it.
 */
export function judged(
  run: Run,
  event: 'plan-approved' | 'plan-rejected',
  revision: number,
  state: PlanState,
): readonly PlanRevision[] {
  if (!run.plans.some((plan) => plan.revision === revision)) {
    throw new BrokenTransition(`${run.key} revision ${revision}`, event, null);
  }
  return run.plans.map((plan) => {
    if (plan.revision !== revision) return state === 'approved' ? outdated(plan) : plan;
    if (nextState(PLAN_TRANSITIONS, event, plan.state) !== state) {
      throw new BrokenTransition(`${run.key} revision ${revision}`, event, plan.state);
    }
    return { ...plan, state };
  });
}

/**
 * Adds what was said about a plan.
 *
 * @param run - The run.
 * @param message - What was said.
 * @returns All that was said.
 * @throws {BrokenTransition} When it is not the next one.
 */
export function withMessage(run: Run, message: PlanMessage): readonly PlanMessage[] {
  if (message.number === run.discussion.length + 1) return [...run.discussion, message];
  const what = `${run.key} message ${message.number}`;
  throw new BrokenTransition(what, 'plan-discussed', run.status.state);
}
