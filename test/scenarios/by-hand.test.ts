// Conflicts of plain commands, and those that a person puts together in their editor.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Confirm } from '../../src/app/confirm.ts';
import { resolveByHand } from '../../src/app/resolve.ts';
import { showKey } from '../../src/app/show.ts';
import type { Run } from '../../src/model/run.ts';
import type { Script } from '../../src/testing/index.ts';
import { PLAIN } from '../../src/util/style.ts';
import { makeRig, states, taskOf, value } from './rig.ts';
import type { Rig } from './rig.ts';

const FIRST = 'one\nTWO by first\nthree\n';
const SLOW = 'one\nTWO by slow\nthree\n';
const BOTH = 'one\nTWO by first\nTWO by slow\nthree\n';
const nobody: Confirm = () => Promise.resolve('nobody');
const yes: Confirm = () => Promise.resolve(true);
const look = { done: false, anew: false, confirm: nobody };
const done = { ...look, done: true };

const rigOf = (script: Script = {}): Rig =>
  makeRig({ files: { 'line.txt': 'one\ntwo\nthree\n', old: 'old\n' }, script });

/** A command that hands in what it made before the change of `first` was there. */
function slow(rig: Rig, make: string): object {
  const head = `git --git-dir=${rig.dir}/.git show refs/tutti/runs/SHOP-1/head:line.txt`;
  const until = `until ${head} 2>/dev/null | grep -q first; do sleep 0.02; done`;
  return commandTask('slow', `${make}; ${until}`);
}

const commandTask = (id: string, line: string): object => ({
  id,
  title: `Command ${id}`,
  runtime: 'command',
  command: ['sh', '-c', line],
  files: [`${id}/**`],
});
const printed = (text: string): string => `printf '${text.replaceAll('\n', '\\n')}' > line.txt`;
const first = commandTask('first', printed(FIRST));
const after = { ...commandTask('after', 'echo after > after'), depends_on: ['slow'] };

/** A run of commands alone, until a person is asked. */
async function asked(rig: Rig, make: string = printed(SLOW)): Promise<Run> {
  const run = await rig.run([first, slow(rig, make), after]);
  expect(run.asks).toMatchObject([{ kind: 'conflict', task: 'SHOP-1.2' }]);
  return run;
}

async function laidOut(rig: Rig, key = 'SHOP-1'): Promise<string> {
  const shown = value(await resolveByHand(rig.app, key, look));
  const dir = /^ {2}(\/.*)$/mu.exec(shown.text({ width: 80, style: PLAIN }))?.[1] ?? '';
  expect(shown.json).toMatchObject({ resolve: { dir, state: 'laid_out' } });
  return dir;
}

describe('a plain command that conflicts', () => {
  it('is run again, and asked about where its run has no agents', async () => {
    const rig = rigOf();
    const run = await asked(rig);
    expect(states(run)).toEqual({ first: 'completed', slow: 'waiting', after: 'pending' });
    expect(taskOf(run, 'slow').attempts).toHaveLength(2);
    const page = value(
      await showKey(rig.app, 'SHOP-1?1', {
        stages: false,
        attempts: false,
        evidence: false,
        diff: false,
      }),
    );
    expect(page.json).toMatchObject({
      conflict: {
        branch: run.head,
        files: [
          { path: 'line.txt', hunks: [{ line: 2, branch: 'TWO by first', change: 'TWO by slow' }] },
        ],
      },
    });
    const text = page.text({ width: 80, style: PLAIN });
    expect(text).toContain("      the run's branch has\n        TWO by first\n");
    expect(text).toContain('by hand: tutti resolve SHOP-1.2');
  });

  it('is given to an agent where its run has one', async () => {
    const rig = rigOf({
      tasks: {
        agent: [{ write: { path: 'agent', content: 'agent' } }],
        'resolve-slow': [{ write: { path: 'line.txt', content: BOTH } }],
      },
    });
    const agent = { id: 'agent', title: 'Agent', files: ['agent'] };
    const run = await rig.run([first, slow(rig, printed(SLOW)), after, agent]);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(taskOf(run, 'resolve-slow').spec).toMatchObject({ kind: 'resolve', command: null });
    expect(taskOf(run, 'resolve-slow').attempts.at(-1)?.runtime).toBe('scripted');
    expect(rig.onBranch(run, 'line.txt')).toBe(BOTH.trimEnd());
  });

  it('is done when the others have done the same meanwhile', async () => {
    const rig = rigOf();
    const make = `grep -q slow line.txt || ${printed(SLOW)}`;
    const both = commandTask('first', printed(BOTH));
    const run = await rig.run([both, slow(rig, make), after]);
    expect(run.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(taskOf(run, 'slow').attempts).toHaveLength(2);
    expect(rig.onBranch(run, 'line.txt')).toBe(BOTH.trimEnd());
  });

  it('is asked about when its second run changes nothing and what it made is nowhere', async () => {
    const rig = rigOf();
    const run = await asked(rig, `grep -q first line.txt || ${printed(SLOW)}`);
    expect(taskOf(run, 'slow').attempts).toHaveLength(2);
  });
});

describe('a person who puts both sides together', () => {
  it('finds them laid out, and their result gets onto the branch through the gate', async () => {
    const rig = rigOf();
    const run = await asked(rig);
    expect(await resolveByHand(rig.app, 'SHOP-1', done)).toMatchObject({
      problem: { code: 'not_laid_out' },
    });
    const dir = await laidOut(rig);
    const file = join(dir, 'line.txt');
    expect(readFileSync(file, 'utf8')).toMatch(/<{7} .*\nTWO by first\n[^]*TWO by slow\n>{7} /u);
    expect(await resolveByHand(rig.app, 'SHOP-1', done)).toMatchObject({
      problem: { code: 'marks_left', exit: 1 },
    });
    // Asked for again, it is still there.
    writeFileSync(file, BOTH);
    expect(await laidOut(rig, 'SHOP-1.2')).toBe(dir);
    expect(readFileSync(file, 'utf8')).toBe(BOTH);
    value(await resolveByHand(rig.app, 'SHOP-1?1', done));
    expect(existsSync(dir)).toBe(false);
    const end = await rig.resume(run.key);
    expect(end.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(states(end)).toEqual({
      first: 'completed',
      slow: 'skipped',
      after: 'completed',
      'by-hand-slow': 'completed',
    });
    expect(taskOf(end, 'slow').status).toMatchObject({ because: { reason: 'superseded' } });
    expect(rig.onBranch(end, 'line.txt')).toBe(BOTH.trimEnd());
    // An answer that comes too late changes nothing.
    expect(await resolveByHand(rig.app, 'SHOP-1', done)).toMatchObject({
      problem: { code: 'no_conflict' },
    });
  });

  it('may drop lines, but is asked whether that is meant', async () => {
    const rig = rigOf();
    const run = await asked(rig);
    writeFileSync(join(await laidOut(rig), 'line.txt'), SLOW);
    const refused = await resolveByHand(rig.app, 'SHOP-1', done);
    expect(refused).toMatchObject({ problem: { code: 'lines_lost', exit: 3 } });
    expect(JSON.stringify(refused)).toContain('TWO by first');
    value(await resolveByHand(rig.app, 'SHOP-1', { ...done, confirm: yes }));
    const end = await rig.resume(run.key);
    expect(end.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(rig.onBranch(end, 'line.txt')).toBe(SLOW.trimEnd());
  });

  it('may keep what the branch has, and begin again', async () => {
    const rig = rigOf();
    const run = await asked(rig);
    const dir = await laidOut(rig);
    writeFileSync(join(dir, 'line.txt'), FIRST);
    writeFileSync(join(dir, 'other'), 'other');
    const anew = { ...look, anew: true };
    expect(await resolveByHand(rig.app, 'SHOP-1', anew)).toMatchObject({
      problem: { code: 'needs_yes', exit: 3 },
    });
    value(await resolveByHand(rig.app, 'SHOP-1', { ...anew, confirm: yes }));
    expect(existsSync(join(dir, 'other'))).toBe(false);
    writeFileSync(join(dir, 'line.txt'), FIRST);
    value(await resolveByHand(rig.app, 'SHOP-1', { ...done, confirm: yes }));
    const end = await rig.resume(run.key);
    expect(end.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(rig.onBranch(end, 'line.txt')).toBe(FIRST.trimEnd());
  });

  it('is asked again when the checks refuse it, and goes on from what they made', async () => {
    const rig = makeRig({
      files: { 'line.txt': 'one\ntwo\nthree\n' },
      config: { checks: [{ name: 'good', run: 'test ! -e bad', timeout: 60 }] },
    });
    const run = await asked(rig);
    const dir = await laidOut(rig);
    writeFileSync(join(dir, 'line.txt'), BOTH);
    writeFileSync(join(dir, 'bad'), 'bad');
    value(await resolveByHand(rig.app, 'SHOP-1', done));
    const again = await rig.resume(run.key);
    expect(again.asks.at(-1)).toMatchObject({ kind: 'conflict', task: 'SHOP-1.4' });
    expect(again.asks.at(-1)?.question).toContain('good');
    const second = await laidOut(rig);
    expect(readFileSync(join(second, 'line.txt'), 'utf8')).toBe(BOTH);
    rmSync(join(second, 'bad'));
    value(await resolveByHand(rig.app, 'SHOP-1', done));
    const end = await rig.resume(run.key);
    expect(end.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(rig.onBranch(end, 'line.txt')).toBe(BOTH.trimEnd());
  });

  it('is asked again where what came meanwhile has changed a file that they have deleted', async () => {
    const rig = rigOf();
    const run = await asked(rig);
    const dir = await laidOut(rig);
    writeFileSync(join(dir, 'line.txt'), BOTH);
    rmSync(join(dir, 'old'));
    rig.git('worktree', 'add', '-q', '../look', run.branch);
    writeFileSync(join(rig.dir, '../look/old'), 'newer\n');
    rig.git('-C', '../look', 'commit', '-qam', 'Newer');
    rig.git('worktree', 'remove', '../look');
    await rig.resume(run.key);
    value(await resolveByHand(rig.app, 'SHOP-1', done));
    const again = await rig.resume(run.key);
    expect(again.asks.at(-1)).toMatchObject({ kind: 'conflict', status: { state: 'open' } });
    rmSync(join(await laidOut(rig), 'old'));
    value(await resolveByHand(rig.app, 'SHOP-1', { ...done, confirm: yes }));
    const end = await rig.resume(run.key);
    expect(end.status).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(rig.onBranch(end, 'line.txt')).toBe(BOTH.trimEnd());
    expect(rig.git('ls-tree', '--name-only', end.branch, 'old')).toBe('');
  });
});
