// Changes that wait for the branch are judged together: who keeps the others from it is found, named
// and left out, and everybody else gets onto it.

import { afterEach, expect, it } from 'vitest';

import { makeProject, tutti } from '../crash/kill.ts';
import type { Project } from '../crash/kill.ts';

let project: Project;

afterEach(() => project.remove());

interface Author {
  readonly id: string;
  /** A condition of the shell that it waits for before it is done. */
  readonly after?: string;
}

const wait = (condition: string): string => `until ${condition}; do sleep 0.05; done`;

/**
 * A plan in which everybody starts on the first commit and is done when a rule is on the branch. The
 * gate of `decoy` waits until the others have passed where they were made, so that they wait together.
 */
function planOf(authors: readonly Author[]): string {
  const all = [{ id: 'decoy' }, ...authors];
  const tasks = all.map(({ id, ...more }) => {
    const isLater = id === 'decoy' ? '' : `; ${wait('[ -e JOURNAL.v-decoy ]')}`;
    const after = 'after' in more && more.after !== undefined ? `; ${wait(more.after)}` : isLater;
    const line = `touch JOURNAL.s-${id}; ${wait('[ -e JOURNAL.go ]')}${after}; echo ${id} > ${id}`;
    return { id, title: `Write ${id}`, line, dependsOn: [] as string[] };
  });
  const started = all.map(({ id }) => `[ -e JOURNAL.s-${id} ]`).join(' && ');
  const rule = {
    id: 'rule',
    title: 'Set a rule',
    line: `${wait(started)}; echo > rule`,
    dependsOn: [],
  };
  const go = { id: 'go', title: 'Go', line: 'touch JOURNAL.go', dependsOn: ['rule'] };
  return JSON.stringify({
    goal: 'Many files',
    tasks: [...tasks, rule, go].map(({ id, title, line, dependsOn }) => ({
      id,
      title,
      runtime: 'command',
      command: ['sh', '-c', line],
      depends_on: dependsOn,
      on_failure: 'skip',
      max_attempts: 1,
      workspace: id === 'go' ? 'none' : 'clone',
    })),
  });
}

/** Notes every check that is run on the branch with more than the decoy on it. */
function configOf(authors: readonly Author[], fails: string): string {
  const names = authors.map(({ id }) => id);
  const verified = names.map((id) => `[ -e JOURNAL.v-${id} ]`).join(' && ');
  const run = [
    `for f in decoy ${names.join(' ')}; do [ ! -e $f ] || [ -e rule ] || touch JOURNAL.v-$f; done`,
    `if [ -e rule ] && [ -e decoy ] && [ $(ls | wc -l) -le 3 ]; then until ${verified}; do sleep 0.05; done; fi`,
    `if [ -e rule ] && [ $(ls | wc -l) -gt 3 ]; then echo gate >> JOURNAL; fi`,
    `! (${fails})`,
  ].join('\n');
  return JSON.stringify({
    project: { key: 'SHOP' },
    checks: [{ name: 'rules', run }],
    orchestration: { max_parallel: 20, max_tasks: 30, stages: { review: { enabled: false } } },
    workspace: { max: 50 },
    integrate: { batch: 16, parallel: 2 },
  });
}

/** The configuration names the journal too. */
function begin(authors: readonly Author[], fails: string): Project {
  const made = makeProject(planOf(authors), '');
  project = made;
  const text = configOf(authors, fails).replaceAll('JOURNAL', `${made.home}/journal`);
  made.write('.tutti/config.yaml', text);
  made.git('-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', 'commit', '-qam', 'Checks');
  return made;
}

interface Shown {
  readonly task: {
    readonly title: string;
    readonly state: string;
    readonly failure: { readonly message: string } | null;
  };
  readonly verdicts: readonly { readonly ok: boolean; readonly flaky?: boolean }[];
}

async function shown(key: string): Promise<Shown> {
  const { stdout } = await tutti(project, ['show', key, '--evidence', '--json']);
  const document: Shown = JSON.parse(stdout);
  return document;
}

const subjects = (): string[] =>
  project.git('log', '--format=%s', '--reverse', 'main..SHOP-1/many-files').split('\n');

it('finds the two bad ones of sixteen in at most fourteen gates', async () => {
  const authors = Array.from({ length: 16 }, (_, index) => ({
    id: index === 3 || index === 10 ? `bad-${index}` : `good-${index}`,
  }));
  begin(authors, '[ -e rule ] && ls | grep -q bad-');
  const done = await tutti(project, ['run', '--plan', '../plan.yaml', '--yes']);
  expect(done.code, done.lines.join('\n')).toBe(0);
  const landed = subjects();
  // Those 14, the rule and the decoy: one commit each.
  expect(landed).toHaveLength(16);
  expect(landed.join('\n')).not.toContain('bad-');
  for (const at of [3, 10]) {
    // The decoy is the first task.
    const { task } = await shown(`SHOP-1.${at + 2}`);
    expect(task).toMatchObject({ title: `Write bad-${at}`, state: 'failed' });
    expect(task.failure?.message).toContain('fails on the present head of the run');
  }
  const gates = project.journal().length;
  expect(gates).toBeGreaterThan(2);
  expect(gates).toBeLessThanOrEqual(14);
}, 240_000);

it('names the other one where two fail only together', async () => {
  const quarrel = ['pair-a', 'pair-b'].map((id) => ({ id }));
  // The others are done when these two wait already.
  const after = '[ -e JOURNAL.v-pair-a ] && [ -e JOURNAL.v-pair-b ]';
  const others = ['one', 'two', 'three'].map((id) => ({ id, after }));
  begin([...quarrel, ...others], '[ -e pair-a ] && [ -e pair-b ]');
  const done = await tutti(project, ['run', '--plan', '../plan.yaml', '--yes']);
  expect(done.code, done.lines.join('\n')).toBe(0);
  expect(subjects()).toHaveLength(6);
  const [a, b] = await Promise.all(['SHOP-1.2', 'SHOP-1.3'].map(shown));
  const [bad, key, title] =
    a?.task.state === 'failed' ? [a, 'SHOP-1.3', 'Write pair-b'] : [b, 'SHOP-1.2', 'Write pair-a'];
  expect(bad?.task.failure?.message).toContain(
    `fails only together with ${key} (${title}): each of them passes alone`,
  );
}, 120_000);

const STEPS = `
goal: Many files
tasks:
  - { id: a, title: Write a, runtime: command, command: [sh, -c, 'echo 1 > a'] }
  - { id: b, title: Write b, runtime: command, depends_on: [a], command: [sh, -c, 'rm a; echo 1 > b'] }
  - { id: c, title: Write a again, runtime: command, depends_on: [b], command: [sh, -c, 'rm b; echo 1 > a'] }
`;

it('does not check a tree again that has passed in this run', async () => {
  project = makeProject(STEPS, '');
  const run = `echo check >> ${project.home}/journal`;
  project.write(
    '.tutti/config.yaml',
    JSON.stringify({ project: { key: 'SHOP' }, checks: [{ name: 'tests', run }] }),
  );
  project.git(
    '-c',
    'user.name=Ann',
    '-c',
    'user.email=ann@example.org',
    'commit',
    '-qam',
    'Checks',
  );
  const done = await tutti(project, ['run', '--plan', '../plan.yaml', '--yes']);
  expect(done.code, done.lines.join('\n')).toBe(0);
  expect(subjects()).toHaveLength(3);
  expect(project.journal()).toHaveLength(2);
  expect(await shown('SHOP-1.3')).toMatchObject({
    task: { proof: 'proven' },
    verdicts: [{ ok: true }],
  });
}, 60_000);

it('runs a failing check once more, and says that it is flaky', async () => {
  project = makeProject(STEPS.split('\n').slice(0, 4).join('\n'), '');
  const journal = `${project.home}/journal`;
  // It fails the first time and never again.
  const run = `echo check >> ${journal}; [ $(wc -l < ${journal}) -gt 1 ]`;
  project.write(
    '.tutti/config.yaml',
    JSON.stringify({ project: { key: 'SHOP' }, checks: [{ name: 'tests', run }] }),
  );
  project.git(
    '-c',
    'user.name=Ann',
    '-c',
    'user.email=ann@example.org',
    'commit',
    '-qam',
    'Checks',
  );
  const done = await tutti(project, ['run', '--plan', '../plan.yaml', '--yes']);
  expect(done.code, done.lines.join('\n')).toBe(0);
  // A pass that took two tries is not kept: the gate looks again.
  expect(project.journal()).toHaveLength(3);
  const { verdicts } = await shown('SHOP-1.1');
  expect(verdicts.map(({ flaky }) => flaky)).toEqual([true, undefined]);
  const text = await tutti(project, ['show', 'SHOP-1.1', '--evidence']);
  expect(text.stdout).toContain('check "tests" passed when it was run again (flaky)');
  expect((await tutti(project, ['verify'])).code).toBe(0);
}, 60_000);

it.each([
  ['when a batch was found bad', /"type":"batch-judged"/u],
  ['when several moves are announced', /(?:"type":"task-publishing"[^]*){4}/u],
])(
  'is killed %s, goes on, and everybody good lands once',
  async (_, said) => {
    const authors = ['one', 'bad-two', 'three', 'four', 'five'].map((id) => ({ id }));
    begin(authors, '[ -e rule ] && ls | grep -q bad-');
    const args = ['run', '--plan', '../plan.yaml', '--yes', '--jsonl'];
    const killed = await tutti(project, args, (stdout) => said.test(stdout));
    expect(killed.stdout).toMatch(said);
    const resumed = await tutti(project, ['resume']);
    expect(resumed.code, resumed.lines.join('\n')).toBe(0);
    const landed = subjects();
    expect(landed).toHaveLength(6);
    expect(new Set(landed).size).toBe(6);
    expect(landed.join('\n')).not.toContain('bad-');
    expect((await shown('SHOP-1.3')).task.state).toBe('failed');
    const verified = await tutti(project, ['verify']);
    expect(verified.code, verified.stdout).toBe(0);
  },
  120_000,
);
