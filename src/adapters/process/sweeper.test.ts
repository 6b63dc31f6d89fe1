import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, it } from 'vitest';

import type { ProcessTable, TableEntry } from './process-table.ts';
import { Sweeper } from './sweeper.ts';

/** A table that shows one process of ours and nothing else: what goes wrong hits nobody. */
function tableOf(pid: number, mark: string | null, session: number): ProcessTable {
  const entry: TableEntry = {
    pid,
    parent: process.pid,
    group: session,
    session,
    startTime: '1',
    dead: false,
  };
  const own: TableEntry = { ...entry, pid: process.pid, session: process.pid };
  const alive = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  return {
    bootId: 'boot',
    find: (wanted) => (wanted === process.pid ? own : entry),
    list: () => (alive() ? [entry] : []),
    mark: () => mark,
    memory: () => 0,
    written: () => 0,
    work: () => null,
    moment: () => null,
    pulse: () => 1,
  };
}

async function survives(mark: string | null, session: number, swept: string): Promise<boolean> {
  const child = spawn('sleep', ['100'], { stdio: 'ignore' });
  const exit = once(child, 'exit');
  const sweeper = new Sweeper(tableOf(child.pid ?? 0, mark, session));
  const killed = await sweeper.gone({ mark: swept, leader: null, seen: new Map() });
  if (killed === 0) child.kill('SIGKILL');
  await exit;
  return killed === 0;
}

it.each([
  ['', ''],
  [null, ''],
  ['m', ''],
  [',', ''],
  ['a,,b', ''],
  ['', 'm'],
  [null, 'm'],
  ['mm', 'm'],
  ['m1', 'm'],
])('spares a process with the mark %j when %j is swept', async (mark, swept) => {
  expect(await survives(mark, 7, swept)).toBe(true);
});

it.each([
  ['m', 'm'],
  ['outer,m', 'm'],
  ['outer,m', 'outer'],
  ['a,b', 'a,b'],
])('kills a process with the mark %j when %j is swept', async (mark, swept) => {
  expect(await survives(mark, 7, swept)).toBe(false);
});

it('never kills in its own session', async () => {
  expect(await survives('m', process.pid, 'm')).toBe(true);
});
