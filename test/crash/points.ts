// A run that is killed or stopped at one of the moments at which it changes something outside of
// itself — a file, a pipe, a process, the store — and goes on. What is asked of it afterwards is the
// same everywhere: nothing lost, nothing done twice, nothing left.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { openStore } from '../../src/adapters/store/sqlite-store.ts';
import type { Run, RunStatus } from '../../src/model/run.ts';
import type { LoggedEvent } from '../../src/model/summary.ts';
import { counted, leftOver, makeProject, tutti } from './kill.ts';
import type { Ended, Project } from './kill.ts';

export const PLAN: string = `
goal: Three files
tasks:
  - { id: one, title: Write one, runtime: command, command: [sh, -c, 'echo one#$TUTTI_ATTEMPT >> JOURNAL; echo 1 > one.txt'] }
  - { id: two, title: Write two, runtime: command, command: [sh, -c, 'echo two#$TUTTI_ATTEMPT >> JOURNAL; cat one.txt > two.txt'], depends_on: [one] }
  - { id: side, title: Write side, runtime: command, command: [sh, -c, 'echo side#$TUTTI_ATTEMPT >> JOURNAL; (setsid sleep 300 &) ; echo s > side.txt'] }
  - { id: look, title: Look, runtime: command, workspace: none, command: [sh, -c, 'echo look#$TUTTI_ATTEMPT >> JOURNAL'], depends_on: [two, side] }
`;
export const CONFIG: string = `
project: { key: SHOP }
checks: [{ name: start, run: "grep -q start base.txt" }]
orchestration: { retry: { initial_secs: 0 } }
coordinator: { lease_secs: 1 }
`;
/** \`git ls-tree\` of what the plan makes. */
const FILES = ['.tutti/config.yaml', 'base.txt', 'one.txt', 'side.txt', 'two.txt'];
export const RUN: readonly string[] = ['run', '--plan', '../plan.yaml', '--yes', '--jsonl'];

/** The states of a task in which its attempt has handed in: it is never worked on again. */
const HANDED_IN = new Set(['verify', 'integrate', 'completed']);

/**
 * Counts the points of a run that nobody disturbs.
 *
 * @returns How many there are.
 */
export async function countPoints(): Promise<number> {
  const project = makeProject(PLAN, CONFIG);
  try {
    const whole = counted(project, RUN, null);
    expect((await whole.ended).code).toBe(0);
    await expectWhole(project);
    return whole.passed().length;
  } finally {
    project.remove();
  }
}

/**
 * Spreads numbers evenly.
 *
 * @param count - How many.
 * @param most - The highest.
 * @returns The numbers, from 1.
 */
export function spread(count: number, most: number): number[] {
  return Array.from({ length: count }, (_, index) => 1 + Math.floor((index * (most - 1)) / count));
}

/**
 * Kills a run at a point, resumes it, and looks at everything that must hold.
 *
 * @param at - The number of the point.
 * @returns How the run ended.
 */
export async function killAt(at: number): Promise<RunStatus | undefined> {
  const project = makeProject(PLAN, CONFIG);
  try {
    const first = counted(project, RUN, { at, signal: 'SIGKILL' });
    const said = await first.ended;
    // How often it looks for something varies: there were fewer points this time.
    if (said.code === 0) return await killAt(first.passed().length - 20);
    const point = `killed at ${at}: ${first.passed().at(-1) ?? ''}`;
    expect(said.signal, point).toBe('SIGKILL');
    const before = await lookAt(project);
    const journal = project.journal();
    const end = await goOn(project, before);
    expect(end.code, [point, ...end.lines].join('\n')).toBe(0);
    const after = await expectWhole(project, point);
    expectKept(said, after, point);
    expectNotRepeated(before, project.journal().slice(journal.length), point);
    return after.run?.status;
  } finally {
    project.remove();
  }
}

/** Resumes it; where nothing was acknowledged it is asked for again. */
async function goOn(project: Project, before: Looked): Promise<Ended> {
  if (before.run === null) expect((await tutti(project, RUN)).code).toBe(0);
  return tutti(project, ['resume', '--jsonl']);
}

/** A run as the store has it. */
export interface Looked {
  readonly run: Run | null;
  readonly events: readonly LoggedEvent[];
}

export async function lookAt(project: Project): Promise<Looked> {
  const path = join(project.dir, '.git', 'tutti', 'tutti.db');
  if (!existsSync(path)) return { run: null, events: [] };
  const store = await openStore(path, { readOnly: true });
  try {
    const run = await store.run('SHOP-1');
    return { run, events: run === null ? [] : (await store.log('SHOP-1')).events };
  } finally {
    store.close();
  }
}

/** Whatever was said to have happened is in the log. */
export function expectKept({ stdout }: Ended, { events }: Looked, point: string): void {
  const known = new Set(
    events.map(({ at, event }) => `${new Date(at).toISOString()} ${event.type}`),
  );
  // The last line may be cut: it was not said yet.
  for (const line of stdout.split('\n').slice(0, -1)) {
    const said: { at: string; type: string } = JSON.parse(line);
    expect(known, point).toContain(`${said.at} ${said.type}`);
  }
}

/** What was handed in before is not worked on again. */
export function expectNotRepeated({ run }: Looked, news: readonly string[], point: string): void {
  const again = news.map((line) => line.split('#')[0] ?? '');
  for (const { spec, status } of run?.tasks ?? []) {
    const place = status.state === 'running' ? status.phase : status.state;
    if (HANDED_IN.has(place)) expect(again, point).not.toContain(spec.id);
  }
}

/** The run is done, its tree is what it should be, and nothing is left of anything. */
export async function expectWhole(project: Project, point = ''): Promise<Looked> {
  const looked = await lookAt(project);
  expect(looked.run?.status, point).toMatchObject({ state: 'completed', outcome: 'full' });
  const { branch = '', head = '' } = looked.run ?? {};
  expect(project.git('rev-parse', branch), point).toBe(head);
  expect(project.git('ls-tree', '-r', '--name-only', branch).split('\n'), point).toEqual(FILES);
  expect(project.git('show', `${branch}:two.txt`), point).toBe('1');
  const subjects = project.git('log', '--format=%s', `main..${branch}`).split('\n');
  expect(
    subjects.toSorted((a, b) => a.localeCompare(b)),
    point,
  ).toEqual(['SHOP-1.1: Write one', 'SHOP-1.2: Write two', 'SHOP-1.3: Write side']);
  expect(project.git('status', '--porcelain'), point).toBe('');
  const verified = await tutti(project, ['verify', '--json']);
  expect(verified.code, point + verified.stdout).toBe(0);
  expect(leftOver(project), point).toEqual([]);
  expect(locks(project), point).toEqual([]);
  return looked;
}

/** Lock files of git, the lease, announcements and workspaces that nobody needs any more. */
function locks(project: Project): string[] {
  const git = readdirSync(join(project.dir, '.git'), { recursive: true, encoding: 'utf8' });
  const state = join(project.env['TUTTI_HOME'] ?? '', 'tutti');
  const places = existsSync(state) ? readdirSync(state, { recursive: true, encoding: 'utf8' }) : [];
  return [
    ...git.filter((name) => name.endsWith('.lock') || name.endsWith('merge.json')),
    ...places.filter((name) => /(?:^|\/)(?:workspaces|trash)\/[^/]+$/u.test(name)),
  ];
}
