// A run whose base branch moves on and to whose branch a person commits, killed at one of the moments
// at which it changes something, and resumed.

import { expect } from 'vitest';

import { counted, makeProject } from './kill.ts';
import type { Project } from './kill.ts';
import { lookAt } from './points.ts';

const AS = '-c user.name=Bob -c user.email=bob@example.org';
const SHOP = 'cd "$(dirname JOURNAL)/shop"';
const NEWS = `${SHOP}; echo n > news.txt; git add news.txt; git diff --cached --quiet || git ${AS} commit -qm News`;
const BRANCH = 'SHOP-1/two-files';
// Like `git commit`: onto what the branch is, or not at all. The run moves it at the same time.
const OWN = `${SHOP}; until git log --format=%s ${BRANCH} | grep -qx Own || { o=$(git rev-parse ${BRANCH}); c=$(git ${AS} commit-tree -p $o -m Own $o^{tree}); git update-ref refs/heads/${BRANCH} $c $o; }; do :; done`;
const PLAN = `goal: Two files
tasks:
  - { id: a, title: Add a, runtime: command, command: [/bin/sh, -c, '(${NEWS}); echo a > a.txt'] }
  - { id: b, title: Add b, runtime: command, command: [/bin/sh, -c, '(${OWN}); echo b > b.txt'], depends_on: [a] }
`;
const CONFIG = `project: { key: SHOP }
checks: [{ name: start, run: "grep -q start base.txt" }]
orchestration: { retry: { initial_secs: 0 } }
coordinator: { lease_secs: 1 }
`;
const RUN = ['run', '--plan', '../plan.yaml', '--yes'];

/**
 * Counts the points of a run that nobody disturbs.
 *
 * @returns How many there are.
 */
export async function countPoints(): Promise<number> {
  const project = makeProject(PLAN, CONFIG);
  try {
    const whole = counted(project, RUN, null);
    const { code, lines } = await whole.ended;
    expect(code, lines.join('\n')).toBe(0);
    await expectAll(project, 'unharmed');
    return whole.passed().length;
  } finally {
    project.remove();
  }
}

/**
 * Kills a run at a point, resumes it, and looks at everything that must hold.
 *
 * @param at - The number of the point.
 */
export async function killAt(at: number): Promise<void> {
  const project = makeProject(PLAN, CONFIG);
  try {
    const first = counted(project, RUN, { at, signal: 'SIGKILL' });
    await first.ended;
    const point = `killed at ${at}: ${first.passed().at(-1) ?? ''}`;
    const known = (await lookAt(project)).run !== null;
    const second = await counted(project, known ? ['resume'] : RUN, null).ended;
    expect(second.code, [point, ...second.lines].join('\n')).toBe(0);
    await expectAll(project, point);
  } finally {
    project.remove();
  }
}

/** Everybody's commits are on the branch, each once, and nothing of the run is torn. */
async function expectAll(project: Project, point: string): Promise<void> {
  const { run } = await lookAt(project);
  expect(run?.status, point).toMatchObject({ state: 'completed', outcome: 'full' });
  const { branch = '', head = '', base } = run ?? {};
  expect(base?.update, point).toBeNull();
  expect(project.git('rev-parse', branch), point).toBe(head);
  expect(base?.merged, point).toBe(project.git('rev-parse', 'main'));
  const subjects = project.git('log', '--no-merges', '--format=%s', branch).split('\n');
  const expected = ['News', 'Own', 'SHOP-1.1: Add a', 'SHOP-1.2: Add b', 'Start'];
  expect(subjects.toSorted(), point).toEqual(expected);
  const verified = await counted(project, ['verify'], null).ended;
  expect(verified.code, `${point}\n${verified.lines.join('\n')}`).toBe(0);
}
