// Checks and gates at once (`integrate.parallel`), of one run and of several. Each waits in the middle
// for the others: were they judged one after the other, none would ever pass.

import { existsSync, readFileSync, rmSync } from 'node:fs';

import { afterEach, expect, it } from 'vitest';

import { leftOver, makeProject, tutti } from '../crash/kill.ts';
import type { Project } from '../crash/kill.ts';

let project: Project;

afterEach(() => project.remove());

const wait = (condition: string): string => `until ${condition}; do sleep 0.05; done`;

/** Writers of a file each; a check is a line of the shell, `JOURNAL` in it a path beside the project. */
function begin(ids: readonly string[], check: string, parallel: number): void {
  const tasks = ids.map((id) => ({
    id,
    title: `Write ${id}`,
    runtime: 'command',
    command: ['sh', '-c', `mkdir -p hands; echo ${id} > hands/${id}`],
  }));
  project = makeProject(JSON.stringify({ goal: 'Files', tasks }), '');
  const run = check.replaceAll('JOURNAL', `${project.home}/j`);
  project.write(
    '.tutti/config.yaml',
    JSON.stringify({
      project: { key: 'SHOP' },
      checks: [{ name: 'meet', run, timeout: 60 }],
      orchestration: { max_parallel: 8, retry: { initial_secs: 0 } },
      integrate: { parallel, batch: 8 },
      coordinator: { lease_secs: 1 },
    }),
  );
  const as = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org'];
  project.git(...as, 'commit', '-qam', 'Checks');
}

const RUN = ['run', '--plan', '../plan.yaml', '--yes'];
const files = (run: string): string =>
  project.git('ls-tree', '--name-only', `refs/tutti/runs/${run}/head:hands`);

async function expectSound(): Promise<void> {
  const verified = await tutti(project, ['verify', '--json']);
  expect(verified.code, verified.stdout).toBe(0);
  expect(leftOver(project)).toEqual([]);
  expect(project.git('fsck', '--full', '--no-dangling')).toBe('');
}

it('judges three changes at once, each in a place and on ports of its own', async () => {
  const ids = ['a', 'b', 'c'];
  // One who is alone in his tree is where his change was made; he waits for the two others.
  const met = ids.map((id) => `[ -e JOURNAL-${id} ]`).join(' && ');
  const alone = `id=$(ls hands); echo "$TUTTI_PORT $PWD" > JOURNAL-$id; ${wait(met)}`;
  begin(ids, `if [ $(ls hands | wc -l) -eq 1 ]; then ${alone}; fi`, 3);
  const done = await tutti(project, RUN);
  expect(done.code, done.lines.join('\n')).toBe(0);
  expect(files('SHOP-1').split('\n')).toEqual(ids);
  const places = ids.map((id) => readFileSync(`${project.home}/j-${id}`, 'utf8').split(' '));
  expect(new Set(places.map(([port]) => port)).size).toBe(3);
  expect(new Set(places.map(([, place]) => place)).size).toBe(3);
  await expectSound();
}, 120_000);

/** The gate of a run waits for the gate of the other run. */
const GATES = [
  'if [ $(ls hands | wc -l) -gt 1 ]; then',
  'echo "$TUTTI_RUN" >> JOURNAL-gates; touch "JOURNAL-$TUTTI_RUN";',
  `${wait('[ -e JOURNAL-SHOP-1 ] && [ -e JOURNAL-SHOP-2 ] && [ ! -e JOURNAL-hold ]')}; fi`,
].join(' ');

it('judges the gates of two runs at once', async () => {
  begin(['a', 'b', 'c'], GATES, 2);
  const done = await Promise.all([tutti(project, RUN), tutti(project, RUN)]);
  for (const { code, lines } of done) expect(code, lines.join('\n')).toBe(0);
  for (const run of ['SHOP-1', 'SHOP-2']) expect(files(run).split('\n')).toEqual(['a', 'b', 'c']);
  await expectSound();
}, 120_000);

it('goes on with the gates of two runs that were killed at the same time', async () => {
  begin(['a', 'b', 'c'], GATES.replace('until', 'touch JOURNAL-in-$TUTTI_RUN; until'), 2);
  const hold = `${project.home}/j-hold`;
  project.write('../j-hold', '');
  const at = (run: string): boolean => existsSync(`${project.home}/j-in-${run}`);
  const both = (): boolean => at('SHOP-1') && at('SHOP-2');
  // Both at the same moment: whoever is left would take over.
  const killed = await Promise.all([tutti(project, RUN, both), tutti(project, RUN, both)]);
  expect(killed.map(({ signal }) => signal)).toEqual(['SIGKILL', 'SIGKILL']);
  rmSync(hold);
  const resumed = await tutti(project, ['resume']);
  expect(resumed.code, resumed.lines.join('\n')).toBe(0);
  for (const run of ['SHOP-1', 'SHOP-2']) {
    expect(files(run).split('\n')).toEqual(['a', 'b', 'c']);
    const subjects = project.git('log', '--format=%s', `main..refs/tutti/runs/${run}/head`);
    expect(subjects.split('\n').toSorted()).toEqual(
      ['a', 'b', 'c'].map((id, index) => `${run}.${index + 1}: Write ${id}`),
    );
  }
  await expectSound();
}, 120_000);
