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
