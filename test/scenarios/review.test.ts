// The review of a run's result: what reviewers find becomes tasks, claims are looked into, and after
// the last round a person is asked.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Run } from '../../src/model/run.ts';
import type { VerdictRow } from '../../src/model/summary.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import type { ScriptPart } from '../../src/testing/index.ts';
import { found, skipped } from '../sandbox.ts';
import { makeRig, states, taskOf } from './rig.ts';
import type { Rig, RigOptions } from './rig.ts';

const WORK = [{ id: 'a', title: 'Write a', agent: 'backend-developer' }];
const FINE = { verdict: 'approve', summary: 'All is well.', findings: [] };

/** A task that writes a file with a fault in it, and whoever is to see to that. */
function rigWith(reviews: readonly object[], more: RigOptions = {}): Rig {
  const attempts = reviews.map((answer) => [{ answer: { ...answer } }]);
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
        ...each,
        ...fixes,
        ...more.script?.tasks,
      },
      ...(more.script?.review !== undefined && { review: more.script.review }),
      ...(more.script?.default !== undefined && { default: more.script.default }),
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

async function ledger(rig: Rig, run: Run): Promise<readonly VerdictRow[]> {
  const store = await rig.app.look();
  if (!store.ok || store.value === null) throw new Error('no store');
  return store.value.verdicts(run.key);
}

async function verdictsOf(rig: Rig, run: Run): Promise<readonly Verdict[]> {
  return (await ledger(rig, run)).map(({ verdict }) => verdict);
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

  it('judges the result of all tasks together by the checks of each, once', async () => {
    const rig = rigWith([FINE], {
      script: {
        tasks: {
          b: [{ write: { path: 'b.txt', content: 'b\n' } }],
          // What builds on it keeps it from being taken out.
          c: [{ write: { path: 'b.txt', content: 'b\nc\n' } }],
          'fix-1-1': [{ delete: 'b.txt' }],
        },
      },
    });
    const run = await rig.run([
      { ...WORK[0], checks: ['test ! -e b.txt', 'test -e a.txt'] },
      {
        id: 'b',
        title: 'Write b',
        depends_on: ['a'],
        agent: 'qa-engineer',
        checks: ['test -e a.txt'],
      },
      {
        id: 'c',
        title: 'Go on with b',
        depends_on: ['b'],
        agent: 'qa-engineer',
        checks: ['test -e a.txt'],
      },
    ]);
    expect(run.status).toMatchObject({ state: 'completed' });
    const fix = taskOf(run, 'fix-1-1');
    // It was approved with the plan, so it proves the fix too.
    expect(fix.spec.checks).toEqual(['test ! -e b.txt']);
    expect(fix.spec.description).toContain('The check "a-1" failed with exit 1');
    const own = (await ledger(rig, run)).filter(
      ({ task }) => task === taskOf(run, 'review-run-tests').key,
    );
    // The other one has passed on this tree already.
    expect(own.map(({ verdict }) => [verdict.command, verdict.exitCode])).toEqual([
      ['test ! -e b.txt', 1],
    ]);
    expect(told(rig, run, 'review-code-reviewer')).toContain('test ! -e b.txt failed (exit 1)');
    expect(told(rig, run, 'review-code-reviewer')).toContain('test -e a.txt passed (exit 0)');
    expect(taskOf(run, 'review-run-tests-2').status).toMatchObject({ proof: 'proven' });
  });

  it('goes on where whoever is to fix it finds nothing to fix, and says why', async () => {
    const rig = rigWith([wants(BLOCKING), FINE], {
      script: { tasks: { 'fix-1-1': [{ say: 'Line two is as it was asked for.' }] } },
    });
    const run = await rig.run([{ ...WORK[0], checks: ['test -e a.txt'] }]);
    expect(run.status.state).toBe('completed');
    expect(taskOf(run, 'fix-1-1').status).toMatchObject({ state: 'completed', commit: null });
    expect(told(rig, run, 'review-code-reviewer-2')).toContain('as it was asked for');
    const block = /<review-findings [A-Za-z0-9]+>[^]*Line two is wrong[^]*<\/review-findings/u;
    expect(told(rig, run, 'fix-1-1')).toMatch(block);
  });

  it('is only told about where it need not pass', async () => {
    const rig = rigWith([wants(BLOCKING)], {
      config: { orchestration: { stages: { review: { require_passing: false } } } },
    });
    const run = await rig.run(WORK);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(run.tasks).toHaveLength(2);
    const [verdict] = await verdictsOf(rig, run);
    expect(verdict).toMatchObject({ ok: false, findings: [{ severity: 'blocking', line: 2 }] });
  });
});

describe('a review that still fails after the last round', () => {
  const rounds = { config: { orchestration: { max_review_rounds: 1 } } };

  async function asked(): Promise<{ rig: Rig; run: Run }> {
    const rig = rigWith([wants(BLOCKING)], {
      ...rounds,
      script: { review: [{ answer: { ...wants(BLOCKING) } }] },
    });
    const run = await rig.run(WORK);
    expect(run.status.state).toBe('running');
    expect(states(run)).toMatchObject({
      'fix-1-1': 'completed',
      'review-code-reviewer-2': 'completed',
    });
    const open = run.asks.filter(({ status }) => status.state === 'open');
    expect(open).toMatchObject([
      { task: null, kind: 'review', choices: ['accept', 'retry', 'abort'] },
    ]);
    expect(open[0]?.question).toContain('after 1 round of fixes');
    expect(open[0]?.question).toContain('a.txt:2): Line two is wrong.');
    return { rig, run };
  }

  async function answered(choice: string): Promise<{ rig: Rig; run: Run }> {
    const { rig, run } = await asked();
    const ask = run.asks.at(-1)?.key ?? '';
    await rig.send({ type: 'answer', ask, answer: choice, by: 'ann' });
    return { rig, run: await rig.resume(run.key) };
  }

  it('asks, and is accepted as it is', async () => {
    const { run } = await answered('accept');
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(run.tasks).toHaveLength(4);
  });

  it('asks, and gets one more round, after which it asks again', async () => {
    const { run } = await answered('retry');
    expect(run.status.state).toBe('running');
    expect(states(run)).toMatchObject({
      'fix-2-1': 'completed',
      'review-code-reviewer-3': 'completed',
    });
    const kinds = run.asks.map(({ kind, status }) => [kind, status.state]);
    expect(kinds).toEqual([
      ['review', 'answered'],
      ['review', 'open'],
    ]);
  });

  it('asks no more when it is reviewed once more and passes', async () => {
    const rig = rigWith([wants(BLOCKING), wants(BLOCKING), FINE], rounds);
    const run = await rig.run(WORK);
    expect(run.asks).toMatchObject([{ kind: 'review', status: { state: 'open' } }]);
    await rig.send({ type: 'run-stage', run: run.key, stage: 'review', by: 'ann' });
    const after = await rig.resume(run.key);
    expect(after.status).toMatchObject({ state: 'completed' });
    expect(after.asks).toMatchObject([{ kind: 'review', status: { state: 'withdrawn' } }]);
  });

  it('asks, and is ended', async () => {
    const { rig, run } = await answered('abort');
    expect(run.status.state).toBe('canceled');
    expect(rig.onBranch(run, 'a.txt')).toContain('fix 1');
  });

  it('asks where the tasks for it were left undone', async () => {
    const rig = rigWith([wants(BLOCKING)], {
      script: { tasks: { 'fix-1-1': [{ fail: { message: 'no idea' } }] } },
      config: { orchestration: { default_failure_strategy: 'skip' } },
    });
    const run = await rig.run(WORK);
    expect(run.asks.at(-1)).toMatchObject({ kind: 'review', status: { state: 'open' } });
    expect(run.asks.at(-1)?.question).toContain(`${taskOf(run, 'fix-1-1').key} did not settle it`);
  });
});

describe('a reviewer that', () => {
  const lies = [
    ['quotes a line that is not there', { ...BLOCKING, line: 99 }, 'has 2 lines, not 99'],
    ['quotes a file that is not there', { ...BLOCKING, file: 'b.txt' }, 'no file b.txt'],
  ] as const;
  it.each(lies)('%s blocks nothing', async (_what, finding, why) => {
    const rig = rigWith([wants(finding)]);
    const run = await rig.run(WORK);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(run.tasks).toHaveLength(2);
    const [verdict] = await verdictsOf(rig, run);
    expect(verdict?.ok).toBe(true);
    expect(verdict?.findings[0]?.unconfirmed).toContain(why);
  });

  const commands = [
    ['names a command that does not fail', 'test -e a.txt', 0, 'its command passes (exit 0)'],
    ['names a command that nobody has', 'no-such-program --prove', 127, 'cannot be run (exit 127)'],
    ['counts on a network', "! grep -v -e lo: -e '|' /proc/self/net/dev", 0, 'passes'],
  ] as const;
  it.runIf(found.works).each(commands)(
    `%s blocks nothing${skipped}`,
    async (_what, command, exitCode, why) => {
      const rig = rigWith([wants({ ...BLOCKING, command })]);
      const run = await rig.run(WORK);
      expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
      expect(run.tasks).toHaveLength(2);
      const verdicts = await verdictsOf(rig, run);
      expect(verdicts).toMatchObject([
        { kind: 'check', name: 'claim of code-reviewer 1', command, exitCode },
        { kind: 'review', ok: true },
      ]);
      expect(verdicts[1]?.findings[0]?.unconfirmed).toContain(why);
    },
  );

  it.runIf(found.works)(
    `names a command that fails is believed, and the command is in the task${skipped}`,
    async () => {
      const command = 'echo wrong >&2; touch left; exit 3';
      const rig = rigWith([wants({ ...BLOCKING, command }), FINE]);
      const run = await rig.run(WORK);
      expect(run.status.state).toBe('completed');
      const { spec } = taskOf(run, 'fix-1-1');
      expect(spec.acceptance[0]).toBe(`\`${command}\` exits with 0`);
      // Nobody has approved it: it is tried out, and never becomes a check.
      expect(spec.checks).toEqual([]);
      expect((await verdictsOf(rig, run))[0]).toMatchObject({ exitCode: 3, summary: 'wrong' });
      expect(rig.git('ls-tree', '--name-only', run.branch)).not.toContain('left');
    },
  );

  it('answers nonsense, even when asked again, asks for changes and is asked once more', async () => {
    const nonsense = [{ say: 'I am a teapot.' }];
    const rig = rigWith([], {
      script: { review: nonsense },
      config: { orchestration: { max_review_rounds: 1 } },
    });
    const run = await rig.run(WORK);
    expect(run.status.state).toBe('running');
    expect(states(run)).toEqual({
      a: 'completed',
      'review-code-reviewer': 'completed',
      'review-code-reviewer-2': 'completed',
    });
    expect(run.asks).toMatchObject([{ kind: 'review', status: { state: 'open' } }]);
    const [verdict] = await verdictsOf(rig, run);
    expect(verdict).toMatchObject({ kind: 'review', ok: false });
    expect(verdict?.summary).toContain('could not be read');
    expect(taskOf(run, 'review-code-reviewer').attempts).toHaveLength(1);
    const { key } = taskOf(run, 'review-code-reviewer');
    const repair = join(rig.dir, '.tutti/runs', run.key, 'tasks', key, 'repair.log');
    expect(readFileSync(repair, 'utf8')).toContain('teapot');
  });

  it('writes files has none of them merged, which is said', async () => {
    const rig = rigWith([], {
      script: {
        review: [
          { write: { path: 'a.txt', content: 'mine' } },
          { write: { path: 'evil.txt', content: 'mine' } },
          { answer: FINE },
        ],
      },
    });
    const run = await rig.run(WORK);
    expect(run.status.state).toBe('completed');
    expect(rig.onBranch(run, 'a.txt')).toBe('one\ntwo');
    expect(rig.git('ls-tree', '--name-only', run.branch)).not.toContain('evil');
    const [verdict] = await verdictsOf(rig, run);
    expect(verdict?.summary).toContain('not merged: a.txt, evil.txt');
  });
});

describe('a run has no review', () => {
  it('where plain commands did it all', async () => {
    const rig = rigWith([]);
    const run = await rig.run([
      { id: 'c', title: 'Do c', runtime: 'command', command: ['/bin/sh', '-c', 'echo c > c'] },
    ]);
    expect(run.status.state).toBe('completed');
    expect(run.tasks).toHaveLength(1);
  });

  it('where one agent does it directly', async () => {
    const rig = rigWith([], { script: { default: [{ write: { path: 'x', content: 'x' } }] } });
    const run = await rig.goal('Fix the typo', { orchestrate: false });
    expect(run.status.state).toBe('completed');
    expect(run.tasks).toHaveLength(1);
  });
});
