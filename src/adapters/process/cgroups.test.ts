// The files of a cgroup, in a folder that is none: what is written there, and what is read.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { Cgroups } from './cgroups.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-cgroup-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const MB = 1_048_576;
const limits = { memoryBytes: 200 * MB, processes: 10, diskBytes: null, folders: [] };

it('goes into a leaf, divides what is above and writes the limits down', () => {
  const cgroups = new Cgroups({ folder, controllers: ['memory', 'pids'] });
  const one = cgroups.make(limits);
  const at = (name: string): string => readFileSync(`${cgroups.prefix}${name}`, 'utf8');
  expect(at('self/cgroup.procs')).toBe(String(process.pid));
  expect(readFileSync(join(folder, 'cgroup.subtree_control'), 'utf8')).toBe('+memory +pids');
  expect([at('1/memory.max'), at('1/pids.max')]).toEqual([String(200 * MB), '80']);
  expect([at('1/memory.swap.max'), at('1/memory.oom.group')]).toEqual(['0', '1']);
  expect(one?.add(4711)).toBe(true);
  expect(at('1/cgroup.procs')).toBe('4711');
  cgroups.takeBack(4711);
  expect(at('self/cgroup.procs')).toBe('4711');
});

it('tells which limit was run into, and how much it was', () => {
  const cgroups = new Cgroups({ folder, controllers: ['memory', 'pids'] });
  const one = cgroups.make(limits);
  const write = (name: string, text: string): void =>
    writeFileSync(`${cgroups.prefix}1/${name}`, text);
  write('memory.events', 'low 0\nhigh 0\nmax 12\noom 0\noom_kill 0\n');
  write('pids.events', 'max 0\n');
  expect(one?.brokenLimit).toBeNull();
  write('pids.events', 'max 3\n');
  expect(one?.brokenLimit).toBe(
    '80 processes and threads at once, where limits.processes allows 10',
  );
  write('memory.events', 'oom 1\noom_kill 2\noom_group_kill 1\n');
  write('memory.peak', `${200 * MB + 5}\n`);
  expect(one?.brokenLimit).toBe('201 MB of memory, where limits.memory_mb allows 200 MB');
});

it('does without where it cannot divide', () => {
  writeFileSync(join(folder, 'file'), '');
  const nowhere = new Cgroups({ folder: join(folder, 'file'), controllers: [] });
  expect(nowhere.make(limits)).toBeNull();
  mkdirSync(join(folder, 'cgroup.subtree_control'));
  const busy = new Cgroups({ folder, controllers: ['memory'] });
  expect(busy.make(limits)).toBeNull();
});

it('ends what somebody has left who was killed', () => {
  mkdirSync(join(folder, 'tutti-4194305-3'));
  mkdirSync(join(folder, `tutti-${process.ppid}-3`));
  new Cgroups({ folder, controllers: [] }).make(limits);
  expect(readFileSync(join(folder, 'tutti-4194305-3', 'cgroup.kill'), 'utf8')).toBe('1');
  expect(readdirSync(join(folder, `tutti-${process.ppid}-3`))).toEqual([]);
});
