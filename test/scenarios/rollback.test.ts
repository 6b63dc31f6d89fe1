// A check that passed before and fails on the result of all tasks: whose change broke it is taken out.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { undoTask } from '../../src/app/undo.ts';
import { states, makeRig, taskOf, value } from './rig.ts';
import type { Rig } from './rig.ts';

const REVIEW = { review: { enabled: true, agents: ['code-reviewer'], run_tests: true } };
const NO_AGENT = { agent: 'backend-developer' };
const TASKS = [
  { id: 'a', title: 'Write a', ...NO_AGENT, checks: ['grep one a.txt'] },
  { id: 'b', title: 'Write b', ...NO_AGENT, depends_on: ['a'] },
  { id: 'c', title: 'Write c', ...NO_AGENT, depends_on: ['b'] },
  { id: 'd', title: 'Write d', ...NO_AGENT, depends_on: ['c'] },
];

function rig(b: { readonly more?: object; readonly second?: object } = {}): {
  rig: Rig;
  tasks: readonly object[];
} {
  const breaks = [
    { write: { path: 'a.txt', content: 'two\n' } },
    { write: { path: 'b.txt', content: 'b\n' } },
  ];
  const mends = { write: { path: 'a.txt', content: 'one and two\n' }, if_prompt: 'grep one a.txt' };
  const made = makeRig({
    script: {
      tasks: {
        a: [{ write: { path: 'a.txt', content: 'one\n' } }],
        b: { attempts: [breaks, [b.second ?? mends]] },
        c: [{ write: { path: 'c.txt', content: 'c\n' } }],
        d: [{ write: { path: 'd.txt', content: 'd\n' } }],
      },
    },
    config: { checks: [], orchestration: { stages: REVIEW } },
  });
  const tasks = TASKS.map((task) => (task.id === 'b' ? { ...task, ...b.more } : task));
  return { rig: made, tasks };
}

function subjects(made: Rig, branch: string): string[] {
  return made.git('log', '--reverse', '--format=%s', `main..${branch}`).split('\n');
}

describe('what broke a check that passed before', () => {
  it('is taken out and done again with what the check printed; then the result is judged again', async () => {
    const { rig: made, tasks } = rig();
    const run = await made.run(tasks);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(subjects(made, run.branch)).toEqual([
      'SHOP-1.1: Write a',
      'SHOP-1.2: Write b',
      'SHOP-1.3: Write c',
      'SHOP-1.4: Write d',
      'Revert "SHOP-1.2: Write b"',
      'SHOP-1.2: Write b',
    ]);
    expect(made.onBranch(run, 'a.txt')).toContain('one and two');
    expect(made.onBranch(run, 'b.txt')).toBe('b');
    const undone = made.events.flatMap(({ event }) => (event.type === 'task-undone' ? event : []));
    expect(undone).toMatchObject([{ task: 'SHOP-1.2', failure: { reason: 'rolled_back' } }]);
    expect(taskOf(run, 'b')).toMatchObject({ failures: 1, takenBack: null });
    // What was built on it stays, and nobody else is blamed.
    expect(taskOf(run, 'c').attempts).toHaveLength(1);
    expect(run.tasks.filter(({ spec }) => spec.id.startsWith('fix-'))).toEqual([]);
  });

  it('is left out where its strategy says so; the review goes on without it', async () => {
    const { rig: made, tasks } = rig({ more: { on_failure: 'skip' } });
    const run = await made.run(tasks);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'partial' });
    expect(states(run)).toMatchObject({ a: 'completed', b: 'failed', c: 'completed' });
    expect(taskOf(run, 'b').status).toMatchObject({ failure: { reason: 'rolled_back' } });
    expect(made.onBranch(run, 'a.txt')).toBe('one');
    const review = run.tasks.filter(({ stage }) => stage === 'review');
    expect(review.length).toBeGreaterThan(0);
    for (const { status } of review) expect(status.state).toBe('completed');
  });

  it('asks where its strategy says so', async () => {
    const { rig: made, tasks } = rig({ more: { on_failure: 'ask' } });
    const run = await made.run(tasks);
    expect(run.status.state).toBe('running');
    const [ask] = run.asks;
    expect(ask).toMatchObject({ task: 'SHOP-1.2', kind: 'failure', status: { state: 'open' } });
    await made.send({ type: 'answer', ask: ask?.key ?? '', answer: 'skip', by: 'me' });
    const after = await made.resume(run.key);
    expect(after.status).toMatchObject({ state: 'completed', outcome: 'partial' });
  });

  it('ends the run when it is done no better as often as it may', async () => {
    const again = { write: { path: 'a.txt', content: 'three\n' } };
    const { rig: made, tasks } = rig({ more: { max_attempts: 2 }, second: again });
    const run = await made.run(tasks);
    expect(run.status).toMatchObject({ state: 'failed', failure: { reason: 'rolled_back' } });
    expect(made.onBranch(run, 'a.txt')).toBe('one');
  });

  it('stays where others build on the same lines: it is named, and mended by a task', async () => {
    const made = makeRig({
      script: {
        tasks: {
          a: [{ write: { path: 'a.txt', content: 'one\n' } }],
          b: [{ write: { path: 'a.txt', content: 'two\n' } }],
          c: [{ append: { path: 'a.txt', content: 'three\n' } }],
          d: [{ write: { path: 'd.txt', content: 'd\n' } }],
          'fix-1-1': [{ append: { path: 'a.txt', content: 'one\n' }, if_prompt: 'SHOP-1.2' }],
        },
      },
      config: { checks: [], orchestration: { stages: REVIEW } },
    });
    const run = await made.run(TASKS);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(made.onBranch(run, 'a.txt')).toBe('two\nthree\none');
    expect(states(run)).toMatchObject({ b: 'completed', 'fix-1-1': 'completed' });
  });

  it('stays where the check only fails now and then, and so does one that is to go', async () => {
    const { rig: made } = rig();
    const journal = join(made.dir, '..', 'journal');
    // Where d is there, it fails every other time.
    const flaky = `[ ! -e d.txt ] || { echo x >> '${journal}'; [ $(($(wc -l < '${journal}') % 2)) = 0 ]; }`;
    const [a, ...others] = TASKS.filter(({ id }) => id !== 'b');
    const run = await made.run([
      { ...a, checks: [flaky] },
      ...others.map((task) => Object.assign({}, task, { depends_on: ['a'] })),
    ]);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(made.events.filter(({ event }) => event.type === 'undo-started')).toEqual([]);
    expect(readFileSync(journal, 'utf8')).toBe('x\nx\n');
    const wish = { confirm: async () => true as const, say: () => {} };
    value(await undoTask(made.app, taskOf(run, 'c').key, wish));
    expect(readFileSync(journal, 'utf8')).toBe('x\nx\nx\nx\n');
  });
});
