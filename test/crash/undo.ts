// `tutti undo` killed at one of the moments at which it changes something, resumed or given again.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { counted, makeProject } from './kill.ts';
import type { Project } from './kill.ts';
import { lookAt } from './points.ts';

const UNDO = ['undo', 'SHOP-1.1', '--yes'];
const PLAN = `goal: Two files
tasks:
  - { id: a, title: Add a, runtime: command, command: [/bin/sh, -c, "echo a > a.txt"] }
  - { id: b, title: Add b, runtime: command, command: [/bin/sh, -c, "echo b > b.txt"] }
`;
const CONFIG = `project: { key: SHOP }
checks: [{ name: start, run: "grep -q start base.txt" }]
coordinator: { lease_secs: 1 }
`;

/** A finished run of which a change can be taken out, and done again. */
export interface Undoing {
  /** How many moments there are. */
  readonly points: number;
  /** Kills an undo at a moment, gives it again, and has the task done again after that. */
  readonly killAt: (at: number) => Promise<void>;
}

/**
 * Prepares a finished run.
 *
 * @returns What can be killed, and what removes it.
 */
export async function finishedRun(): Promise<Undoing & { remove: () => void }> {
  const project = makeProject(PLAN, CONFIG);
  writeFileSync(join(project.dir, '.git/info/exclude'), '.tutti/\n');
  await does(project, ['run', '--plan', join(project.home, 'plan.yaml'), '--yes']);
  const whole = counted(project, UNDO, null);
  const ended = await whole.ended;
  expect(ended.code, ended.lines.join('\n')).toBe(0);
  await expectUndone(project, 'unharmed');
  await again(project);
  const points = whole.passed().length;
  return { points, killAt: (at) => killAt(project, at), remove: () => project.remove() };
}

async function killAt(project: Project, at: number): Promise<void> {
  const before = await reverts(project);
  const killed = counted(project, UNDO, { at, signal: 'SIGKILL' });
  await killed.ended;
  const point = `killed at ${at}: ${killed.passed().at(-1) ?? ''}`;
  const begun = (await lookAt(project)).run?.undo ?? null;
  if (begun !== null) {
    // Whoever comes next sees to it, whatever they came for.
    await does(project, at % 2 === 0 ? ['resume'] : ['resume', 'SHOP-1']);
    await expectUndone(project, `${point}, resumed`);
  }
  const second = await counted(project, UNDO, null).ended;
  // Whoever was killed may have done all of it.
  const said = second.lines.join('\n');
  expect([0, 2], `${point}\n${said}`).toContain(second.code);
  if (second.code === 2) expect(said, point).toContain('undone already');
  await expectUndone(project, point);
  expect(await reverts(project), point).toBe(before + 1);
  await again(project);
}

/** It is out once, and nothing of it is torn. */
async function expectUndone(project: Project, point: string): Promise<void> {
  const { run } = await lookAt(project);
  expect(run?.status, point).toMatchObject({ state: 'completed', outcome: 'partial' });
  expect(run?.undo, point).toBeNull();
  const { branch = '', head = '' } = run ?? {};
  expect(project.git('rev-parse', branch), point).toBe(head);
  const files = project.git('ls-tree', '-r', '--name-only', branch).split('\n');
  expect(files, point).not.toContain('a.txt');
  expect(files, point).toContain('b.txt');
  const verified = await counted(project, ['verify'], null).ended;
  expect(verified.code, `${point}\n${verified.lines.join('\n')}`).toBe(0);
}

async function reverts(project: Project): Promise<number> {
  const { run } = await lookAt(project);
  const subjects = project.git('log', '--format=%s', `main..${run?.branch ?? ''}`).split('\n');
  return subjects.filter((subject) => subject.startsWith('Revert')).length;
}

async function again(project: Project): Promise<void> {
  await does(project, ['retry', 'SHOP-1.1']);
  await does(project, ['resume', 'SHOP-1']);
}

async function does(project: Project, args: readonly string[]): Promise<void> {
  const ended = await counted(project, args, null).ended;
  expect(ended.code, `${args.join(' ')}\n${ended.lines.join('\n')}`).toBe(0);
}
