// The wall clock is set while agents are at work.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, expect, it } from 'vitest';

import { leftOver, makeProject, tutti } from './kill.ts';
import type { Project } from './kill.ts';

const DAY_MS = 86_400_000;
const PLAN = `
goal: Four files
tasks:
  - { id: set, title: Be at work when the clock is set, runtime: command, timeout: 60, idle_timeout: 60, command: [sh, -c, 'touch $(dirname JOURNAL)/set; sleep 0.2; echo 1 > set.txt'] }
  - { id: work, title: Work on, runtime: command, timeout: 60, idle_timeout: 60, command: [sh, -c, 'sleep 0.2; echo 1 > work.txt'], depends_on: [set] }
  - { id: long, title: Take too long, runtime: command, timeout: 1, max_attempts: 1, on_failure: skip, command: [sleep, '300'], depends_on: [set] }
  - { id: silent, title: Be silent, runtime: command, timeout: 60, idle_timeout: 1, max_attempts: 1, on_failure: skip, command: [sleep, '300'], depends_on: [set] }
  - { id: again, title: Try again, runtime: command, timeout: 60, command: [sh, -c, 'case $TUTTI_ATTEMPT in *#1) exit 1;; esac; echo 1 > again.txt'], depends_on: [set] }
`;
const CONFIG = `
project: { key: SHOP }
orchestration: { retry: { initial_secs: 1 } }
`;
let project: Project;

afterEach(() => project.remove());

interface Shown {
  readonly run: { readonly createdAt: string; readonly finishedAt: string };
  readonly tasks: {
    readonly planId: string;
    readonly state: string;
    readonly attempts: number;
    readonly failure: { readonly reason: string } | null;
  }[];
}

it.each([
  ['a day ahead', DAY_MS],
  ['a day back', -DAY_MS],
])('limits hold by the time that passes when the clock is set %s', async (_, by) => {
  project = makeProject(PLAN, CONFIG);
  const file = join(project.home, 'set');
  const jump = fileURLToPath(new URL('clock-jump.mjs', import.meta.url));
  project.env['NODE_OPTIONS'] = `--import=${jump}`;
  project.env['TUTTI_CLOCK'] = `${by}:${file}`;
  const end = await tutti(project, ['run', '--plan', '../plan.yaml', '--yes']);
  expect(existsSync(file)).toBe(true);
  expect(end.code, end.lines.join('\n')).toBe(0);
  const { stdout } = await tutti(project, ['show', 'SHOP-1', '--json']);
  const { tasks, run }: Shown = JSON.parse(stdout);
  const took = Date.parse(run.finishedAt) - Date.parse(run.createdAt);
  expect(Math.round(took / DAY_MS)).toBe(by / DAY_MS);
  const told = tasks.map(({ planId, state, attempts, failure }) => [
    planId,
    failure?.reason ?? state,
    attempts,
  ]);
  expect(told).toEqual([
    ['set', 'completed', 1],
    ['work', 'completed', 1],
    ['long', 'timeout', 1],
    ['silent', 'idle_timeout', 1],
    ['again', 'completed', 2],
  ]);
  expect(leftOver(project)).toEqual([]);
  expect((await tutti(project, ['verify'])).code).toBe(0);
});
