// Every event in every place: what is in the table of transitions happens as it says there, all
// else is refused.

import { describe, expect, it } from 'vitest';

import {
  SAMPLE_SETTINGS,
  sampleAttempt,
  samplePlanTask,
  sampleRun,
  sampleTask,
} from '../../test/sample-run.ts';
import type { Ask, AskStatus } from '../model/ask.ts';
import { NO_USAGE } from '../model/attempt.ts';
import type { AttemptStatus } from '../model/attempt.ts';
import { startingFrom } from '../model/base.ts';
import type { Update } from '../model/base.ts';
import type { Event, EventType } from '../model/event.ts';
import { failure } from '../model/failure.ts';
import type { PlanRevision, PlanState } from '../model/plan.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run, RunState, RunStatus } from '../model/run.ts';
import type { TaskStatus } from '../model/task.ts';
import { MACHINES, nextState } from '../model/transitions.ts';
import type { Table, TaskPlace, UpdatePlace } from '../model/transitions.ts';
import { applyToRun } from './apply.ts';
import { BrokenTransition } from './broken-transition.ts';

const why = failure('internal', 'no');
const report = { status: 'done', summary: '', question: null, followUps: [] } as const;
const because = { reason: 'canceled' } as const;
const canceled = { kind: 'canceled', why: 'canceled' } as const;
const task = 'SHOP-1.1';
const attempt = 'SHOP-1.1#1';
const ask = 'SHOP-1?1';
const publication = { ref: 'head', old: 'a', new: 'b', tree: 't', proof: 'proven' } as const;

const RUN_STATUS: { readonly [S in RunState]: Extract<RunStatus, { state: S }> } = {
  queued: { state: 'queued' },
  planning: { state: 'planning' },
  awaiting_approval: { state: 'awaiting_approval' },
  approved: { state: 'approved' },
  running: { state: 'running' },
  canceling: { state: 'canceling' },
  completed: { state: 'completed', outcome: 'full', finishedAt: 1 },
  failed: { state: 'failed', failure: why, finishedAt: 1 },
  canceled: { state: 'canceled', finishedAt: 1 },
};
const TASK_STATUS: { readonly [P in TaskPlace]: TaskStatus } = {
  pending: { state: 'pending' },
  ready: { state: 'ready', notBefore: 0 },
  'running(work)': { state: 'running', phase: 'work', publication: null },
  'running(verify)': { state: 'running', phase: 'verify', publication: null },
  'running(integrate)': { state: 'running', phase: 'integrate', publication: null },
  waiting: { state: 'waiting', ask },
  completed: { state: 'completed', proof: null, commit: null, tree: null },
  failed: { state: 'failed', failure: why, aborts: true },
  skipped: { state: 'skipped', because },
  canceled: { state: 'canceled', because },
};
const ATTEMPT_STATUS: { readonly [S in AttemptStatus['state']]: AttemptStatus } = {
  leased: { state: 'leased' },
  running: { state: 'running', process: null },
  stopping: { state: 'stopping', process: null, as: canceled },
  handed_in: { state: 'handed_in', change: null, report },
  ended: { state: 'ended', outcome: canceled, change: null, report, finishedAt: 1 },
};
const ASK_STATUS: { readonly [S in AskStatus['state']]: AskStatus } = {
  open: { state: 'open' },
  answered: { state: 'answered', answer: 'yes', by: 'me', at: 1 },
  withdrawn: { state: 'withdrawn', at: 1 },
};
const PLAN_STATES: readonly PlanState[] = ['draft', 'approved', 'rejected', 'superseded'];

const planOf = (revision: number, state: PlanState): PlanRevision => ({
  revision,
  state,
  by: 'file',
  tasks: [],
  warnings: [],
  createdAt: 1,
});
const askOf = (status: AskStatus): Ask => ({
  key: ask,
  run: 'SHOP-1',
  task,
  kind: 'question',
  question: '?',
  choices: [],
  freeText: true,
  status,
  createdAt: 1,
});

const review = { verdict: 'approve', summary: 'Good.', findings: [], commit: 'c' } as const;
const counts = 'nothing';
const by = 'me';
const EVENTS: { readonly [E in Event as E['type']]: E } = {
  'run-created': {
    type: 'run-created',
    number: 1,
    goal: '',
    title: '',
    kind: 'task',
    priority: 'medium',
    source: 'file',
    preapproved: false,
    reasons: [],
    settings: SAMPLE_SETTINGS,
    baseBranch: 'main',
    baseCommit: 'base',
    branch: 'b',
  },
  'planning-started': { type: 'planning-started' },
  'run-detected': {
    type: 'run-detected',
    source: 'direct',
    stages: SAMPLE_SETTINGS.stages,
    reasons: ['complexity low'],
  },
  'plan-drafted': { type: 'plan-drafted', plan: planOf(2, 'draft') },
  'plan-approved': { type: 'plan-approved', revision: 1, by },
  'plan-rejected': { type: 'plan-rejected', revision: 1, by },
  'plan-discussed': {
    type: 'plan-discussed',
    message: {
      number: 1,
      revision: 1,
      from: 'person',
      by,
      kind: 'said',
      text: 'Why two?',
      proposal: null,
      at: 1,
    },
  },
  'run-started': { type: 'run-started' },
  'run-paused': { type: 'run-paused', pause: { by: 'person', reason: '' } },
  'run-resumed': { type: 'run-resumed', by },
  'run-worked': { type: 'run-worked', ms: 1000 },
  'budget-raised': { type: 'budget-raised', usd: 5, tokens: 200_000, by },
  'run-merged': { type: 'run-merged', into: 'main', by },
  'pull-request-seen': {
    type: 'pull-request-seen',
    offeredAs: { number: 7, url: 'https://forge.test/o/r/pull/7', state: 'open', mergedAt: null },
  },
  'run-completed': { type: 'run-completed', outcome: 'full' },
  'run-failed': { type: 'run-failed', failure: why },
  'cancel-requested': { type: 'cancel-requested', by },
  'run-canceled': { type: 'run-canceled' },
  'run-reopened': { type: 'run-reopened', by },
  'task-added': {
    type: 'task-added',
    task,
    stage: 'implementation',
    spec: samplePlanTask('a'),
    dependsOn: [],
  },
  'task-ready': { type: 'task-ready', task },
  'task-due': { type: 'task-due', task },
  'task-retried': { type: 'task-retried', task, notBefore: 0, counts },
  'task-waiting': { type: 'task-waiting', task, ask, counts },
  'task-resumed': { type: 'task-resumed', task },
  'task-unblocked': { type: 'task-unblocked', task, instruction: null, approved: false },
  'task-verified': { type: 'task-verified', task, verdicts: [] },
  'task-checked': { type: 'task-checked', task, verdicts: [] },
  'task-refuted': { type: 'task-refuted', task, verdicts: [] },
  'task-reviewed': { type: 'task-reviewed', task, verdicts: [], review },
  'batch-judged': {
    type: 'batch-judged',
    task,
    attempts: [attempt],
    tries: 1,
    verdicts: [],
    failed: [],
  },
  'task-withheld': { type: 'task-withheld', task },
  'task-publishing': { type: 'task-publishing', task, publication, verdicts: [] },
  'task-completed': { type: 'task-completed', task, proof: null, commit: null, tree: null },
  'task-failed': { type: 'task-failed', task, failure: why, aborts: true },
  'task-set-back': { type: 'task-set-back', task },
  'undo-started': { type: 'undo-started', task, failure: why, mark: 'm' },
  'undo-publishing': { type: 'undo-publishing', task, publication, verdicts: [] },
  'undo-refused': { type: 'undo-refused', task, message: 'no', verdicts: [] },
  'task-undone': {
    type: 'task-undone',
    task,
    failure: why,
    aborts: false,
    commit: publication.new,
  },
  'task-tolerated': { type: 'task-tolerated', task },
  'task-rewired': { type: 'task-rewired', task, dependsOn: [] },
  'task-skipped': { type: 'task-skipped', task, because },
  'task-canceled': { type: 'task-canceled', task, because },
  'task-reopened': { type: 'task-reopened', task, instruction: null },
  'update-started': {
    type: 'update-started',
    kind: 'base',
    commit: 'c',
    mark: 'm',
    kept: false,
  },
  'update-publishing': { type: 'update-publishing', mark: 'm', publication, evidence: [] },
  'update-refused': {
    type: 'update-refused',
    kind: 'branch',
    commit: 'c',
    mark: 'm',
    ask,
    message: 'no',
    evidence: [],
  },
  'update-dropped': { type: 'update-dropped', mark: 'm', why: 'left_out' },
  'run-updated': {
    type: 'run-updated',
    kind: 'base',
    commit: 'c',
    head: publication.new,
    proof: 'proven',
  },
  'attempt-leased': {
    type: 'attempt-leased',
    attempt,
    agent: 'a',
    runtime: 'r',
    fence: 1,
    mark: 'm',
  },
  'attempt-started': { type: 'attempt-started', attempt, process: null },
  'attempt-session': { type: 'attempt-session', attempt, sessionId: 's' },
  'attempt-spent': { type: 'attempt-spent', attempt, costUsd: 0.2, tokens: null },
  'attempt-blocked': { type: 'attempt-blocked', attempt, ask: 'SHOP-1?1' },
  'attempt-unblocked': { type: 'attempt-unblocked', attempt },
  'attempt-stopping': { type: 'attempt-stopping', attempt, as: canceled },
  'attempt-handed-in': {
    type: 'attempt-handed-in',
    attempt,
    change: null,
    report,
    keptRef: null,
    costUsd: 0,
    tokens: NO_USAGE,
  },
  'attempt-ended': { type: 'attempt-ended', attempt, outcome: canceled },
  'summary-asked': { type: 'summary-asked', attempt, usd: 0.1, tokens: 1000 },
  'summary-told': { type: 'summary-told', attempt, text: 'Well.', costUsd: 0, tokens: null },
  'ask-opened': { type: 'ask-opened', ask: askOf({ state: 'open' }) },
  'ask-answered': { type: 'ask-answered', ask, answer: 'yes', by },
  'ask-withdrawn': { type: 'ask-withdrawn', ask },
};

const {
  'plan-drafted': drafted,
  'plan-approved': approved,
  'ask-answered': answered,
  'task-added': added,
  'attempt-ended': ended,
} = EVENTS;

/** Where the thing of each machine stands; `null` = there is none. */
interface Places {
  readonly run: RunState | null;
  readonly task: TaskPlace | null;
  readonly attempt: AttemptStatus['state'] | null;
  readonly ask: AskStatus['state'] | null;
  readonly plan: PlanState | null;
  readonly update: UpdatePlace | null;
}

type Machine = keyof typeof MACHINES;

const ALL_PLACES: { readonly [M in Machine]: readonly string[] } = {
  run: Object.keys(RUN_OVER),
  task: Object.keys(TASK_STATUS),
  attempt: Object.keys(ATTEMPT_STATUS),
  ask: Object.keys(ASK_STATUS),
  plan: PLAN_STATES,
  update: ['judging', 'publishing', 'refused'],
};

function runIn(places: Places): Run | undefined {
  if (places.run === null) return undefined;
  const attempts =
    places.attempt === null
      ? []
      : [sampleAttempt(task, 1, { status: ATTEMPT_STATUS[places.attempt] })];
  return sampleRun(
    places.task === null ? [] : [sampleTask(1, TASK_STATUS[places.task], { attempts })],
    {
      status: RUN_STATUS[places.run],
      asks: places.ask === null ? [] : [askOf(ASK_STATUS[places.ask])],
      plans: places.plan === null ? [] : [planOf(1, places.plan)],
      base: { ...startingFrom('b'), update: updateIn(places.update) },
    },
  );
}

function updateIn(place: UpdatePlace | null): Update | null {
  const facts = { kind: 'base', commit: 'c', mark: 'm' } as const;
  if (place === 'judging') return { ...facts, status: { state: place, kept: false } };
  if (place === 'publishing') return { ...facts, status: { state: place, publication } };
  return place === 'refused' ? { ...facts, status: { state: place, ask } } : null;
}

/** A change is being taken out, as far as the event needs it. */
function withUndo(run: Run | undefined, { type }: Event): Run | undefined {
  const isAbout = type.startsWith('undo-') || type === 'task-undone';
  if (run === undefined || !isAbout || type === 'undo-started') return run;
  const announcement = type === 'task-undone' ? publication : null;
  return { ...run, undo: { task, failure: why, mark: 'm', publication: announcement } };
}

/** Where the things that an event is not tried on stand: somewhere the event may happen. */
function elsewhere(event: EventType): Places {
  const legal = <S extends string>(table: Table<S>, usual: S): S | null =>
    table[event]?.[0]?.[0] ?? (table[event] === undefined ? usual : null);
  return {
    run: legal(MACHINES.run, 'running'),
    task: legal(MACHINES.task, 'running(work)'),
    attempt: legal(MACHINES.attempt, 'running'),
    ask: legal(MACHINES.ask, 'open'),
    plan: event === 'plan-drafted' ? 'draft' : legal(MACHINES.plan, 'draft'),
    update: MACHINES.update[event]?.[0]?.[0] ?? null,
  };
}

function placesAfter(run: Run): Record<Machine, string | undefined> {
  const [first] = run.tasks;
  const status = first?.status;
  return {
    run: run.status.state,
    task: status?.state === 'running' ? `running(${status.phase})` : status?.state,
    attempt: first?.attempts[0]?.status.state,
    ask: run.asks[0]?.status.state,
    plan: run.plans[0]?.state,
    update: run.base.update?.status.state ?? (run.base.landed.length > 0 ? 'landed' : 'dropped'),
  };
}

const MACHINE_NAMES: readonly Machine[] = ['run', 'task', 'attempt', 'ask', 'plan', 'update'];

describe.each(MACHINE_NAMES)('the machine of a %s', (machine) => {
  const table = MACHINES[machine] as Table<string>;
  const cases = Object.values(EVENTS)
    .filter(({ type }) => table[type] !== undefined)
    // A new revision supersedes live ones and leaves the others alone: tested below.
    .filter(({ type }) => machine !== 'plan' || type !== 'plan-drafted')
    .flatMap((event) => [null, ...ALL_PLACES[machine]].map((from) => ({ event, from })))
    // An approved revision is superseded by the approval of another one, not by its own.
    .filter(({ event, from }) => event.type !== 'plan-approved' || from !== 'approved');

  it.each(cases)('$event.type in $from', ({ event, from }) => {
    const before = withUndo(runIn({ ...elsewhere(event.type), [machine]: from }), event);
    const act = (): Run => applyToRun(before, { run: 'SHOP-1', at: 2, event });
    const to = nextState(table, event.type, from);
    if (to === undefined) expect(act).toThrow(/no task|may not happen/u);
    else expect(placesAfter(act())[machine]).toBe(to);
  });
});

it.each(PLAN_STATES)('a new revision replaces one that is %s', (state) => {
  const before = runIn({ ...elsewhere('plan-drafted'), plan: state });
  const after = applyToRun(before, { run: 'SHOP-1', at: 2, event: drafted });
  const live = state === 'draft' || state === 'approved';
  expect(after.plans.map((plan) => plan.state)).toEqual([live ? 'superseded' : state, 'draft']);
});

it('refuses what is about another thing than the last', () => {
  const run = runIn({ ...elsewhere('attempt-ended'), run: 'awaiting_approval' });
  const refuse = (event: Event): void => {
    expect(() => applyToRun(run, { run: 'SHOP-1', at: 2, event })).toThrow(BrokenTransition);
  };
  refuse({ ...approved, revision: 7 });
  refuse({ ...drafted, plan: planOf(7, 'draft') });
  refuse({ ...drafted, plan: planOf(2, 'approved') });
  refuse({ ...answered, ask: 'SHOP-1?7' });
  refuse({ ...added, task: 'SHOP-1.7' });
  refuse({ ...ended, attempt: 'SHOP-1.1#7' });
});
