// A run with everything that a model may have a part in — how much work it is, research, the plan, the
// work, its review, the summary — killed at one of the moments at which it changes something outside of
// itself. Agents are scripts: what they did is in a journal.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import type { RunStatus } from '../../src/model/run.ts';
import type { Script, ScriptStep } from '../../src/testing/index.ts';
import { counted, leftOver, makeProject, tutti } from './kill.ts';
import type { Project } from './kill.ts';
import { expectKept, expectNotRepeated, lookAt } from './points.ts';
import type { Looked } from './points.ts';

const CONFIG = `
project: { key: SHOP }
checks: [{ name: start, run: "grep -q start base.txt" }]
orchestration:
  planner: model
  retry: { initial_secs: 0 }
  detection: { method: model }
  stages:
    research: { enabled: true, actions: [codebase_analysis, doc_gathering] }
    review: { enabled: true, agents: [code-reviewer] }
budget: { usd: 50 }
coordinator: { lease_secs: 1 }
`;
const GOAL = ['run', 'Speed up the date picker', '--jsonl'];
/** How a run is asked for whose plan needs no approval. */
export const RUN: readonly string[] = [...GOAL, '--yes'];
const FILES = ['.tutti/config.yaml', 'base.txt', 'one.txt', 'two.txt'];

/** Only the question for how much work it is begins so. */
const COMPLEXITY = 'Estimate how much work this is';

/** A task does its work, and says that it began. */
function works(id: string, ...steps: readonly ScriptStep[]): readonly ScriptStep[] {
  return [
    { run: `echo '${id}#{attempt}' >> JOURNAL` },
    { usage: { input: 10, output: 10, costUsd: 0.01 } },
    ...steps,
  ];
}

const writes = (id: string): readonly ScriptStep[] =>
  works(id, { write: { path: `${id}.txt`, content: `${id}\n` } }, { say: `wrote ${id}` });

const PLANNED = {
  tasks: [
    { id: 'one', title: 'Write one', description: 'Write it.' },
    { id: 'two', title: 'Write two', description: 'Write it.', depends_on: ['one'] },
  ],
};

const SCRIPT: Script = {
  summary: [
    { usage: { input: 10, output: 10, costUsd: 0.01 } },
    { if_prompt: COMPLEXITY, answer: { complexity: 'high', reasons: ['it is a lot'] } },
    { unless_prompt: COMPLEXITY, answer: { summary: 'It is faster.' } },
  ],
  plan: [...works('plan'), { answer: PLANNED }],
  discuss: [{ answer: { reply: 'Because.', plan: { tasks: PLANNED.tasks.slice(0, 1) } } }],
  review: [
    ...works('review'),
    { answer: { verdict: 'approve', summary: 'It is good.', findings: [] } },
  ],
  tasks: {
    'research-codebase-analysis': works('research-codebase-analysis', { say: 'It is slow.' }),
    'research-doc-gathering': works('research-doc-gathering', { say: 'Nobody knows why.' }),
    one: writes('one'),
    two: writes('two'),
  },
};

/**
 * Makes a project whose agents are scripts.
 *
 * @param more - What is different about the script.
 * @returns The project.
 */
export function makeStaged(more: Partial<Script> = {}): Project {
  const project = makeProject('', CONFIG);
  const file = join(project.home, 'script.json');
  const text = JSON.stringify({ ...SCRIPT, ...more });
  writeFileSync(file, text.replaceAll('JOURNAL', join(project.home, 'journal')));
  const own = join(project.home, '.config', 'tutti');
  mkdirSync(own, { recursive: true });
  const runtimes = { default: 'scripted', scripted: { env: { TUTTI_SCRIPT: file } } };
  writeFileSync(join(own, 'config.yaml'), JSON.stringify({ runtimes }));
  return project;
}

/**
 * Counts the points of a run that nobody disturbs.
 *
 * @returns How many there are.
 */
export async function countStaged(): Promise<number> {
  const project = makeStaged();
  try {
    const whole = counted(project, RUN, null);
    const { code, lines } = await whole.ended;
    expect(code, lines.join('\n')).toBe(0);
    const { events } = await expectStaged(project);
    const types = events.map(({ event }) => event.type);
    for (const type of ['run-detected', 'task-reviewed', 'summary-told']) {
      expect(types).toContain(type);
    }
    return whole.passed().length;
  } finally {
    project.remove();
  }
}

/**
 * Kills a run at a point, resumes it, and looks at everything that must hold.
 *
 * @param at - The number of the point.
 * @returns How the run ended.
 */
export async function killStagedAt(at: number): Promise<RunStatus | undefined> {
  const project = makeStaged();
  try {
    const first = counted(project, RUN, { at, signal: 'SIGKILL' });
    const said = await first.ended;
    // How often it looks for something varies: there were fewer points this time.
    if (said.code === 0) return await killStagedAt(first.passed().length - 20);
    const point = `killed at ${at}: ${first.passed().at(-1) ?? ''}`;
    expect(said.signal, point).toBe('SIGKILL');
    const before = await lookAt(project);
    const journal = project.journal();
    if (before.run === null) expect((await tutti(project, RUN)).code, point).toBe(0);
    const end = await tutti(project, ['resume', '--jsonl']);
    expect(end.code, [point, ...end.lines].join('\n')).toBe(0);
    const after = await expectStaged(project, point);
    expectKept(said, after, point);
    expectNotRepeated(before, project.journal().slice(journal.length), point);
    return after.run?.status;
  } finally {
    project.remove();
  }
}

/** The run is done as it should be, nothing is paid for twice, and nothing is left of anything. */
export async function expectStaged(project: Project, point = ''): Promise<Looked> {
  const looked = await lookAt(project);
  const { run, events } = looked;
  expect(run?.status, point).toMatchObject({ state: 'completed', outcome: 'full' });
  expect(
    run?.tasks.map(({ spec }) => spec.id),
    point,
  ).toEqual([
    'estimate',
    'research-codebase-analysis',
    'research-doc-gathering',
    'plan',
    'one',
    'two',
    'review-run-tests',
    'review-code-reviewer',
  ]);
  const { branch = '', head = '' } = run ?? {};
  expect(project.git('rev-parse', branch), point).toBe(head);
  expect(project.git('ls-tree', '-r', '--name-only', branch).split('\n'), point).toEqual(FILES);
  for (const type of ['run-detected', 'plan-approved', 'summary-asked', 'summary-told']) {
    const count = events.filter(({ event }) => event.type === type).length;
    expect(count, `${point} ${type}`).toBeLessThanOrEqual(1);
  }
  const verified = await tutti(project, ['verify', '--json']);
  expect(verified.code, point + verified.stdout).toBe(0);
  expect(project.git('status', '--porcelain'), point).toBe('');
  expect(leftOver(project), point).toEqual([]);
  return looked;
}

/** A plan that waits for approval, and can be talked about. */
export interface Talk {
  /** How many moments one question has at which something changes outside. */
  readonly points: number;
  /** Asks, kills whoever asks at that moment, and goes on. */
  readonly killAt: (at: number) => Promise<void>;
  readonly remove: () => void;
}

/**
 * Prepares a plan that waits for approval.
 *
 * @returns What can be asked about it.
 */
export async function talk(): Promise<Talk> {
  const project = makeStaged();
  const planned = await tutti(project, GOAL);
  expect(planned.code, planned.lines.join('\n')).toBe(3);
  const whole = counted(project, ['plan', 'discuss', 'SHOP-1', 'Why?'], null);
  const { code, lines } = await whole.ended;
  expect(code, lines.join('\n')).toBe(0);
  await expectAnswered(project, 'Why?', 'unharmed');
  return {
    points: whole.passed().length,
    killAt: (at) => askAndKill(project, at),
    remove: () => project.remove(),
  };
}

async function askAndKill(project: Project, at: number): Promise<void> {
  const question = `Why ${at}?`;
  const asking = counted(project, ['plan', 'discuss', 'SHOP-1', question], {
    at,
    signal: 'SIGKILL',
  });
  await asking.ended;
  const point = `killed at ${at}: ${asking.passed().at(-1) ?? ''}`;
  const resumed = await tutti(project, ['resume', '--jsonl']);
  expect(resumed.code, [point, ...resumed.lines].join('\n')).toBe(3);
  await expectAnswered(project, question, point);
}

/** What was heard is answered, once; the plan waits as before. */
async function expectAnswered(project: Project, question: string, point: string): Promise<void> {
  const { run } = await lookAt(project);
  expect(run?.status.state, point).toBe('awaiting_approval');
  const said = run?.discussion ?? [];
  const asked = said.filter(({ text }) => text === question);
  expect(asked.length, point).toBeLessThanOrEqual(1);
  const [{ number } = { number: said.length }] = asked;
  expect(
    said.slice(number).map(({ from, text }) => `${from}: ${text}`),
    point,
  ).toEqual(asked.length === 0 ? [] : ['planner: Because.']);
  const verified = await tutti(project, ['verify', '--json']);
  expect(verified.code, point + verified.stdout).toBe(0);
  expect(leftOver(project), point).toEqual([]);
}
