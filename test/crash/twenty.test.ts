import { afterEach, expect, it, vi } from 'vitest';

import { leftOver, makeProject, tutti } from './kill.ts';
import type { Project } from './kill.ts';

// The first attempt of each writes half of its file and hangs; the next one goes on from there.
const SCRIPT = `echo $TUTTI_ATTEMPT >> JOURNAL; case $TUTTI_ATTEMPT in *#1) echo half >> ID.txt; (setsid sleep 300 &); exec sleep 300;; esac; echo whole >> ID.txt`;
const IDS = Array.from({ length: 20 }, (_, index) => `t${index + 1}`);
const PLAN = [
  'goal: Twenty files',
  'tasks:',
  ...IDS.map(
    (id) =>
      `  - { id: ${id}, title: Write ${id}, runtime: command, command: [sh, -c, '${SCRIPT.replaceAll('ID', id)}'] }`,
  ),
].join('\n');
const CONFIG = `
project: { key: SHOP }
orchestration: { max_parallel: 20, retry: { initial_secs: 0 } }
workspace: { max: 20 }
`;
let project: Project;

afterEach(() => project.remove());

it('20 agents go with a tutti that is killed, and the next one goes on with their work', async () => {
  project = makeProject(PLAN, CONFIG);
  const killed = await tutti(
    project,
    ['run', '--plan', '../plan.yaml', '--yes'],
    () => project.journal().length === 20,
  );
  expect(killed.signal).toBe('SIGKILL');
  // Nobody resumes anything yet: no agent works on, nor anything that it has started.
  await vi.waitUntil(() => leftOver(project).length === 0, { timeout: 60_000 });

  const done = await tutti(project, ['resume']);
  expect(done.code, done.lines.join('\n')).toBe(0);
  const attempts = IDS.flatMap((_, index) => [`SHOP-1.${index + 1}#1`, `SHOP-1.${index + 1}#2`]);
  expect(project.journal().toSorted()).toEqual(attempts.toSorted());
  const branch = 'SHOP-1/twenty-files';
  for (const id of IDS) expect(project.git('show', `${branch}:${id}.txt`)).toBe('half\nwhole');
  expect(leftOver(project)).toEqual([]);
  expect((await tutti(project, ['verify'])).code).toBe(0);
});
