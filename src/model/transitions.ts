// Every transition of every machine and the event that makes it: the one table that the code
// (schedule/apply.ts refuses what is not here), the documentation and the tests share.

import type { AskStatus } from './ask.ts';
import type { AttemptStatus } from './attempt.ts';
import type { UpdateStatus } from './base.ts';
import type { EventType } from './event.ts';
import type { PlanState } from './plan.ts';
import type { RunState } from './run.ts';
import type { Phase, TaskState } from './task.ts';

/** A state of a task; while it runs, with its phase. */
export type TaskPlace = Exclude<TaskState, 'running'> | `running(${Phase})`;

/** For each event, the states it may be met in (`null` = it makes the thing) and where it leads. */
export type Table<State extends string> = Readonly<
  Partial<Record<EventType, readonly (readonly [from: State | null, to: State])[]>>
>;

const UNFINISHED_RUN = ['queued', 'planning', 'awaiting_approval', 'approved', 'running'] as const;
const stay = <const S extends string>(states: readonly S[]): readonly (readonly [S, S])[] =>
  states.map((state) => [state, state] as const);
const all = <const From extends string, const To extends string>(
  from: readonly From[],
  to: To,
): readonly (readonly [From, To])[] => from.map((state) => [state, to] as const);

/** The transitions of a run. */
export const RUN_TRANSITIONS: Table<RunState> = {
  'run-created': [[null, 'queued']],
  // From an end: it is tried again before it ever had an approved plan.
  'planning-started': all(['queued', 'awaiting_approval', 'failed', 'canceled'], 'planning'),
  'run-detected': stay(['planning']),
  // A running run drafts beside its live plan.
  'plan-drafted': [
    ...all(['queued', 'planning', 'awaiting_approval', 'approved'], 'awaiting_approval'),
    ...stay(['running']),
  ],
  'plan-approved': [...all(['awaiting_approval'], 'approved'), ...stay(['running'])],
  'plan-rejected': stay(['awaiting_approval', 'running']),
  // From planning: the planner's answer, or why there is none.
  'plan-discussed': all(['planning', 'awaiting_approval'], 'awaiting_approval'),
  'run-started': all(['queued', 'approved'], 'running'),
  'run-paused': stay([...UNFINISHED_RUN, 'canceling']),
  'run-resumed': stay([...UNFINISHED_RUN, 'canceling']),
  'run-worked': stay([...UNFINISHED_RUN, 'canceling']),
  'budget-raised': stay([...UNFINISHED_RUN, 'canceling']),
  'batch-judged': stay(['running']),
  'run-merged': stay(['completed', 'failed', 'canceled']),
  'pull-request-seen': stay([...UNFINISHED_RUN, 'canceling', 'completed', 'failed', 'canceled']),
  'run-completed': all(['running'], 'completed'),
  'run-failed': all(['planning', 'running'], 'failed'),
  'cancel-requested': all([...UNFINISHED_RUN], 'canceling'),
  'run-canceled': all(['canceling'], 'canceled'),
  'run-reopened': all(['completed', 'failed', 'canceled'], 'running'),
};

/** The transitions of a task. */
export const TASK_TRANSITIONS: Table<TaskPlace> = {
  'task-added': [[null, 'pending']],
  'task-ready': all(['pending'], 'ready'),
  'task-due': stay(['ready']),
  'attempt-leased': all(['ready'], 'running(work)'),
  'attempt-handed-in': all(['running(work)'], 'running(verify)'),
  'task-verified': all(['running(verify)'], 'running(integrate)'),
  'task-checked': stay(['running(verify)']),
  'task-reviewed': stay(['running(verify)']),
  'task-refuted': stay(['running(verify)', 'running(integrate)']),
  'task-publishing': all(['running(integrate)'], 'running(integrate)'),
  'task-withheld': stay(['running(integrate)']),
  // From waiting: a plan that had to be approved.
  'task-completed': all(['running(verify)', 'running(integrate)', 'waiting'], 'completed'),
  'task-rewired': stay(['pending', 'skipped', 'canceled']),
  // From failed: its change was taken out of the branch.
  'task-retried': all(
    ['running(work)', 'running(verify)', 'running(integrate)', 'failed'],
    'ready',
  ),
  'task-set-back': all(
    ['ready', 'running(work)', 'running(verify)', 'running(integrate)'],
    'pending',
  ),
  'task-waiting': all(
    ['ready', 'running(work)', 'running(verify)', 'running(integrate)', 'failed'],
    'waiting',
  ),
  'task-unblocked': all(['waiting'], 'ready'),
  'task-resumed': all(['waiting'], 'running(integrate)'),
  'task-failed': all(
    ['waiting', 'running(work)', 'running(verify)', 'running(integrate)'],
    'failed',
  ),
  'undo-started': stay(['completed']),
  'undo-publishing': stay(['completed']),
  'undo-refused': stay(['completed']),
  'task-undone': all(['completed'], 'failed'),
  'task-tolerated': stay(['failed']),
  'task-skipped': all(
    [
      'pending',
      'ready',
      'waiting',
      'failed',
      // What was left out of a plan that another one has replaced.
      'skipped',
      'canceled',
      'running(work)',
      'running(verify)',
      'running(integrate)',
    ],
    'skipped',
  ),
  'task-canceled': all(
    ['pending', 'ready', 'waiting', 'running(work)', 'running(verify)', 'running(integrate)'],
    'canceled',
  ),
  'task-reopened': [
    ['failed', 'ready'],
    ['skipped', 'pending'],
    ['canceled', 'pending'],
  ],
};

/** The transitions of an attempt. */
export const ATTEMPT_TRANSITIONS: Table<AttemptStatus['state']> = {
  'attempt-leased': [[null, 'leased']],
  'attempt-started': all(['leased'], 'running'),
  'attempt-session': stay(['running', 'stopping']),
  'attempt-spent': stay(['running', 'stopping']),
  'attempt-blocked': stay(['running']),
  'attempt-unblocked': stay(['running']),
  // While it is stopping already, it changes what it will end as.
  'attempt-stopping': all(['leased', 'running', 'stopping'], 'stopping'),
  'attempt-handed-in': all(['running', 'stopping'], 'handed_in'),
  'attempt-ended': all(['leased', 'running', 'stopping', 'handed_in'], 'ended'),
  'summary-asked': stay(['ended']),
  'summary-told': stay(['ended']),
};

/** The transitions of an ask. */
export const ASK_TRANSITIONS: Table<AskStatus['state']> = {
  'ask-opened': [[null, 'open']],
  'ask-answered': all(['open'], 'answered'),
  'ask-withdrawn': all(['open'], 'withdrawn'),
};

/** The transitions of a revision of a plan. `plan-drafted` also supersedes the one before it. */
export const PLAN_TRANSITIONS: Table<PlanState> = {
  'plan-drafted': [
    [null, 'draft'],
    ['draft', 'superseded'],
    ['approved', 'superseded'],
  ],
  'plan-approved': [
    ['draft', 'approved'],
    ['approved', 'superseded'],
  ],
  'plan-rejected': all(['draft'], 'rejected'),
};

/** Where something that comes onto a run's branch from elsewhere stands, its ends among it. */
export type UpdatePlace = UpdateStatus['state'] | 'landed' | 'dropped';

/** The transitions of what comes in: newer commits of the base branch, or a person's own. */
export const UPDATE_TRANSITIONS: Table<UpdatePlace> = {
  'update-started': [
    [null, 'judging'],
    // A person wants it whatever the checks say.
    ['refused', 'judging'],
  ],
  'update-publishing': all(['judging'], 'publishing'),
  // From nothing: a branch that was rewritten.
  'update-refused': [
    [null, 'refused'],
    ['judging', 'refused'],
  ],
  'update-dropped': all(['judging', 'publishing', 'refused'], 'dropped'),
  'run-updated': all(['publishing'], 'landed'),
};

/** The machines by name, for whoever walks all of them. */
export const MACHINES: Readonly<{
  run: Table<RunState>;
  task: Table<TaskPlace>;
  attempt: Table<AttemptStatus['state']>;
  ask: Table<AskStatus['state']>;
  plan: Table<PlanState>;
  update: Table<UpdatePlace>;
}> = {
  run: RUN_TRANSITIONS,
  task: TASK_TRANSITIONS,
  attempt: ATTEMPT_TRANSITIONS,
  ask: ASK_TRANSITIONS,
  plan: PLAN_TRANSITIONS,
  update: UPDATE_TRANSITIONS,
};

/** The name of every event. */
export const EVENT_TYPES: readonly EventType[] = [
  ...new Set(Object.values(MACHINES).flatMap((table) => Object.keys(table))),
].filter((name): name is EventType => name !== '');

/**
 * Looks up where an event leads.
 *
 * @param table - The machine.
 * @param event - The event's name.
 * @param from - The state it is met in; `null` when the thing does not exist yet.
 * @returns The next state, or `undefined` when the event may not happen there.
 */
export function nextState<State extends string>(
  table: Table<State>,
  event: EventType,
  from: State | null,
): State | undefined {
  return table[event]?.find(([state]) => state === from)?.[1];
}
