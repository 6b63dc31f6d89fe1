// Files that a task publishes, and what it adds to the run's context, are there once after a crash,
// wherever it comes: while they are taken, and between their being there and the task's completion.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { counted, makeProject, tutti } from './kill.ts';

const PLAN = `
goal: Two tasks
tasks:
  - { id: one, title: Write one, runtime: command, command: [sh, -c, 'echo one >> JOURNAL; echo 1 > one.txt; echo data > "$TUTTI_OUTBOX/data"; echo "The port is 8080." > "$TUTTI_OUTBOX/context.md"'] }
  - { id: two, title: Write two, runtime: command, command: [sh, -c, 'cat "$TUTTI_ARTIFACTS"/*/data > two.txt'], depends_on: [one] }
`;
const CONFIG = `
project: { key: SHOP }
checks: [{ name: start, run: "grep -q start base.txt" }]
orchestration: { retry: { initial_secs: 0 } }
coordinator: { lease_secs: 1 }
`;

it.each([
  ['before it is in its place', 'SHOP-1.1/artifacts.half'],
  ['before it is listed', 'SHOP-1.1/artifacts.json'],
  ['before what it says is there', 'SHOP-1.1/context.md'],
  ['before it is judged', 'SHOP-1.1-checks'],
  ['before the context is begun', '.context.json'],
  ['while the context is written', 'SHOP-1/context.md'],
])(
  'killed %s',
  async (_when, at) => {
    const project = makeProject(PLAN, CONFIG);
    try {
      const args = ['run', '--plan', '../plan.yaml', '--yes', '--jsonl'];
      const first = counted(project, args, { at, signal: 'SIGKILL' });
      const ended = await first.ended;
      expect(ended.signal, first.passed().at(-1)).toBe('SIGKILL');
      const end = await tutti(project, ['resume', '--jsonl']);
      expect(end.code, end.lines.join('\n')).toBe(0);
      const run = join(project.dir, '.tutti/runs/SHOP-1');
      const task = join(run, 'tasks/SHOP-1.1');
      expect(readFileSync(join(task, 'artifacts/data'), 'utf8')).toBe('data\n');
      expect(readdirSync(task).filter((name) => name.includes('half'))).toEqual([]);
      expect(existsSync(join(task, 'context.md'))).toBe(true);
      const context = readFileSync(join(run, 'context.md'), 'utf8');
      expect(context.match(/The port is 8080\./gu)).toHaveLength(1);
      expect(context.match(/^# Context of/gmu)).toHaveLength(1);
      const branch = project.git('for-each-ref', '--format=%(refname)', 'refs/heads/SHOP-1/');
      expect(project.git('show', `${branch}:two.txt`)).toBe('data');
    } finally {
      project.remove();
    }
  },
  60_000,
);
