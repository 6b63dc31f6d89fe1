import { closeSync, openSync, readFileSync, readSync, readdirSync, statfsSync } from 'node:fs';
import { cpus } from 'node:os';

import { errorCode } from '../../util/system-error.ts';
import type { Birth, ProcessTable, TableEntry } from './process-table.ts';

const MARK = Buffer.from('TUTTI_MARK=');
/** Where pages are larger, memory is taken for less than it is until it is looked at exactly. */
const PAGE_BYTES = 4096;
/** Of the clock that start times are told by. */
const TICKS_A_SECOND = 100;
const PROC_MAGIC = 0x9fa0;
const KERNEL_THREAD = 0x00200000;
/** More than any processor can start: tells how soon all numbers may have been used up. */
const STARTS_PER_MS = 50;
/** So few numbers are tried one by one, which is cheaper than to list all processes. */
const FEW = 50;

/** One buffer for all: every read is finished before the next one begins. */
let buffer = Buffer.allocUnsafe(16_384);

/** The process is gone, or it is somebody else's. Anything else proves nothing and is thrown. */
const NO_ANSWER: ReadonlySet<unknown> = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

/** `readFileSync` without its fstat and allocations: this runs once for every process there is. */
function read(path: string): Buffer | null {
  let fd: number | null = null;
  try {
    fd = openSync(path, 'r');
    let length = 0;
    for (;;) {
      if (length === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
      const n = readSync(fd, buffer, length, buffer.length - length, null);
      if (n === 0) return buffer.subarray(0, length);
      length += n;
    }
  } catch (error) {
    if (NO_ANSWER.has(errorCode(error))) return null;
    throw error;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** See proc(5); the name in parentheses may hold anything, parentheses and newlines too. */
function find(pid: number): TableEntry | null {
  const stat = read(`/proc/${pid}/stat`)?.toString('latin1');
  if (stat === undefined) return null;
  const [state, parent, group, session, , , flags, ...rest] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ');
  const startTime = rest[12];
  if (startTime === undefined) return null;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTime,
    // A thread of the kernel is nobody's child; it has no environment that could be asked.
    dead: state === 'Z' || state === 'X' || (Number(flags) & KERNEL_THREAD) !== 0,
  };
}

function mark(pid: number): string | null {
  let environment = read(`/proc/${pid}/environ`);
  if (environment?.length === 0) {
    // In the middle of an exec a process has neither environment nor arguments for a moment; and when
    // it has arguments again, it may have an environment, too.
    if (read(`/proc/${pid}/cmdline`)?.length === 0) return null;
    environment = read(`/proc/${pid}/environ`);
  }
  if (environment === null) return '';
  let at = environment.indexOf(MARK);
  while (at > 0 && environment[at - 1] !== 0) at = environment.indexOf(MARK, at + 1);
  if (at < 0) return '';
  const end = environment.indexOf(0, at);
  return environment.toString('utf8', at + MARK.length, end < 0 ? environment.length : end);
}

/** Of `name: value kB` and the like. */
function field(lines: string | undefined, name: string): number {
  const at = lines?.indexOf(`${name}:`) ?? -1;
  return at < 0 ? 0 : Number.parseInt(lines?.slice(at + name.length + 1) ?? '', 10) || 0;
}

function text(path: string): string | undefined {
  return read(path)?.toString('latin1');
}

/** In pages; of a process that is gone nothing. */
function residentPages(pid: number): number {
  return Number(text(`/proc/${pid}/statm`)?.split(' ')[1] ?? 0);
}

function memory(pids: readonly number[], how: 'quick' | 'exact'): number {
  let bytes = 0;
  for (const pid of pids) {
    const shares = how === 'exact' ? field(text(`/proc/${pid}/smaps_rollup`), 'Pss') * 1024 : 0;
    bytes += shares > 0 ? shares : residentPages(pid) * PAGE_BYTES;
  }
  return bytes;
}

/** What was deleted before it got to the disk does not count. */
function written(pid: number, where: 'disk' | 'anywhere'): number {
  const io = text(`/proc/${pid}/io`);
  if (where === 'anywhere') return field(io, 'wchar');
  return Math.max(0, field(io, '\nwrite_bytes') - field(io, 'cancelled_write_bytes'));
}

/** Time on a processor and bytes read and written, of each and its children that are gone. */
function work(pids: readonly number[]): string {
  return pids
    .map((pid) => {
      const stat = text(`/proc/${pid}/stat`);
      const times =
        stat
          ?.slice(stat.lastIndexOf(')') + 2)
          .split(' ')
          .slice(11, 15) ?? [];
      const io = text(`/proc/${pid}/io`);
      return `${pid}:${times.join(',')}:${field(io, 'rchar')}:${field(io, 'wchar')}`;
    })
    .join(' ');
}

/** See proc_uptime(5); a container's imitation begins later, so that more seems younger. */
function moment(): number | null {
  const seconds = Number.parseFloat(text('/proc/uptime') ?? '');
  return Number.isNaN(seconds) ? null : Math.floor(seconds * TICKS_A_SECOND);
}

/** The number that was given to a process last, within this namespace. */
function lastPid(): number | null {
  const said = text('/proc/loadavg');
  return said === undefined ? null : Number(said.slice(said.lastIndexOf(' ') + 1));
}

function number(path: string): number {
  return Number(read(path)?.toString('latin1') ?? 0);
}

function listed(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

/**
 * Makes the process table of a system with `/proc`.
 *
 * @returns The table.
 */
export function createProcTable(): ProcessTable {
  // Containers may put an imitation of loadavg there, which lags behind.
  const honest = statfsSync('/proc/loadavg').type === PROC_MAGIC;
  const pulse = honest ? lastPid : (): null => null;
  const numbersLastMs = number('/proc/sys/kernel/pid_max') / (cpus().length * STARTS_PER_MS);

  /** Numbers go up, so that mostly a look at them tells who may be younger. */
  const numbers = (oldest: Birth | null): Iterable<number> => {
    if (oldest === null || performance.now() - oldest.at > numbersLastMs) return listed();
    const last = pulse() ?? 0;
    // They have begun again at the lowest.
    if (last < oldest.pid) return listed();
    if (last > oldest.pid + FEW) return listed().filter((pid) => pid > oldest.pid);
    return Array.from({ length: last - oldest.pid }, (_, i) => oldest.pid + 1 + i);
  };

  const list = (oldest: Birth | null): TableEntry[] => {
    const since = oldest === null ? 0 : Number(oldest.startTime);
    const entries: TableEntry[] = [];
    for (const pid of numbers(oldest)) {
      const entry = find(pid);
      if (entry !== null && Number(entry.startTime) >= since) entries.push(entry);
    }
    return entries;
  };

  return {
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    find,
    list,
    mark,
    memory,
    written,
    work,
    moment,
    pulse,
  };
}
