// Whole runs with their stages: research, planning, implementation, the person's own, review.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Run } from '../../src/model/run.ts';
import type { ScriptStep } from '../../src/testing/script.ts';
import { makeRig, states, taskOf } from './rig.ts';
import type { Rig } from './rig.ts';

const GOAL = 'Add user authentication with OAuth support';
const file = (path: string): ScriptStep => ({ write: { path, content: `${path}\n` } });
const asked = (id: string, ...after: string[]): object => ({
  id,
  title: `Write ${id}`,
  description: 'it',
  depends_on: after,
});
const planned = (...ids: string[]): ScriptStep => ({
  answer: { tasks: ids.map((id) => asked(id)) },
});
/** Everything that the stages of the configuration need. */
const ON = { research: { enabled: true }, review: { enabled: true } };

/** In which order tasks were started, by their ids. */
function starts(rig: Rig, run: Run): string[] {
  return rig.events.flatMap(({ event }) => {
    if (event.type !== 'attempt-leased' || !event.attempt.endsWith('#1')) return [];
    const task = run.tasks.find(({ key }) => event.attempt.startsWith(`${key}#`));
    return task === undefined ? [] : [task.spec.id];
  });
}

function read(rig: Rig, path: string): string {
  return readFileSync(join(rig.dir, path), 'utf8');
}

describe('research and planning', () => {
  it('looks into it from three sides at once, and plans with what was found', async () => {
    const rig = makeRig({
      config: {
        orchestration: { planner: 'model', stages: { ...ON, review: { enabled: false } } },
      },
      script: {
        tasks: {
          'research-web-search': [{ say: 'PKCE is what everybody recommends' }],
          'research-codebase-analysis': [{ say: 'users are in app/user.py:12' }],
          'research-doc-gathering': [file('notes.md'), { say: 'the README says nothing' }],
          one: [file('one.txt')],
        },
        plan: [
          { if_prompt: 'PKCE is what everybody', say: 'knows' },
          { unless_prompt: 'users are in app/user.py:12', fail: { message: 'knows nothing' } },
          { answer: { tasks: [{ id: 'one', title: 'Write one', description: 'it' }] } },
        ],
      },
    });
    const run = await rig.goal(GOAL);
    expect(states(run)).toEqual({
      'research-web-search': 'completed',
      'research-codebase-analysis': 'completed',
      'research-doc-gathering': 'completed',
      plan: 'completed',
      one: 'completed',
    });
    expect(run.tasks.map(({ stage }) => stage)).toEqual([
      'research',
      'research',
      'research',
      'planning',
      'implementation',
    ]);
    expect(taskOf(run, 'plan').dependsOn).toEqual(['SHOP-1.1', 'SHOP-1.2', 'SHOP-1.3']);
    expect(starts(rig, run).slice(0, 3).toSorted()).toEqual([
      'research-codebase-analysis',
      'research-doc-gathering',
      'research-web-search',
    ]);
    const research = read(rig, '.tutti/runs/SHOP-1/research.md');
    expect(research).toContain('PKCE is what everybody recommends');
    expect(research).toContain('the README says nothing');
    expect(read(rig, '.tutti/runs/SHOP-1/plan.md')).toContain('**Write one**');
    // What a task changes that is to change nothing is kept, but not merged, and that is said.
    const last = taskOf(run, 'research-doc-gathering').attempts.at(-1);
    expect(last?.status).toMatchObject({ report: { dropped: ['notes.md'] }, change: null });
    expect(rig.git('show', `${last?.keptRef ?? ''}:notes.md`)).toBe('notes.md');
    expect(() => rig.onBranch(run, 'notes.md')).toThrow();
    expect(existsSync(join(rig.dir, 'notes.md'))).toBe(false);
  });

  it('makes one task of a plan that is to make none', async () => {
    const rig = makeRig({
      config: {
        orchestration: {
          planner: 'model',
          stages: { planning: { creates_subtasks: false }, review: { enabled: false } },
        },
      },
      script: { plan: [planned('one', 'two')], tasks: { task: [file('one.txt')] } },
    });
    const run = await rig.goal(GOAL);
    expect(states(run)).toEqual({ plan: 'completed', task: 'completed' });
    expect(taskOf(run, 'task').spec.description).toContain('2. Write two');
  });

  it('goes on without what a person has skipped', async () => {
    const rig = makeRig({
      config: {
        orchestration: {
          planner: 'model',
          default_failure_strategy: 'skip',
          stages: { research: { enabled: true, actions: ['web_search'] } },
        },
      },
      script: {
        tasks: {
          'research-web-search': [{ fail: { reason: 'refused', message: 'no' } }],
          one: [file('one.txt')],
        },
        plan: [{ answer: { tasks: [{ id: 'one', title: 'Write one', description: 'it' }] } }],
      },
    });
    const run = await rig.goal(GOAL);
    expect(states(run)).toEqual({
      'research-web-search': 'failed',
      plan: 'completed',
      one: 'completed',
    });
    expect(taskOf(run, 'plan').dependsOn).toEqual([]);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'partial' });
  });
});

describe('stages of one’s own, and the review', () => {
  it('run in their places, with the actions that were named', async () => {
    const rig = makeRig({
      config: {
        checks: [{ name: 'readme', run: 'test -s README.md', timeout: 60 }],
        orchestration: {
          planner: 'model',
          actions: { count_lines: { run: 'wc -l < README.md; echo dirt > dirt.txt' } },
          stages: { research: { enabled: false }, review: { enabled: true } },
          custom_stages: {
            security_audit: {
              agent: 'security-engineer',
              after: 'implementation',
              before: 'review',
              actions: ['security_scan', 'count_lines', 'run_tests'],
              output_path: 'audits/{task_id}.md',
            },
          },
        },
      },
      files: { '.gitignore': 'audits/\n' },
      script: {
        tasks: {
          one: [file('one.txt')],
          'security-audit-security-scan': [{ say: 'nothing to be afraid of' }],
        },
        plan: [{ answer: { tasks: [{ id: 'one', title: 'Write one', description: 'it' }] } }],
      },
    });
    const run = await rig.goal(GOAL);
    expect(states(run)).toEqual({
      plan: 'completed',
      one: 'completed',
      'security-audit-security-scan': 'completed',
      'security-audit-count-lines': 'completed',
      'security-audit-run-tests': 'completed',
      'review-run-tests': 'completed',
      'review-code-reviewer': 'completed',
      'review-qa-engineer': 'completed',
    });
    const [scan, lines, tests] = ['security-scan', 'count-lines', 'run-tests'].map((name) =>
      taskOf(run, `security-audit-${name}`),
    );
    expect(scan?.dependsOn).toEqual([taskOf(run, 'one').key]);
    expect(lines?.spec).toMatchObject({ runtime: 'command', kind: 'custom' });
    expect(tests?.status).toMatchObject({ proof: 'proven' });
    expect(taskOf(run, 'review-qa-engineer').dependsOn).toEqual(
      expect.arrayContaining([scan?.key, lines?.key, tests?.key]),
    );
    const audit = read(rig, 'audits/SHOP-1.md');
    expect(audit).toContain('nothing to be afraid of');
    expect(audit).toContain('All checks passed');
    expect(() => rig.onBranch(run, 'dirt.txt')).toThrow();
  });

  it('do not run after a plan of commands', async () => {
    const rig = makeRig({ config: { orchestration: { stages: ON } } });
    const run = await rig.run([
      { id: 'one', title: 'One', runtime: 'command', command: ['sh', '-c', 'echo 1 > one.txt'] },
    ]);
    expect(states(run)).toEqual({ one: 'completed' });
    expect(run.status.state).toBe('completed');
  });
});

describe('a stage that runs again', () => {
  const PLAN = [{ id: 'one', title: 'Write one' }];
  it('re-opens a finished run', async () => {
    const rig = makeRig({
      config: { orchestration: { stages: ON } },
      script: { tasks: { one: [file('one.txt')] } },
    });
    const before = await rig.run(PLAN);
    expect(Object.keys(states(before))).toEqual([
      'one',
      'review-code-reviewer',
      'review-qa-engineer',
    ]);
    await rig.send({ type: 'run-stage', run: 'SHOP-1', stage: 'review', by: 'ann' });
    const run = await rig.resume('SHOP-1');
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(run.tasks.filter(({ spec }) => spec.kind === 'review')).toHaveLength(4);
    await expect(
      rig.send({ type: 'run-stage', run: 'SHOP-1', stage: 'reviw', by: 'ann' }),
    ).rejects.toThrow(/no stage "reviw".*there are research, planning, implementation, review/u);
  });

  it('plans anew what has failed, and the rest of the old plan counts no more', async () => {
    const rig = makeRig({
      config: {
        orchestration: {
          planner: 'model',
          max_attempts: 1,
          default_failure_strategy: 'abort',
          stages: { research: { enabled: false }, review: { enabled: false } },
        },
      },
      script: {
        plan: {
          attempts: [[{ answer: { tasks: [asked('one'), asked('two', 'one'), asked('three')] } }]],
        },
        tasks: {
          one: [file('one.txt')],
          two: [{ fail: { message: 'it cannot be done' } }],
          three: [{ hang: true }],
          'two-2': [file('two.txt')],
          'one-2': [file('one-2.txt')],
          'three-2': [file('three.txt')],
        },
      },
    });
    const failed = await rig.goal(GOAL);
    expect(failed.status.state).toBe('failed');
    await rig.send({ type: 'run-stage', run: 'SHOP-1', stage: 'planning', by: 'ann' });
    const run = await rig.resume('SHOP-1');
    expect(states(run)).toMatchObject({
      one: 'completed',
      two: 'skipped',
      three: 'canceled',
      'plan-2': 'completed',
      'one-2': 'completed',
      'two-2': 'completed',
      'three-2': 'completed',
    });
    expect(taskOf(run, 'two').status).toMatchObject({ because: { reason: 'superseded' } });
    expect(taskOf(run, 'three').status).toMatchObject({ because: { reason: 'superseded' } });
    expect(run.plans.map(({ state }) => state)).toEqual(['superseded', 'approved']);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(rig.onBranch(run, 'one.txt')).toBe('one.txt');
  });

  it('leaves the old plan as it is when the new one is rejected', async () => {
    const rig = makeRig({
      config: {
        orchestration: {
          planner: 'model',
          stages: { research: { enabled: false }, review: { enabled: false } },
        },
      },
      script: { plan: [planned('one')], tasks: { '*': [file('one.txt')] } },
    });
    await rig.goal(GOAL, { yes: false });
    await rig.send({ type: 'approve-plan', run: 'SHOP-1', by: 'ann' });
    expect((await rig.resume('SHOP-1')).status.state).toBe('completed');
    await rig.send({ type: 'run-stage', run: 'SHOP-1', stage: 'planning', by: 'ann' });
    const asking = await rig.resume('SHOP-1');
    const open = asking.asks.find(({ status }) => status.state === 'open');
    expect(open).toMatchObject({ kind: 'plan', choices: ['approve', 'reject'] });
    await rig.send({ type: 'reject-plan', run: 'SHOP-1', by: 'ann' });
    const run = await rig.resume('SHOP-1');
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(run.plans.map(({ state }) => state)).toEqual(['approved', 'rejected']);
    expect(states(run)).toEqual({ plan: 'completed', one: 'completed', 'plan-2': 'skipped' });
  });
});
