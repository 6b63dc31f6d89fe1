import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { makeRig, states, taskOf } from './rig.ts';

const sh = (command: string): object => ({ runtime: 'command', command: ['sh', '-c', command] });
const line = (text: string): object => sh(`echo ${text} > line.txt`);
/** Writes its side; sent back, because the sides fight, it makes peace. */
const side = (name: string): object =>
  sh(
    `mkdir -p src; echo x > src/${name}; case $TUTTI_ATTEMPT in *#1) ;; *) echo p > src/peace;; esac`,
  );
/** A project whose check fails when the word `bug` is in any file of src. */
const NO_BUGS = { checks: [{ name: 'no-bugs', run: '! grep -rn bug src', timeout: 60 }] };

describe('a run of plain commands', () => {
  it('puts every change on one branch, in order, proven by the checks', async () => {
    const rig = makeRig({
      config: { checks: [{ name: 'readme', run: 'test -s README.md', timeout: 60 }] },
    });
    const run = await rig.run([
      { id: 'one', title: 'Write b', ...sh('echo b > b.txt') },
      { id: 'two', title: 'Copy b', ...sh('cat b.txt b.txt > c.txt'), depends_on: ['one'] },
      { id: 'three', title: 'Drop b', ...sh('rm b.txt'), depends_on: ['two'] },
    ]);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(rig.git('log', '--format=%s', `main..${run.branch}`).split('\n')).toEqual([
      'SHOP-1.3: Drop b',
      'SHOP-1.2: Copy b',
      'SHOP-1.1: Write b',
    ]);
    expect(rig.onBranch(run, 'c.txt')).toBe('b\nb');
    expect(run.tasks.map(({ status }) => 'proof' in status && status.proof)).toEqual([
      'proven',
      'proven',
      'proven',
    ]);
    expect(rig.git('rev-parse', `refs/tutti/runs/${run.key}/head`)).toBe(run.head);
  });

  it('leaves checkout, index, HEAD, configuration and hooks byte for byte as they were', async () => {
    const rig = makeRig();
    rig.write('README.md', '# changed, not committed\n');
    rig.write('staged.txt', 'staged\n');
    rig.git('add', 'staged.txt');
    rig.write('.git/hooks/reference-transaction', '#!/bin/sh\ntouch "$PWD/hook-ran"\n');
    execFileSync('chmod', ['+x', join(rig.dir, '.git/hooks/reference-transaction')]);
    const before = fingerprint(rig.dir);
    const run = await rig.run([{ id: 'a', title: 'Edit', ...sh('echo more >> README.md') }]);
    expect(run.status.state).toBe('completed');
    expect(fingerprint(rig.dir)).toBe(before);
    // It started from the commit, not from what lay about.
    expect(rig.onBranch(run, 'README.md')).toBe('# shop\nmore');
  });

  it('says unproven where there is no check, and null where there is no change', async () => {
    const rig = makeRig();
    const run = await rig.run([
      { id: 'a', title: 'Edit', ...sh('echo a > a') },
      { id: 'b', title: 'Look', ...sh('true'), workspace: 'none' },
      { id: 'c', title: 'Judge', ...sh('true'), workspace: 'none', checks: ['test -d .git'] },
    ]);
    const proofs = run.tasks.map(({ status }) => 'proof' in status && status.proof);
    expect(proofs).toEqual(['unproven', null, 'proven']);
  });

  it('does not believe a task that changed nothing, unless the plan lets it', async () => {
    const rig = makeRig();
    const run = await rig.run([
      { id: 'idle', title: 'Idle', ...sh('true'), on_failure: 'skip', max_attempts: 1 },
      { id: 'look', title: 'Look', ...sh('true'), expect_changes: false },
    ]);
    expect(states(run)).toEqual({ idle: 'failed', look: 'completed' });
    expect(taskOf(run, 'idle').status).toMatchObject({ failure: { reason: 'no_change' } });
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'partial' });
  });
});

describe('a check that fails', () => {
  it('is tried again at once, with the failing output in the prompt and the work kept', async () => {
    const rig = makeRig({
      config: NO_BUGS,
      script: {
        tasks: {
          api: [
            { write: { path: 'src/api.txt', content: 'a bug\n' }, unless_prompt: 'src/api.txt:1' },
            {
              edit: { path: 'src/api.txt', find: 'bug', replace: 'feature' },
              if_prompt: 'src/api.txt:1',
            },
          ],
        },
      },
    });
    const run = await rig.run([{ id: 'api', title: 'Write the API' }]);
    expect(run.status.state).toBe('completed');
    expect(rig.onBranch(run, 'src/api.txt')).toBe('a feature');
    const [first, second] = taskOf(run, 'api').attempts;
    expect(first?.status).toMatchObject({ outcome: { failure: { reason: 'check_failed' } } });
    expect(rig.git('show', `${first?.keptRef}:src/api.txt`)).toBe('a bug');
    // The same session went on.
    expect(second?.sessionId).toBe(first?.sessionId);
  });

  it('fails the run after all attempts, and keeps the others work', async () => {
    const rig = makeRig({
      config: NO_BUGS,
      script: { tasks: { bad: [{ write: { path: 'src/x', content: 'bug {attempt}' } }] } },
    });
    const run = await rig.run([
      { id: 'good', title: 'Good', ...sh('mkdir -p src; echo fine > src/good') },
      { id: 'bad', title: 'Bad', depends_on: ['good'], max_attempts: 2 },
      { id: 'after', title: 'After', ...sh('true'), depends_on: ['bad'] },
    ]);
    expect(run.status).toMatchObject({ state: 'failed', failure: { reason: 'check_failed' } });
    expect(states(run)).toEqual({ good: 'completed', bad: 'failed', after: 'canceled' });
    expect(rig.onBranch(run, 'src/good')).toBe('fine');
    expect(taskOf(run, 'bad').attempts).toHaveLength(2);
  });

  it('is found at the gate when two changes are only wrong together', async () => {
    const together = 'test ! -e src/left || test ! -e src/right || test -e src/peace';
    const rig = makeRig({
      config: { checks: [{ name: 'together', run: together, timeout: 60 }] },
    });
    const run = await rig.run([
      { id: 'left', title: 'Left', ...side('left') },
      { id: 'right', title: 'Right', ...side('right') },
    ]);
    expect(run.status.state).toBe('completed');
    const attempts = run.tasks.map((task) => task.attempts.length);
    expect(new Set(attempts)).toEqual(new Set([1, 2]));
  });
});

describe('a conflict', () => {
  it('is tried again on the new base', async () => {
    const rig = makeRig({ files: { 'line.txt': 'start\n' } });
    const both =
      'if grep -q start line.txt; then echo NAME > line.txt; else echo NAME >> line.txt; fi';
    const run = await rig.run([
      { id: 'a', title: 'A', ...sh(both.replaceAll('NAME', 'a')) },
      { id: 'b', title: 'B', ...sh(both.replaceAll('NAME', 'b')) },
    ]);
    expect(run.status.state).toBe('completed');
    expect(rig.onBranch(run, 'line.txt').split('\n').toSorted()).toEqual(['a', 'b']);
    const again = run.tasks.find(({ attempts }) => attempts.length === 2);
    expect(again?.attempts[0]?.status).toMatchObject({
      outcome: { kind: 'failed', failure: { reason: 'conflict' } },
    });
  });

  it('is asked about when trying again does not help', async () => {
    const rig = makeRig({ files: { 'line.txt': 'start\n' } });
    const home = join(rig.dir, '..');
    // Every attempt of `slow` lets a rival be integrated before it hands in: `first` starts with it
    // and `second` waits for its second attempt.
    const until = (file: string): string => `until test -e ${home}/${file}; do sleep 0.02; done`;
    const branch = (text: string): string =>
      `until git --git-dir=${rig.dir}/.git show refs/tutti/runs/SHOP-1/head:line.txt 2>/dev/null | grep -q ${text}; do sleep 0.02; done`;
    const slow = [
      `case $TUTTI_ATTEMPT in`,
      `SHOP-1.1#1) ${branch('first')};;`,
      `SHOP-1.1#2) touch ${home}/go; ${branch('second')};;`,
      // What a person asks for once more holds both sides.
      `SHOP-1.1#3) echo slow >> line.txt; exit;;`,
      `esac; echo slow > line.txt`,
    ].join('\n');
    const run = await rig.run([
      { id: 'slow', title: 'Slow', ...sh(slow) },
      { id: 'first', title: 'First', ...line('first') },
      {
        id: 'second',
        title: 'Second',
        ...sh(`${until('go')}; echo second > line.txt`),
        depends_on: ['first'],
      },
    ]);
    expect(states(run)).toEqual({ slow: 'waiting', first: 'completed', second: 'completed' });
    expect(run.asks).toMatchObject([{ kind: 'conflict', task: 'SHOP-1.1' }]);
    await rig.send({ type: 'answer', ask: 'SHOP-1?1', answer: 'retry', by: 'ann' });
    const done = await rig.resume(run.key);
    expect(done.status.state).toBe('completed');
    expect(rig.onBranch(done, 'line.txt')).toBe('second\nslow');
    expect(taskOf(done, 'slow').failures).toBe(0);
  });
});

describe('a question', () => {
  it('waits for a person, who answers through another process, and goes on with the session', async () => {
    const rig = makeRig({
      script: {
        tasks: {
          color: [
            {
              answer: { status: 'blocked', summary: 'unsure', question: 'Which color?' },
              unless_prompt: 'The answer: blue',
            },
            { write: { path: 'color', content: 'blue' }, if_prompt: 'The answer: blue' },
          ],
        },
      },
    });
    const waiting = await rig.run([{ id: 'color', title: 'Choose a color' }]);
    expect(waiting.status.state).toBe('running');
    expect(waiting.asks).toMatchObject([{ question: 'Which color?', status: { state: 'open' } }]);
    const ask = waiting.asks[0]?.key ?? '';
    await rig.send({ type: 'answer', ask, answer: 'blue', by: 'ann' });
    const run = await rig.resume(waiting.key);
    expect(run.status.state).toBe('completed');
    expect(rig.onBranch(run, 'color')).toBe('blue');
    expect(taskOf(run, 'color').failures).toBe(0);
  });
});

describe('failure strategies', () => {
  it('skip goes on without the task and what depends on it', async () => {
    const rig = makeRig();
    const run = await rig.run([
      { id: 'bad', title: 'Bad', ...sh('exit 3'), on_failure: 'skip' },
      { id: 'after', title: 'After', ...sh('true'), depends_on: ['bad'] },
      { id: 'good', title: 'Good', ...sh('echo g > g') },
    ]);
    expect(states(run)).toEqual({ bad: 'failed', after: 'skipped', good: 'completed' });
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'partial' });
    expect(taskOf(run, 'after').status).toMatchObject({
      because: { reason: 'skipped_dependency', task: 'SHOP-1.1' },
    });
  });

  it('ask waits; the instruction reaches the next attempt', async () => {
    const rig = makeRig({
      script: {
        tasks: {
          x: [
            { fail: { reason: 'agent_error', message: 'lost' }, unless_prompt: 'use the map' },
            { write: { path: 'x', content: 'found' } },
          ],
        },
      },
    });
    const waiting = await rig.run([{ id: 'x', title: 'Find it', on_failure: 'ask' }]);
    expect(waiting.asks).toMatchObject([
      { kind: 'failure', choices: ['retry', 'skip', 'abort', 'replan'] },
    ]);
    await rig.send({ type: 'answer', ask: 'SHOP-1?1', answer: 'use the map', by: 'ann' });
    const run = await rig.resume(waiting.key);
    expect(run.status.state).toBe('completed');
  });

  it('a failed run goes on after a retry of the failed task', async () => {
    const rig = makeRig();
    const flag = join(rig.dir, '..', 'flag');
    const failed = await rig.run([
      { id: 'a', title: 'A', ...sh(`test -e ${flag} && echo a > a`), max_attempts: 1 },
      { id: 'b', title: 'B', ...sh('echo b > b'), depends_on: ['a'] },
    ]);
    expect(failed.status.state).toBe('failed');
    rig.write('../flag', '');
    await rig.send({ type: 'retry', key: 'SHOP-1.1', instruction: null, by: 'ann' });
    const run = await rig.resume(failed.key);
    expect(run.status.state).toBe('completed');
    expect(states(run)).toEqual({ a: 'completed', b: 'completed' });
  });
});

describe('a time limit', () => {
  it('ends a hanging agent and everything it started', async () => {
    const rig = makeRig({
      script: {
        tasks: { h: [{ spawn: 'sleep 987654' }, { ignore_signals: true }, { hang: true }] },
      },
    });
    const run = await rig.run([{ id: 'h', title: 'Hang', timeout: 1, max_attempts: 1 }]);
    expect(run.status).toMatchObject({ state: 'failed', failure: { reason: 'timeout' } });
    const left = execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' });
    expect(left).not.toContain('987654');
  });
});

describe('planning by a model', () => {
  const tasks = [
    { id: 'a', title: 'Write a', description: 'a' },
    { id: 'b', title: 'Write b', description: 'b', depends_on: ['a'] },
  ];
  const work = {
    a: [{ write: { path: 'a', content: 'a' } }],
    b: [{ write: { path: 'b', content: 'b' } }],
  };

  it('takes the plan, which need not repeat the goal, runs it, and counts what planning cost', async () => {
    const rig = makeRig({
      script: {
        plan: [{ usage: { input: 10, output: 5, costUsd: 0.25 } }, { answer: { tasks } }],
        tasks: work,
      },
    });
    const run = await rig.goal('Write two files');
    expect(run.status.state).toBe('completed');
    expect(run.plans).toMatchObject([{ by: 'model', state: 'approved' }]);
    expect(taskOf(run, 'plan').attempts[0]?.costUsd).toBe(0.25);
    expect(rig.onBranch(run, 'b')).toBe('b');
  });

  it('tells a planner what is wrong with its plan, once', async () => {
    const bad = [{ id: 'a', title: 'A', depends_on: ['zzz'] }];
    const rig = makeRig({
      script: {
        plan: [
          { answer: { goal: 'g', tasks: bad }, unless_prompt: 'zzz' },
          { answer: { goal: 'g', tasks }, if_prompt: 'zzz' },
        ],
        tasks: work,
      },
    });
    const run = await rig.goal('Write two files');
    expect(run.status.state).toBe('completed');
    expect(taskOf(run, 'plan').attempts).toHaveLength(2);
  });

  it('waits for approval, and takes the work up when it is given', async () => {
    const rig = makeRig({ script: { plan: [{ answer: { goal: 'g', tasks } }], tasks: work } });
    const waiting = await rig.goal('Write two files', { yes: false });
    expect(waiting.status.state).toBe('awaiting_approval');
    await rig.send({ type: 'approve-plan', run: waiting.key, by: 'ann' });
    const run = await rig.resume(waiting.key);
    expect(run.status.state).toBe('completed');
  });

  it('fails when no plan can be had', async () => {
    const rig = makeRig({ script: { plan: [{ say: 'I would rather not' }] } });
    const run = await rig.goal('Write two files');
    expect(run.status).toMatchObject({ state: 'failed', failure: { reason: 'invalid_output' } });
  });
});

/** Everything of a checkout that must not change, the git directory's own files included. */
function fingerprint(dir: string): string {
  const list = execFileSync(
    'find',
    [
      '.',
      '-type',
      'f',
      '-not',
      '-path',
      './.tutti/runs/*',
      '-not',
      '-path',
      './.git/objects/*',
      '-not',
      '-path',
      './.git/tutti/*',
      '-not',
      '-path',
      './.git/refs/*',
    ],
    { cwd: dir, encoding: 'utf8' },
  );
  const files = list.split('\n').filter((path) => path !== '' && !path.startsWith('./.git/logs'));
  return files
    .toSorted()
    .map((path) => `${path} ${readFileSync(join(dir, path)).toString('base64')}`)
    .join('\n');
}
