import type { ProcessTable, TableEntry } from './process-table.ts';

const COLUMNS = 'pid=,ppid=,pgid=,stat=,lstart=';
const LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/;

function output(program: string, args: readonly string[]): string {
  const env = { ...process.env, LC_ALL: 'C' };
  // Not needed, hence not loaded, where there is /proc.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  return spawnSync(program, args, { encoding: 'utf8', env, maxBuffer: 2 ** 26 }).stdout ?? '';
}

function parse(line: string): TableEntry | null {
  const [, pid, parent, group, state = '', startTime] = LINE.exec(line) ?? [];
  if (startTime === undefined) return null;
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    // Few systems let ps tell the session; its leader's group is the next best.
    session: Number(group),
    startTime,
    dead: state.startsWith('Z'),
  };
}

/**
 * Makes the process table of a system without `/proc`. It cannot read marks: there only groups and
 * descendants are found.
 *
 * @returns The table.
 */
export function createPsTable(): ProcessTable {
  return {
    bootId: output('sysctl', ['-n', 'kern.boottime']).trim(),
    find: (pid) => parse(output('ps', ['-o', COLUMNS, '-p', String(pid)])),
    list: () =>
      output('ps', ['-A', '-o', COLUMNS])
        .split('\n')
        .map(parse)
        .filter((entry) => entry !== null),
    mark: () => '',
    memory: (pids) => {
      const sizes = output('ps', ['-o', 'rss=', '-p', pids.join(',')]).split('\n');
      return sizes.reduce((sum, size) => sum + (Number(size) || 0) * 1024, 0);
    },
    written: () => 0,
    work: (pids) => output('ps', ['-o', 'pid=,time=', '-p', pids.join(',')]),
    moment: () => null,
    pulse: () => null,
  };
}
