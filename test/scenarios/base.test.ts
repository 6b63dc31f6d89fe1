// Other people's commits while a run is going on: the base branch moves on, or somebody commits to the
// run's branch. Who commits is the command of a task, so that the moment is certain.

import { afterEach, describe, expect, it } from 'vitest';

import { makeProject, tutti } from '../crash/kill.ts';
import type { Project } from '../crash/kill.ts';

let project: Project;

afterEach(() => project.remove());

const BRANCH = 'SHOP-1/some-files';
const AS = '-c user.name=Bob -c user.email=bob@example.org';
const IN_SHOP = 'cd "$(dirname JOURNAL)/shop"';

/** Commits a file to the base branch, which is checked out. */
function toBase(file: string, text: string): string {
  return `(${IN_SHOP} && echo ${text} > ${file} && git add ${file} && (git diff --cached --quiet || git ${AS} commit -qm 'Bob: ${file}'))`;
}

/** Commits a file to the branch of the run, in a work tree beside the project. */
function toBranch(file: string, text: string): string {
  const add = `([ -e ../look ] || git worktree add -q ../look ${BRANCH})`;
  const commit = `cd ../look && echo ${text} > ${file} && git add ${file} && git ${AS} commit -qm 'Bob: ${file}'`;
  return `(${IN_SHOP} && ${add} && ${commit})`;
}

/** The same without leaving a work tree behind. */
function toFreeBranch(file: string, text: string): string {
  return `${toBranch(file, text)} && (${IN_SHOP} && git worktree remove ../look)`;
}

interface Step {
  readonly id: string;
  readonly line: string;
  readonly after?: readonly string[];
}

/** A plan of commands; each writes a file named after it, and what else its line does. */
function planOf(steps: readonly Step[]): string {
  const tasks = steps.map(({ id, line, after = [] }) => ({
    id,
    title: `Write ${id}`,
    runtime: 'command',
    command: ['sh', '-c', `set -e; ${line}; [ -e ${id}.txt ] || echo ${id} > ${id}.txt`],
    depends_on: after,
  }));
  return JSON.stringify({ goal: 'Some files', tasks });
}

function begin(steps: readonly Step[], config: object = {}): Project {
  project = makeProject(planOf(steps), '');
  const text = JSON.stringify({
    project: { key: 'SHOP' },
    checks: [{ name: 'no-bad', run: '! ls | grep -q bad' }],
    ...config,
  });
  project.write('.tutti/config.yaml', text);
  project.git(
    '-c',
    'user.name=Ann',
    '-c',
    'user.email=ann@example.org',
    'commit',
    '-qam',
    'Checks',
  );
  return project;
}

async function run(code: number): Promise<string> {
  return says(['run', '--plan', '../plan.yaml', '--yes'], code);
}

async function says(args: readonly string[], code = 0): Promise<string> {
  const done = await tutti(project, args);
  const said = [...done.lines, done.stdout].join('\n');
  expect(done.code, `${args.join(' ')}\n${said}`).toBe(code);
  return said;
}

function files(): string[] {
  const names = project.git('ls-tree', '-r', '--name-only', BRANCH).split('\n');
  return names.filter((name) => name.endsWith('.txt') && name !== 'base.txt');
}

const one: Step = { id: 'one', line: 'true' };

describe('a base branch that moves on', () => {
  const steps: readonly Step[] = [
    one,
    { id: 'two', line: toBase('news.txt', 'new'), after: ['one'] },
    { id: 'three', line: 'true', after: ['two'] },
  ];

  it('is merged into the branch through the gate, and the result fast-forwards into it', async () => {
    begin(steps);
    await run(0);
    expect(files()).toEqual(['news.txt', 'one.txt', 'three.txt', 'two.txt']);
    const merges = project.git('log', '--merges', '--format=%s%n%b', BRANCH);
    expect(merges).toMatch(
      /^Merge main into SHOP-1\/some-files\n\n?Tutti-Run: SHOP-1\nTutti-Merges: \w+/u,
    );
    expect(await says(['merge', 'SHOP-1', '--yes'])).toContain('moved to');
    await says(['verify']);
  });

  it('is merged once before the end where it is said so, or never', async () => {
    begin(steps, { integrate: { base_updates: 'at_end' } });
    await run(0);
    const log = project.git('log', '--first-parent', '--format=%s', '-2', BRANCH).split('\n');
    expect(log).toEqual(['Merge main into SHOP-1/some-files', 'SHOP-1.3: Write three']);
    project.remove();
    begin(steps, { integrate: { base_updates: 'never' } });
    await run(0);
    expect(files()).toEqual(['one.txt', 'three.txt', 'two.txt']);
  });

  it('stays out where a check fails with it: it is asked, and what is said is done', async () => {
    begin([one, { id: 'two', line: toBase('bad.txt', 'bad'), after: ['one'] }]);
    const said = await run(3);
    expect(said).toContain('the check "no-bad" fails. It fails there by itself.');
    expect(files()).toEqual(['one.txt', 'two.txt']);
    await says(['verify']);
    await says(['answer', 'SHOP-1', 'retry']);
    expect(await says(['resume', 'SHOP-1'], 3)).toContain('the check "no-bad" fails');
    await says(['answer', 'SHOP-1', 'skip']);
    await says(['resume', 'SHOP-1']);
    expect(files()).toEqual(['one.txt', 'two.txt']);
    await says(['verify']);
  });

  it('that is mended meanwhile comes in without a word', async () => {
    begin([one, { id: 'two', line: toBase('bad.txt', 'bad'), after: ['one'] }]);
    await run(3);
    project.git('rm', '-q', 'bad.txt');
    project.git('-c', 'user.name=Bob', '-c', 'user.email=bob@example.org', 'commit', '-qm', 'Mend');
    const said = await says(['resume', 'SHOP-1']);
    expect(said).toContain('SHOP-1?1 withdrawn');
    expect(files()).toEqual(['one.txt', 'two.txt']);
    expect(project.git('log', '--format=%s', BRANCH)).toContain('Mend');
  });

  it('that does not bear a change: the change goes, the base comes in, the task is done again', async () => {
    // Whatever is on the branch while the rule is not, does not count.
    const rule = { name: 'rule', run: '[ ! -e rule.txt ] || ! grep -qx old two.txt' };
    const two = `[ -e rule.txt ] || [ -e JOURNAL.once ] && echo new > two.txt || { touch JOURNAL.once; echo old > two.txt; }`;
    begin(
      [
        one,
        { id: 'two', line: two, after: ['one'] },
        { id: 'three', line: toBase('rule.txt', 'rule'), after: ['two'] },
      ],
      { checks: [rule] },
    );
    expect(await run(0)).toContain('SHOP-1.2 rolled back as');
    expect(files()).toEqual(['one.txt', 'rule.txt', 'three.txt', 'two.txt']);
    expect(project.git('show', `${BRANCH}:two.txt`)).toBe('new');
    await says(['verify']);
  });

  it('that conflicts is shown with both sides', async () => {
    begin([one, { id: 'two', line: toBase('one.txt', 'another'), after: ['one'] }]);
    const said = await run(3);
    expect(said).toContain('conflicts with what the run has done, in one.txt.');
    const asks = await says(['asks']);
    expect(asks).toContain('another');
    await says(['answer', 'SHOP-1', 'abort']);
    await says(['resume', 'SHOP-1'], 2);
  });
});

describe('what a person commits to the branch of a run', () => {
  it('is taken up without a word, and all further work is put on it', async () => {
    begin([
      one,
      { id: 'two', line: toBranch('bob.txt', 'bob'), after: ['one'] },
      { id: 'three', line: 'true', after: ['two'] },
    ]);
    await run(0);
    const head = 'refs/tutti/runs/SHOP-1/head';
    const log = project.git('log', '--first-parent', '--reverse', '--format=%s', `main..${head}`);
    expect(log.split('\n')).toEqual([
      'SHOP-1.1: Write one',
      'Bob: bob.txt',
      'SHOP-1.2: Write two',
      'SHOP-1.3: Write three',
    ]);
    expect(project.git('log', '--format=%an', '--grep=Bob', head)).toBe('Bob');
    await says(['verify']);
    // The work tree that has the branch is never touched: it follows when it lets go of it.
    project.git('worktree', 'remove', '--force', '../look');
    await says(['resume']);
    expect(files()).toEqual(['bob.txt', 'one.txt', 'three.txt', 'two.txt']);
  });

  it('twice, behind the head of the run, is merged', async () => {
    begin([
      one,
      { id: 'two', line: toBranch('bob.txt', 'bob'), after: ['one'] },
      { id: 'three', line: toBranch('again.txt', 'again'), after: ['two'] },
      { id: 'four', line: toBranch('more.txt', 'more'), after: ['three'] },
    ]);
    await run(0);
    project.git('worktree', 'remove', '--force', '../look');
    await says(['resume']);
    const all = ['again.txt', 'bob.txt', 'four.txt', 'more.txt', 'one.txt', 'three.txt', 'two.txt'];
    expect(files()).toEqual(all);
    expect(project.git('log', '--format=%s', BRANCH)).toContain(
      'Merge what was committed to SHOP-1/some-files',
    );
    await says(['verify']);
  });

  it('follows at once where nobody has it checked out any more', async () => {
    begin([one, { id: 'two', line: toFreeBranch('bob.txt', 'bob'), after: ['one'] }]);
    await run(0);
    expect(files()).toEqual(['bob.txt', 'one.txt', 'two.txt']);
    expect(project.git('for-each-ref', 'refs/tutti/behind')).toBe('');
  });

  it('that fails a check is asked about, mended by another commit or kept', async () => {
    begin([one, { id: 'two', line: toFreeBranch('bad.txt', 'bad'), after: ['one'] }]);
    const said = await run(3);
    expect(said).toContain('the check "no-bad" fails. It fails there by itself.');
    const head = project.git('rev-parse', 'refs/tutti/runs/SHOP-1/head');
    expect(project.git('rev-parse', `${BRANCH}^`)).toBe(head);
    await says(['verify']);
    project.git('worktree', 'add', '-q', '../mend', BRANCH);
    project.git('-C', '../mend', 'rm', '-q', 'bad.txt');
    project.git('-C', '../mend', ...AS.split(' '), 'commit', '-qm', 'Mend');
    project.git('worktree', 'remove', '../mend');
    expect(await says(['resume', 'SHOP-1'])).toContain('SHOP-1?1 withdrawn');
    expect(files()).toEqual(['one.txt', 'two.txt']);
    expect(project.git('log', '--format=%s', BRANCH)).toContain('Bob: bad.txt');
  });

  it('is kept as it is where a person wants that', async () => {
    begin([one, { id: 'two', line: toFreeBranch('bad.txt', 'bad'), after: ['one'] }]);
    await run(3);
    await says(['answer', 'SHOP-1', 'keep']);
    // What comes after it is judged as ever.
    const said = await says(['resume', 'SHOP-1'], 1);
    expect(said).toContain('(unproven)');
    expect(files()).toEqual(['bad.txt', 'one.txt']);
  });

  it('in place of what the run has brought onto it is asked about', async () => {
    const rewrite = `(${IN_SHOP} && git branch -f ${BRANCH} $(git ${AS} commit-tree -m Other main^{tree}))`;
    begin([one, { id: 'two', line: rewrite, after: ['one'] }]);
    expect(await run(3)).toContain('was rewritten');
    await says(['answer', 'SHOP-1', 'retry']);
    expect(await says(['resume', 'SHOP-1'], 3)).toContain('was rewritten');
    project.git('branch', '-f', BRANCH, 'refs/tutti/runs/SHOP-1/head');
    await says(['resume', 'SHOP-1']);
    expect(files()).toEqual(['one.txt', 'two.txt']);
    await says(['verify']);
  });

  it('is no obstacle where the branch was deleted: it is made again', async () => {
    const remove = `(${IN_SHOP} && git branch -D ${BRANCH})`;
    begin([one, { id: 'two', line: remove, after: ['one'] }]);
    await run(0);
    expect(files()).toEqual(['one.txt', 'two.txt']);
  });
});
