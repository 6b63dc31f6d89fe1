// The ladder of a conflict: the same agent again, a task that resolves it, a person.

import { describe, expect, it } from 'vitest';

import type { Run } from '../../src/model/run.ts';
import type { Script, ScriptStep } from '../../src/testing/index.ts';
import { makeRig, states, taskOf } from './rig.ts';
import type { Rig } from './rig.ts';

type Steps = readonly ScriptStep[];

const BEFORE = 'one\ntwo\nthree\n';
const FIRST = 'one\nTWO by first\nthree\n';
const SLOW = 'one\nTWO by slow\nthree\n';
const BOTH = 'one\nTWO by first\nTWO by slow\nthree\n';
const write = (content: string): ScriptStep => ({ write: { path: 'line.txt', content } });
const answer = (more: object): ScriptStep => ({
  answer: { status: 'done', summary: 'put together', ...more },
});
const names = answer({ dropped: [{ file: 'line.txt', reason: 'the newer wording is wanted' }] });
const SETTLED = {
  tasks: {
    'resolve-slow': [write(BOTH), answer({})],
    after: [{ write: { path: 'after', content: 'after' } }],
  },
};
const tasks = [
  { id: 'first', title: 'First', files: ['first/**'] },
  { id: 'slow', title: 'Slow', files: ['slow/**'] },
  { id: 'after', title: 'After', depends_on: ['slow'] },
];

/** `slow` hands in what it made before the change of `first` was there. */
function rigOf(again: Steps, resolve: readonly Steps[], more: Steps = []): Rig {
  const until =
    'until git --git-dir="$SHOP" show refs/tutti/runs/SHOP-1/head:line.txt 2>/dev/null | grep -q first; do sleep 0.02; done';
  const script: Script = {
    tasks: {
      first: [write(FIRST), ...more],
      slow: {
        attempts: [[{ run: until }, write(SLOW)], again],
      },
      'resolve-slow': { attempts: resolve },
      after: [{ write: { path: 'after', content: 'after' } }],
    },
  };
  const rig = makeRig({ files: { 'line.txt': BEFORE }, script: {} });
  const text = JSON.stringify(script).replaceAll('\\"$SHOP\\"', `${rig.dir}/.git`);
  rig.write('../script.json', text);
  return rig;
}

function reasons(run: Run, id: string): (string | undefined)[] {
  return taskOf(run, id).attempts.map(({ status }) => {
    if (status.state !== 'ended' || status.outcome.kind !== 'failed') return undefined;
    return status.outcome.failure.message.split('\n')[0];
  });
}

const CONFLICT = "Its change conflicts with the run's branch in line.txt.";
const LOST = 'Its change lost what one side had added in line.txt, and does not say why.';

describe('two tasks that edit the same lines', () => {
  it('are put together by the agent of the second one', async () => {
    const rig = rigOf([write(BOTH), answer({})], []);
    const run = await rig.run(tasks);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(rig.onBranch(run, 'line.txt')).toBe(BOTH.trimEnd());
    expect(reasons(run, 'slow')).toEqual([CONFLICT, undefined]);
  });

  it('are put together by a task of their own, which has to keep what both have added', async () => {
    const rig = rigOf(
      [write(SLOW), answer({})],
      [
        // The first try leaves the marks where they are, the second drops what the other one did.
        [answer({})],
        [write(BOTH), answer({})],
      ],
    );
    const run = await rig.run(tasks);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(states(run)).toEqual({
      first: 'completed',
      slow: 'skipped',
      after: 'completed',
      'resolve-slow': 'completed',
    });
    expect(rig.onBranch(run, 'line.txt')).toBe(BOTH.trimEnd());
    expect(reasons(run, 'slow')).toEqual([CONFLICT, LOST]);
    expect(reasons(run, 'resolve-slow')).toEqual([LOST, undefined]);
    const resolver = taskOf(run, 'resolve-slow');
    expect(taskOf(run, 'slow').status).toMatchObject({
      because: { reason: 'superseded', task: resolver.key },
    });
    expect(taskOf(run, 'after').dependsOn).toEqual([resolver.key]);
  });

  it('may lose lines for a reason that is named', async () => {
    const rig = rigOf(
      [write(SLOW), answer({})],
      [
        [write(SLOW), answer({})],
        [write(SLOW), names],
      ],
    );
    const run = await rig.run(tasks);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(rig.onBranch(run, 'line.txt')).toBe(SLOW.trimEnd());
    expect(reasons(run, 'resolve-slow')).toEqual([LOST, undefined]);
    const last = taskOf(run, 'resolve-slow').attempts.at(-1)?.status;
    expect(last).toMatchObject({ report: { leftOut: [{ file: 'line.txt' }] } });
  });

  it('may not lose what others did where there was no conflict, whatever is named', async () => {
    const everything = answer({
      dropped: ['line.txt', 'README.md'].map((file) => ({ file, reason: 'not wanted' })),
    });
    const wipes = [write(SLOW), { write: { path: 'README.md', content: '' } }, everything];
    const rig = rigOf(
      [write(SLOW), answer({})],
      [wipes, [write(SLOW), names]],
      [{ write: { path: 'README.md', content: '# shop\nby first\n' } }],
    );
    const run = await rig.run(tasks);
    expect(reasons(run, 'resolve-slow')).toEqual([
      LOST.replace('line.txt', 'README.md'),
      undefined,
    ]);
    expect(rig.onBranch(run, 'README.md')).toBe('# shop\nby first');
    expect(rig.onBranch(run, 'line.txt')).toBe(SLOW.trimEnd());
  });

  it('are shown to a person when nobody puts them together', async () => {
    const rig = rigOf([write(SLOW), answer({})], [[write(SLOW), answer({})]]);
    const run = await rig.run(tasks);
    expect(states(run)).toEqual({
      first: 'completed',
      slow: 'skipped',
      after: 'pending',
      'resolve-slow': 'waiting',
    });
    expect(run.asks).toMatchObject([{ kind: 'conflict', task: 'SHOP-1.4' }]);
    const question = run.asks[0]?.question ?? '';
    expect(question.split('\n')).toEqual(
      expect.arrayContaining([
        LOST,
        'line.txt, line 2',
        '    TWO by first',
        '    two',
        '    TWO by slow',
      ]),
    );
    rig.write('../script.json', JSON.stringify(SETTLED));
    await rig.send({ type: 'answer', ask: 'SHOP-1?1', answer: 'keep both', by: 'ann' });
    const done = await rig.resume(run.key);
    expect(done.status).toMatchObject({ state: 'completed' });
    expect(rig.onBranch(done, 'line.txt')).toBe(BOTH.trimEnd());
  });
});
