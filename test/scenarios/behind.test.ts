import { afterEach, expect, it } from 'vitest';

import { makeProject, tutti } from '../crash/kill.ts';
import type { Project } from '../crash/kill.ts';

// A person looks at the run's branch in a work tree of their own while its second task ends.
const PLAN = `
goal: Two files
tasks:
  - { id: one, title: Write one, runtime: command, command: [sh, -c, 'echo 1 > one.txt'] }
  - { id: two, title: Write two, runtime: command, depends_on: [one], command: [sh, -c, 'cd "$(dirname JOURNAL)/shop" && git worktree add -q ../look SHOP-1/two-files && cd - && echo 2 > two.txt'] }
`;
const BRANCH = 'SHOP-1/two-files';
const BEHIND = 'refs/tutti/behind/SHOP-1/branch';
let project: Project;

afterEach(() => project.remove());

async function runBehind(): Promise<void> {
  project = makeProject(PLAN, 'project: { key: SHOP }\n');
  const done = await tutti(project, ['run', '--plan', '../plan.yaml', '--yes']);
  expect(done.code, done.lines.join('\n')).toBe(0);
  expect(project.git('log', '--format=%s', `main..${BRANCH}`)).toBe('SHOP-1.1: Write one');
  expect(project.git('rev-parse', BEHIND)).toBe(project.git('rev-parse', BRANCH));
}

it('lets the branch of a finished run follow as soon as nobody has it checked out', async () => {
  await runBehind();
  expect((await tutti(project, ['resume'])).code).toBe(0);
  expect(project.git('rev-parse', BRANCH)).toBe(project.git('rev-parse', BEHIND));
  project.git('worktree', 'remove', '--force', '../look');
  expect((await tutti(project, ['resume'])).code).toBe(0);
  expect(project.git('rev-parse', BRANCH)).toBe(
    project.git('rev-parse', 'refs/tutti/runs/SHOP-1/head'),
  );
  expect(project.git('for-each-ref', 'refs/tutti/behind')).toBe('');
});

it('leaves a branch alone that a person has moved', async () => {
  await runBehind();
  project.git('worktree', 'remove', '--force', '../look');
  project.git('branch', '-f', BRANCH, 'main');
  expect((await tutti(project, ['resume'])).code).toBe(0);
  expect(project.git('rev-parse', BRANCH)).toBe(project.git('rev-parse', 'main'));
  expect(project.git('for-each-ref', 'refs/tutti/behind')).toBe('');
});

const QUICK = `
goal: A file
tasks: [{ id: one, title: Write one, runtime: command, command: [sh, -c, 'LINE'] }]
`;

it('has another number where a branch is named like its key, and says which prefix cannot be', async () => {
  project = makeProject(QUICK.replace('LINE', 'echo 1 > one.txt'), 'project: { key: SHOP }\n');
  project.git('branch', 'SHOP-1');
  const done = await tutti(project, ['run', '--plan', '../plan.yaml', '--yes']);
  expect(done.code, done.lines.join('\n')).toBe(0);
  expect(project.git('show', 'SHOP-2/a-file:one.txt')).toBe('1');
  project.write('.tutti/config.yaml', 'project: { key: SHOP, branch_prefix: SHOP-1/ }\n');
  const refused = await tutti(project, ['run', '--plan', '../plan.yaml', '--yes']);
  expect([refused.code, refused.lines.join('\n')]).toEqual([
    2,
    expect.stringContaining('there is a branch "SHOP-1"'),
  ]);
});

it.each(['SHOP-1', 'SHOP-1/a-file/mine'])(
  'is done without its branch where a branch %s comes meanwhile',
  async (name) => {
    const line = `git -C "$(dirname JOURNAL)/shop" branch ${name} && echo 1 > one.txt`;
    project = makeProject(QUICK.replace('LINE', line), 'project: { key: SHOP }\n');
    const done = await tutti(project, ['run', '--plan', '../plan.yaml', '--yes']);
    expect(done.code, done.lines.join('\n')).toBe(0);
    expect(project.git('show', 'refs/tutti/runs/SHOP-1/head:one.txt')).toBe('1');
  },
);
