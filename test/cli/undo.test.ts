// Taking the change of a finished task out of its run's branch again.

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { command, plan, project } from './tutti.ts';
import type { Project } from './tutti.ts';

const CHECK = { checks: [{ name: 'no-bad', run: 'test ! -e bad || test ! -e b.txt' }] };

async function ran(
  tasks: readonly object[],
  config: Readonly<Record<string, object>> = CHECK,
): Promise<Project> {
  const made = project({ config });
  const input = plan(...tasks);
  const { code, stderr } = await made.tutti(['run', '--plan', '-', '--yes'], { input });
  expect(code, stderr).toBe(0);
  return made;
}

function filesOn({ git }: Project): string[] {
  return git('ls-tree', '--name-only', '-r', branchOf({ git })).split('\n');
}

function branchOf({ git }: Pick<Project, 'git'>): string {
  return git('for-each-ref', '--format=%(refname)', 'refs/heads/SHOP-1');
}

const A = command('a', 'echo a > a.txt');
const B = command('b', 'echo b > b.txt');
const ON_A = command('c', 'cat a.txt > c.txt', { depends_on: ['a'] });

describe('of a finished run', () => {
  test('a change goes by one commit, the run is partial, a second time says so', async () => {
    const made = await ran([A, B]);
    const { json, tutti, git } = made;
    const before = git('rev-parse', branchOf(made));
    const { code, document } = await json(['undo', 'SHOP-1.1']);
    expect(code).toBe(0);
    expect(document['undo']).toMatchObject({ run: 'SHOP-1', task: 'SHOP-1.1', mergedInto: null });
    expect(filesOn(made)).toEqual(['README.md', 'b.txt']);
    expect(git('log', '-1', '--format=%s%n%P', branchOf(made)).split('\n')).toEqual([
      'Revert "SHOP-1.1: Do a"',
      before,
    ]);
    const shown = (await json(['show', 'SHOP-1'])).document;
    expect(shown['run']).toMatchObject({ state: 'completed', outcome: 'partial' });
    expect(shown['tasks']?.[0]).toMatchObject({ state: 'failed', failure: { reason: 'undone' } });
    expect(shown['tasks']?.[1]).toMatchObject({ state: 'completed', proof: 'proven' });
    const again = await tutti(['undo', 'SHOP-1.1']);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('undone already')]);
    expect((await tutti(['verify'])).code).toBe(0);
    expect(git('status', '--porcelain')).toBe('');
  });

  test('a retry after it does the task again, on what is there now', async () => {
    const made = await ran([A, B]);
    const { tutti, json } = made;
    expect((await tutti(['undo', 'SHOP-1.1'])).code).toBe(0);
    expect((await tutti(['retry', 'SHOP-1.1'])).code).toBe(0);
    expect((await tutti(['resume', 'SHOP-1'])).code).toBe(0);
    expect(filesOn(made)).toEqual(['README.md', 'a.txt', 'b.txt']);
    const { document } = await json(['show', 'SHOP-1']);
    expect(document['run']).toMatchObject({ state: 'completed', outcome: 'full' });
    expect(document['tasks']?.[0]).toMatchObject({ state: 'completed', attempts: 2 });
    expect((await tutti(['verify'])).code).toBe(0);
    // And that can be undone once more.
    expect((await tutti(['undo', 'SHOP-1.1'])).code).toBe(0);
    expect(filesOn(made)).toEqual(['README.md', 'b.txt']);
  });

  test('what was changed again since is named, and nothing is moved', async () => {
    const made = await ran([A, command('d', 'echo more >> a.txt', { depends_on: ['a'] })]);
    const { tutti, git, json } = made;
    const before = git('rev-parse', branchOf(made));
    const { code, stderr } = await tutti(['undo', 'SHOP-1.1', '--yes']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('a.txt')]);
    expect(git('rev-parse', branchOf(made))).toBe(before);
    const { document } = await json(['show', 'SHOP-1']);
    expect(document['run']).toMatchObject({ state: 'completed', outcome: 'full' });
    expect((await tutti(['verify'])).code).toBe(0);
    // The later one first, then it goes.
    expect((await tutti(['undo', 'SHOP-1.2', '--yes'])).code).toBe(0);
    expect((await tutti(['undo', 'SHOP-1.1', '--yes'])).code).toBe(0);
    expect(filesOn(made)).toEqual(['README.md']);
  });

  test('a check that needs the change keeps it in, and says what it printed', async () => {
    const needs = {
      name: 'needs-a',
      run: 'test -e a.txt || ! test -e b.txt || { echo no a; false; }',
    };
    const made = await ran([A, command('b', 'echo b > b.txt', { depends_on: ['a'] })], {
      checks: [needs],
    });
    const { tutti, git } = made;
    const before = git('rev-parse', branchOf(made));
    const { code, stderr } = await tutti(['undo', 'SHOP-1.1', '--yes']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/needs-a[^]*no a/u)]);
    expect(git('rev-parse', branchOf(made))).toBe(before);
    expect((await tutti(['verify'])).code).toBe(0);
  });

  test('what built on it is asked about, and proven without it', async () => {
    const made = await ran([A, ON_A]);
    const { tutti } = made;
    const asked = await tutti(['undo', 'SHOP-1.1']);
    expect([asked.code, asked.stderr]).toEqual([
      3,
      expect.stringContaining('SHOP-1.2 built on it'),
    ]);
    expect((await tutti(['undo', 'SHOP-1.1', '--yes'])).code).toBe(0);
    expect(filesOn(made)).toEqual(['README.md', 'c.txt']);
  });

  test('without any check it asks; merged already, only the branch of the run changes', async () => {
    const made = await ran([A, B], {});
    const { tutti, git } = made;
    expect((await tutti(['merge', 'SHOP-1', '--yes'])).code).toBe(0);
    const main = git('rev-parse', 'main');
    const asked = await tutti(['undo', 'SHOP-1.1']);
    expect([asked.code, asked.stderr]).toEqual([3, expect.stringContaining('no check')]);
    const { code, stderr } = await tutti(['undo', 'SHOP-1.1', '--yes']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('main has the change already')]);
    expect(git('rev-parse', 'main')).toBe(main);
    expect(existsSync(join(made.dir, 'a.txt'))).toBe(true);
    expect(filesOn(made)).toEqual(['README.md', 'b.txt']);
  });

  test('what a person has committed after the end stays: it is said at once, by all who leave it out', async () => {
    const made = await ran([A, B]);
    const { tutti, git, dir } = made;
    const branch = branchOf(made);
    const before = git('rev-parse', branch);
    const tree = git('rev-parse', `${branch}^{tree}`);
    const mine = git('commit-tree', '-p', before, '-m', 'Mine', tree);
    git('update-ref', branch, mine);
    const undone = await tutti(['undo', 'SHOP-1.1', '--yes']);
    expect([undone.code, undone.stderr]).toEqual([1, expect.stringContaining('git revert ')]);
    expect(undone.stderr).not.toContain('taking the change');
    const merged = await tutti(['merge', 'SHOP-1']);
    const said = expect.stringContaining('has commits that are not part of SHOP-1');
    expect([merged.code, merged.stderr]).toEqual([3, said]);
    expect(existsSync(join(dir, 'a.txt'))).toBe(false);
    expect(git('rev-parse', branch)).toBe(mine);
  });

  test('what changed nothing, or is no task, is refused', async () => {
    const { tutti } = await ran([command('n', 'true', { workspace: 'none' }), A]);
    const nothing = await tutti(['undo', 'SHOP-1.1']);
    expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('changed nothing')]);
    expect((await tutti(['undo', 'SHOP-1'])).code).toBe(2);
    expect((await tutti(['undo', 'SHOP-1.7'])).code).toBe(2);
  });
});

describe('of a run that goes on', () => {
  test('what is at work on it is stopped, its work kept; retry brings all back', async () => {
    const made = project({ config: CHECK });
    const { dir, tutti, json } = made;
    const wait = join(dir, '../wait');
    writeFileSync(wait, '');
    const slow = `cat a.txt > c.txt; while test -e '${wait}'; do sleep 0.1; done`;
    const input = plan(
      A,
      B,
      command('c', slow, { depends_on: ['a'] }),
      command('d', 'echo d > d.txt', { depends_on: ['c'] }),
      // It keeps the run going on.
      command('e', `while test -e '${wait}'; do sleep 0.1; done; echo e > e.txt`),
    );
    const run = made.start(['run', '--plan', '-', '--yes'], { input });
    await run.until('SHOP-1.1 integrated');
    await run.until('SHOP-1.3#1 started');
    const undone = await tutti(['undo', 'SHOP-1.1', '--yes']);
    expect(undone.code, undone.stderr).toBe(0);
    rmSync(wait);
    const ended = await run.ended;
    expect(ended.code, ended.stderr).toBe(0);
    const { document } = await json(['show', 'SHOP-1']);
    expect(document['run']).toMatchObject({ state: 'completed', outcome: 'partial' });
    const states = (shown: typeof document): unknown[] =>
      Object.values(shown['tasks'] ?? {}).map(({ state }) => state);
    expect(states(document)).toEqual(['failed', 'completed', 'skipped', 'skipped', 'completed']);
    expect(filesOn(made)).toEqual(['README.md', 'b.txt', 'e.txt']);
    const saved = join(dir, '../saved');
    expect((await tutti(['recover', 'SHOP-1.3#1', '--to', saved])).code).toBe(0);
    expect(existsSync(join(saved, 'c.txt'))).toBe(true);
    expect((await tutti(['retry', 'SHOP-1.1'])).code).toBe(0);
    expect((await tutti(['resume', 'SHOP-1'])).code).toBe(0);
    const after = await json(['show', 'SHOP-1']);
    expect(states(after.document)).toEqual(Array.from({ length: 5 }, () => 'completed'));
    expect(after.document['run']).toMatchObject({ state: 'completed', outcome: 'full' });
    expect((await tutti(['verify'])).code).toBe(0);
  });
});
