// The promise "kill it anywhere, lose nothing", tried at one moment after the other.

import { expect } from 'vitest';

import { leftOver, makeProject, tutti } from './kill.ts';
import type { Project } from './kill.ts';

/** Three files, one after the other and beside one another, and a look at them. */
export const PLAN: string = `
goal: Three files
tasks:
  - { id: one, title: Write one, runtime: command, command: [sh, -c, 'echo one#$TUTTI_ATTEMPT >> JOURNAL; echo 1 > one.txt'] }
  - { id: two, title: Write two, runtime: command, command: [sh, -c, 'echo two#$TUTTI_ATTEMPT >> JOURNAL; cat one.txt > two.txt'], depends_on: [one] }
  - { id: side, title: Write side, runtime: command, command: [sh, -c, 'echo side#$TUTTI_ATTEMPT >> JOURNAL; (setsid sleep 300 &) ; echo s > side.txt'] }
  - { id: look, title: Look, runtime: command, workspace: none, command: [sh, -c, 'echo look#$TUTTI_ATTEMPT >> JOURNAL'], depends_on: [two, side] }
`;
/** One check of the whole, and no pause before a task is tried again. */
export const CONFIG: string = `
project: { key: SHOP }
checks: [{ name: start, run: "grep -q start base.txt" }]
orchestration: { retry: { initial_secs: 0 } }
`;

/**
 * Kills a run when so much has happened, resumes it — killed again where that is asked for — until
 * it is done, and looks at what is left.
 *
 * @param moments - Lines of progress after which each process is killed; one more may end.
 * @returns The run at its end.
 */
export async function killAndResume(moments: readonly number[]): Promise<RunShape> {
  const project = makeProject(PLAN, CONFIG);
  try {
    const [first = 0, ...others] = moments;
    await tutti(project, ['run', '--plan', '../plan.yaml', '--yes'], first);
    for (const moment of others) {
      const finished = await completedTasks(project);
      const before = project.journal();
      await tutti(project, ['resume'], moment);
      expectNoRepeat(finished, before, project.journal());
    }
    const finished = await completedTasks(project);
    const before = project.journal();
    let end = await tutti(project, ['resume', '--json']);
    if ((await runs(project)).length === 0) {
      // It was killed before anything was acknowledged: there is nothing to resume.
      end = await tutti(project, ['run', '--plan', '../plan.yaml', '--yes', '--json']);
    }
    expect(end.code, end.lines.join('\n')).toBe(0);
    expectNoRepeat(finished, before, project.journal());
    return await expectWhole(project);
  } finally {
    project.remove();
  }
}

/**
 * What a finished task did is never done again.
 *
 * @param finished - The tasks that were finished.
 * @param before - The journal then.
 * @param after - The journal now.
 */
export function expectNoRepeat(
  finished: readonly string[],
  before: readonly string[],
  after: readonly string[],
): void {
  const news = after.slice(before.length).map((line) => line.split('#')[0] ?? '');
  for (const id of finished) expect(news).not.toContain(id);
}

/**
 * Everything is there, once, and nothing is left over.
 *
 * @param project - The project; its run is over.
 * @returns The run.
 */
export async function expectWhole(project: Project): Promise<RunShape> {
  const [run] = await runs(project);
  if (run === undefined) throw new Error('the run is gone');
  // A run of which nothing but its number was written leaves that number unused.
  const { branch } = run;
  const subjects = project.git('log', '--format=%s', `main..${branch}`).split('\n');
  expect(subjects.toSorted((a, b) => a.localeCompare(b))).toEqual([
    `${run.key}.1: Write one`,
    `${run.key}.2: Write two`,
    `${run.key}.3: Write side`,
  ]);
  expect(project.git('show', `${branch}:two.txt`)).toBe('1');
  expect(project.git('status', '--porcelain')).toBe('');
  expect(project.git('fsck', '--full', '--no-dangling')).toBe('');
  const verified = await tutti(project, ['verify', '--json']);
  expect(verified.code, verified.stdout).toBe(0);
  expect(leftOver(project)).toEqual([]);
  return run;
}

/** What matters of a run here. */
export interface RunShape {
  readonly key: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly branch: string;
}

/**
 * Reads what runs there are.
 *
 * @param project - The project.
 * @returns The runs.
 */
export async function runs(project: Project): Promise<RunShape[]> {
  const { stdout } = await tutti(project, ['list', '--json']);
  const value: { runs: RunShape[] } = JSON.parse(stdout);
  return value.runs;
}

/**
 * Reads which tasks are finished.
 *
 * @param project - The project.
 * @returns Their ids in the plan.
 */
export async function completedTasks(project: Project): Promise<string[]> {
  const all = await runs(project);
  if (all.length === 0) return [];
  const { stdout } = await tutti(project, ['show', 'SHOP-1', '--json']);
  const value: { tasks: { planId: string; state: string }[] } = JSON.parse(stdout);
  return value.tasks.filter(({ state }) => state === 'completed').map(({ planId }) => planId);
}
