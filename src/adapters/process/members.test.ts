import { expect, it } from 'vitest';

import { workOf } from './members.ts';
import type { ProcessTable, TableEntry } from './process-table.ts';

/** A tree of an agent and what it has started: number, parent, start. */
function tableOf(...rows: readonly (readonly [number, number, number])[]): ProcessTable {
  const entries = rows.map(([pid, parent, start]): TableEntry => ({
    pid,
    parent,
    group: pid < 20 ? 10 : pid,
    session: pid < 20 ? 10 : pid,
    startTime: String(start),
    dead: false,
  }));
  return {
    bootId: 'boot',
    find: () => null,
    list: () => entries,
    mark: () => '',
    memory: () => 0,
    written: () => 0,
    work: (pids) => pids.join(' '),
    moment: () => null,
    pulse: () => 1,
  };
}

const tree = { mark: 'm', leader: { pid: 10, startTime: '1000', at: 0 }, seen: new Map() };
const table = tableOf([10, 1, 1000], [11, 10, 1001], [12, 11, 5000], [13, 12, 9000], [99, 1, 9000]);

it.each([
  ['what has been started since', 5100, '12 13'],
  ['nothing of an agent that only thinks', 9500, ''],
  ['all but the agent where no moment is known', null, '11 12 13'],
])('the work of tools is that of %s', (_, since, expected) => {
  expect(workOf(table, { ...tree, seen: new Map() }, since)).toBe(expected);
});
