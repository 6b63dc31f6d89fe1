// The review of a run's result: what reviewers find becomes tasks, claims are looked into, and after
// the last round a person is asked.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Run } from '../../src/model/run.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import type { ScriptPart } from '../../src/testing/index.ts';
import { makeRig, states, taskOf } from './rig.ts';
import type { Rig, RigOptions } from './rig.ts';

const WORK = [{ id: 'a', title: 'Write a', agent: 'backend-developer' }];
const FINE = { verdict: 'approve', summary: 'All is well.', findings: [] };

/** A task that writes a file with a fault in it, and whoever is to see to that. */
function rigWith(reviews: readonly object[], more: RigOptions = {}): Rig {
  const attempts = reviews.map((answer) => [{ answer: { ...answer } }]);
  const once = attempts.length === 1 ? { 'review-code-reviewer': attempts[0] ?? [] } : {};
  const each = Object.fromEntries(
    attempts.map((steps, index) => [
      index === 0 ? 'review-code-reviewer' : `review-code-reviewer-${index + 1}`,
      steps,
    ]),
  );
  const fixes = Object.fromEntries(
    [1, 2, 3, 4].map((round): [string, ScriptPart] => [
      `fix-${round}-1`,
      [{ append: { path: 'a.txt', content: `fix ${round}\n` } }, { say: `Fixed it in ${round}.` }],
    ]),
  );
  return makeRig({
    ...more,
    script: {
      tasks: {
        a: [{ write: { path: 'a.txt', content: 'one\ntwo\n' } }],
        ...once,
        ...each,
        ...fixes,
        ...more.script?.tasks,
      },
    },
    config: {
      checks: [],
      ...more.config,
      orchestration: {
        ...more.config?.orchestration,
        stages: {
          review: {
            enabled: true,
            agents: ['code-reviewer'],
            ...more.config?.orchestration?.stages?.review,
          },
        },
      },
    },
  });
}

const wants = (...findings: readonly object[]): object => ({
  verdict: 'request_changes',
  summary: 'Not like this.',
  findings,
});
const BLOCKING = { file: 'a.txt', line: 2, severity: 'blocking', message: 'Line two is wrong.' };

async function verdictsOf(rig: Rig, run: Run): Promise<readonly Verdict[]> {
  const store = await rig.app.look();
  if (!store.ok || store.value === null) throw new Error('no store');
  return (await store.value.verdicts(run.key)).map(({ verdict }) => verdict);
}

function told(rig: Rig, run: Run, id: string): string {
  const { key } = taskOf(run, id);
  return readFileSync(join(rig.dir, '.tutti/runs', run.key, 'tasks', key, 'prompt.md'), 'utf8');
}

describe('a review that finds something', () => {
  it('makes tasks of it, which run, and the next review passes', async () => {
    const rig = rigWith([wants(BLOCKING), FINE]);
    const run = await rig.run(WORK);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(states(run)).toEqual({
      a: 'completed',
      'review-code-reviewer': 'completed',
      'fix-1-1': 'completed',
      'review-code-reviewer-2': 'completed',
    });
    const fix = taskOf(run, 'fix-1-1');
    expect(fix.dependsOn).toEqual([taskOf(run, 'review-code-reviewer').key]);
    expect(fix.spec).toMatchObject({
      title: 'Fix what code-reviewer found in a.txt',
      agent: 'backend-developer',
      files: ['a.txt'],
    });
    expect(fix.spec.description).toContain('a.txt:2: Line two is wrong.');
    expect(rig.onBranch(run, 'a.txt')).toBe('one\ntwo\nfix 1');
    expect(taskOf(run, 'review-code-reviewer-2').dependsOn).toContain(fix.key);
    expect(told(rig, run, 'review-code-reviewer-2')).toContain('Line two is wrong.');
    expect((await verdictsOf(rig, run)).filter(({ kind }) => kind === 'review')).toMatchObject([
      { name: 'code-reviewer', ok: false, findings: [{ message: 'Line two is wrong.' }] },
      { name: 'code-reviewer', ok: true, findings: [] },
    ]);
  });
});
