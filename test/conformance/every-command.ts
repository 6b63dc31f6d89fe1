// Every command a person can give, on a run in every state and a task in every place: what it is
// answered. The test asks for all of them, and docs/states.md is written from the same answers.

import type { Attempt, AttemptStatus } from '../../src/model/attempt.ts';
import type { Answer, Command } from '../../src/model/command.ts';
import { NO_HISTORY } from '../../src/model/history.ts';
import type { PlanMessage, PlanRevision } from '../../src/model/plan.ts';
import { RUN_OVER } from '../../src/model/run.ts';
import type { Pause, Run, RunState, RunStatus } from '../../src/model/run.ts';
import { NO_STAGES } from '../../src/model/stage.ts';
import type { StageSettings } from '../../src/model/stage.ts';
import type { TaskStatus } from '../../src/model/task.ts';
import { decide } from '../../src/schedule/decide.ts';
import type { Decision } from '../../src/schedule/decide.ts';
import { sampleAttempt, samplePlanTask, sampleRun, sampleTask } from '../sample-run.ts';

const NOW = 10_000;
const KEY = 'SHOP-1';
const TASK = 'SHOP-1.1';
const by = 'you';
const why = { reason: 'check_failed', message: 'no' } as const;
const report = { status: 'done', summary: '', question: null, followUps: [] } as const;
const stop = { kind: 'canceled', why: 'paused' } as const;
const change = { commit: 'c1', tree: 't1', base: 'b', files: ['a'] };
const moving = { ref: 'head', old: 'a', new: 'b', tree: 't', proof: 'proven' } as const;

/** The commands, by the words that give them. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  'pause RUN': { type: 'pause', run: KEY, now: false, by },
  'pause RUN --now': { type: 'pause', run: KEY, now: true, by },
  'resume RUN': { type: 'resume', run: KEY, by },
  'cancel RUN': { type: 'cancel', run: KEY, by },
  'retry RUN': { type: 'retry', key: KEY, instruction: null, by },
  'plan approve RUN': { type: 'approve-plan', run: KEY, by },
  'plan reject RUN': { type: 'reject-plan', run: KEY, by },
  'plan reject RUN --reason': { type: 'reject-plan', run: KEY, by, reason: 'too big' },
  'plan discuss RUN': { type: 'discuss-plan', run: KEY, by, text: 'Why two?' },
  'plan discuss RUN --take': { type: 'judge-proposal', run: KEY, by, message: 1, take: true },
  'plan discuss RUN --leave': { type: 'judge-proposal', run: KEY, by, message: 1, take: false },
  'retry TASK': { type: 'retry', key: TASK, instruction: 'so', by },
  'retry TASK --replan': { type: 'retry', key: TASK, instruction: null, replan: true, by },
  'stage RUN review': { type: 'run-stage', run: KEY, stage: 'review', by },
  'stage RUN planning': { type: 'run-stage', run: KEY, stage: 'planning', by },
  'skip TASK': { type: 'skip', task: TASK, by },
  'kill TASK': { type: 'kill', attempt: TASK, by },
  'answer ASK retry': { type: 'answer', ask: `${KEY}?1`, answer: 'retry', by },
};

const ended = (outcome: 'failed' | 'succeeded'): AttemptStatus => ({
  state: 'ended',
  outcome: outcome === 'failed' ? { kind: 'failed', failure: why } : { kind: 'succeeded' },
  change: null,
  report: null,
  finishedAt: 1,
});
const running = (phase: 'work' | 'verify' | 'integrate', publication = false): TaskStatus => ({
  state: 'running',
  phase,
  publication: publication ? moving : null,
});
const handedIn: AttemptStatus = { state: 'handed_in', change, report };

/** Where a task can be, and its latest attempt with it. */
const PLACES: Readonly<Record<string, readonly [TaskStatus, AttemptStatus | null]>> = {
  pending: [{ state: 'pending' }, null],
  ready: [{ state: 'ready', notBefore: NOW * 9 }, null],
  'work, leased': [running('work'), { state: 'leased' }],
  'work, running': [running('work'), { state: 'running', process: null }],
  'work, stopping': [running('work'), { state: 'stopping', process: null, as: stop }],
  verify: [running('verify'), handedIn],
  integrate: [running('integrate'), handedIn],
  publishing: [running('integrate', true), handedIn],
  waiting: [{ state: 'waiting', ask: `${KEY}?1` }, ended('failed')],
  completed: [{ state: 'completed', proof: null, commit: null, tree: null }, ended('succeeded')],
  failed: [{ state: 'failed', failure: why, aborts: true }, ended('failed')],
  skipped: [{ state: 'skipped', because: { reason: 'canceled', text: 'skipped by you' } }, null],
  superseded: [{ state: 'skipped', because: { reason: 'superseded', task: 'SHOP-1.2' } }, null],
  canceled: [{ state: 'canceled', because: { reason: 'canceled' } }, null],
};
const OVER = ['completed', 'failed', 'skipped', 'superseded', 'canceled'];

const RUNS: { readonly [S in RunState]: Extract<RunStatus, { state: S }> } = {
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

/** A run in one state with its task in one place. */
export interface Case {
  readonly run: RunState;
  /** `null` = it has no task yet. */
  readonly place: string | null;
}

/** Every state of a run with every place its task can be in then. */
export const CASES: readonly Case[] = Object.values(RUNS).flatMap(({ state }): Case[] => {
  if (['queued', 'planning', 'awaiting_approval', 'approved'].includes(state)) {
    return [{ run: state, place: null }];
  }
  const places = Object.keys(PLACES).filter((place) => {
    if (RUN_OVER[state]) return OVER.includes(place);
    // What is canceled has stopped what could be stopped.
    if (state === 'canceling') return ['work, stopping', 'publishing', ...OVER].includes(place);
    return true;
  });
  return places.map((place) => ({ run: state, place }));
});

/** Who may have paused it; `null` = nobody. */
export const PAUSES: readonly (Pause['by'] | null)[] = [null, 'person', 'breaker'];

/** A run's stages; its review was left out, and can be run all the same. */
const stages: StageSettings = {
  ...NO_STAGES,
  list: (
    [
      ['planning', 'plan', []],
      ['implementation', 'work', ['planning']],
      ['review', 'review', ['implementation']],
    ] as const
  ).map(([name, kind, dependsOn]) => ({
    name,
    kind,
    enabled: kind !== 'review',
    agents: ['reviewer'],
    timeoutSecs: 600,
    actions: [],
    dependsOn,
    outputPath: null,
    outputToContext: false,
  })),
};

/** What a planner has said in the discussion of a plan. */
const proposed: PlanMessage = {
  number: 1,
  revision: 1,
  from: 'planner',
  by: 'model',
  kind: 'said',
  text: 'One is enough.',
  proposal: { tasks: [samplePlanTask('one')], warnings: [] },
  at: 1,
};

function planOf(state: PlanRevision['state']): PlanRevision {
  const tasks = [samplePlanTask('t1')];
  return { revision: 1, state, by: 'file', tasks, warnings: [], createdAt: 1 };
}

function plansOf(state: RunState): readonly PlanRevision[] {
  if (state === 'queued' || state === 'planning') return [];
  return [planOf(state === 'awaiting_approval' ? 'draft' : 'approved')];
}

function discussionOf(state: RunState): readonly PlanMessage[] {
  return state === 'awaiting_approval' ? [proposed] : [];
}

function runOf({ run: state, place }: Case, pausedBy: Pause['by'] | null): Run {
  const base = sampleRun([]);
  const [status, latest] = place === null ? [null, null] : (PLACES[place] ?? [null, null]);
  const attempts: Attempt[] = latest === null ? [] : [sampleAttempt(TASK, 1, { status: latest })];
  // Another one is never over before the run is: what is asked for must not end the run beside.
  const second = RUN_OVER[state]
    ? (PLACES['completed']?.[0] ?? null)
    : ({ state: 'pending' } as const);
  const tasks =
    status === null || second === null
      ? []
      : [sampleTask(1, status, { attempts }), sampleTask(2, second, { dependsOn: [TASK] })];
  const ask = {
    run: KEY,
    question: '?',
    freeText: true,
    status: { state: 'open' },
    createdAt: 1,
  } as const;
  const planner = samplePlanTask('plan', { kind: 'plan', expectChanges: false });
  return sampleRun(tasks, {
    status: RUNS[state],
    source: 'file',
    paused: pausedBy === null || RUN_OVER[state] ? null : { by: pausedBy, reason: 'it was paused' },
    plans: plansOf(state),
    queue: place === 'integrate' || place === 'publishing' ? [TASK] : [],
    asks:
      status?.state === 'waiting'
        ? [
            {
              ...ask,
              key: `${KEY}?1`,
              task: TASK,
              kind: 'failure',
              choices: ['retry', 'skip', 'abort'],
            },
          ]
        : [],
    discussion: discussionOf(state),
    settings: { ...base.settings, replanner: planner, stages },
  });
}

/**
 * Gives a command.
 *
 * @param command - The command.
 * @param on - The run it is given on.
 * @param circumstances - Whether it is paused, and whether the coordinator is on its way out.
 * @returns What was decided.
 */
export function give(
  command: Command,
  on: Case,
  circumstances: { paused: Pause['by'] | null; draining: boolean },
): { readonly decision: Decision; readonly answer: Answer | undefined } {
  const run = runOf(on, circumstances.paused);
  const { draining } = circumstances;
  const desk = {
    epoch: 1,
    seed: 's',
    driven: new Set([KEY]),
    slots: 2,
    draining,
    history: NO_HISTORY,
  };
  const world = { runs: new Map([[KEY, run]]), lastNumber: 1, desk };
  const decision = decide(world, [{ type: 'command', id: 1, command }], NOW);
  return { decision, answer: decision.answers[0]?.answer };
}

/**
 * Says in a cell what a command is answered.
 *
 * @param answer - The answer.
 * @returns Its words; what is refused begins so.
 */
function cell(answer: Answer | undefined): string {
  if (answer === undefined) return 'nothing';
  const text = answer.ok ? answer.text : `refused: ${answer.message}`;
  return text.replaceAll(`${TASK}#1`, 'it').replaceAll(/SHOP-1[.?]?\d*/gu, (key) => {
    if (key.includes('?')) return 'ASK';
    return key === KEY ? 'RUN' : key === TASK ? 'TASK' : 'OTHER';
  });
}

/** Runs by state, with the places of their task where it is not all the same. */
function whereText(cases: readonly Case[]): string {
  const states = new Set(cases.map(({ run }) => run));
  return [...states]
    .map((state) => {
      const places = cases.flatMap(({ run, place }) => (run === state ? [place] : []));
      const all = CASES.filter(({ run }) => run === state).length === places.length;
      return all ? `\`${state}\`` : `\`${state}\` (${places.join(' · ')})`;
    })
    .join(', ');
}

/**
 * Writes what every command does, as a part of a page.
 *
 * @returns Markdown.
 */
export function commandsDoc(): string {
  const sections = Object.entries(COMMANDS).map(([words, command]) => {
    const rows = new Map<string, Case[]>();
    for (const one of CASES) {
      const { answer } = give(command, one, { paused: null, draining: false });
      const text = cell(answer);
      rows.set(text, [...(rows.get(text) ?? []), one]);
    }
    const lines = [...rows].map(([text, cases]) => `| ${whereText(cases)} | ${text} |`);
    return [`### \`tutti ${words}\``, '', '| where | answer |', '| --- | --- |', ...lines].join(
      '\n',
    );
  });
  const head = [
    '## What every command is answered',
    '',
    'Each command on a run in each state, with its task in each place. Every one has an answer; what makes no sense is refused with exit code 2 and says what to do instead.',
  ].join('\n');
  return [head, ...sections].join('\n\n');
}
