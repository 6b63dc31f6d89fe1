// Where a cgroup (version 2) was delegated to us, each attempt gets one of its own below it: the
// system itself holds it to its limits, ends it in one step and tells when nobody of it is left.
// Whatever is in ours already has to move into a leaf first: who has processes cannot divide.

import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import type { LimitsForm, ProcessLimits } from '../../ports/process.ts';
import { isRunning } from '../../util/is-running.ts';

/** What is needed of the system's. */
const CONTROLLERS = ['memory', 'pids'] as const;
/** A process has threads, which the system counts as well: this many each, over all of them. */
const THREADS = 8;
const MB = 1_048_576;

/** The cgroup that we are in. */
export interface OwnCgroup {
  readonly folder: string;
  /** What is to be switched on in it. */
  readonly controllers: readonly string[];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function write(path: string, text: string): boolean {
  try {
    writeFileSync(path, text);
    return true;
  } catch {
    return false;
  }
}

function words(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== '');
}

/** See proc_pid_mountinfo(5): the root within the file system, and where that is mounted. */
function mounted(): { root: string; point: string } | null {
  for (const line of read('/proc/self/mountinfo').split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '', point = ''] = before.split(' ');
    if (after.startsWith('cgroup2 ')) return { root, point };
  }
  return null;
}

/** Whether it is this process, or descends from it. */
function isOurs(pid: number): boolean {
  for (let one = pid; one > 1;) {
    if (one === process.pid) return true;
    const stat = read(`/proc/${one}/stat`);
    one = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  }
  // Zero is somebody whom we cannot see.
  return false;
}

/**
 * Looks for the cgroup that was delegated to us, and changes nothing.
 *
 * @returns It, or why there is none, in words.
 */
export function findOwnCgroup(): OwnCgroup | string {
  const mount = mounted();
  const path = /^0::(.*)$/mu.exec(read('/proc/self/cgroup'))?.[1];
  if (mount === null || path === undefined) return 'this system has no cgroups of version 2';
  const below = path.startsWith(mount.root) ? path.slice(mount.root.length) : path;
  const folder = join(mount.point, below);
  const there = words(read(join(folder, 'cgroup.controllers')));
  const missing = CONTROLLERS.filter((name) => !there.includes(name));
  if (missing.length > 0) return `our cgroup has no controller for ${missing.join(' and ')}`;
  try {
    accessSync(folder, constants.W_OK);
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK);
  } catch {
    return 'no cgroup was delegated to it';
  }
  const divided = words(read(join(folder, 'cgroup.subtree_control')));
  // The root of all may be divided whoever is in it.
  const isRoot = read(join(folder, 'cgroup.events')) === '';
  if (!isRoot && !CONTROLLERS.every((name) => divided.includes(name))) {
    const pids = words(read(join(folder, 'cgroup.procs'))).map(Number);
    if (!pids.every(isOurs)) return 'other programs are in our cgroup';
  }
  return { folder, controllers: CONTROLLERS };
}

/** One cgroup: of one process and all that it starts, wherever they go. */
export class Cgroup {
  readonly #folder: string;
  readonly #limits: ProcessLimits;

  /**
   * @param folder - Where it is.
   * @param limits - What it is held to.
   */
  constructor(folder: string, limits: ProcessLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /**
   * Takes a process in.
   *
   * @param pid The process; what it starts from now on is in it too.
   * @returns Whether it is in.
   */
  add(pid: number): boolean {
    return write(join(this.#folder, 'cgroup.procs'), String(pid));
  }

  /** Ends all that are in it at once, whatever they are doing. */
  kill(): void {
    write(join(this.#folder, 'cgroup.kill'), '1');
  }

  /** Whether somebody of it lives. */
  get isPopulated(): boolean {
    return /^populated 1$/mu.test(read(join(this.#folder, 'cgroup.events')));
  }

  /** Which limit it has run into, in words; `null` = none. */
  get brokenLimit(): string | null {
    const { memoryBytes, processes } = this.#limits;
    const killed = Number(/^oom_kill (\d+)$/mu.exec(this.#read('memory.events'))?.[1] ?? 0);
    if (killed > 0 && memoryBytes !== null) {
      const most = Number(this.#read('memory.peak')) || memoryBytes;
      const mb = Math.ceil(most / MB);
      return `${mb} MB of memory, where limits.memory_mb allows ${Math.floor(memoryBytes / MB)} MB`;
    }
    const refused = Number(/^max (\d+)$/mu.exec(this.#read('pids.events'))?.[1] ?? 0);
    if (refused === 0 || processes === null) return null;
    return `${processes * THREADS} processes and threads at once, where limits.processes allows ${processes}`;
  }

  /** Resolves when nobody of it lives, and gives it back. */
  async gone(): Promise<void> {
    while (this.isPopulated) {
      this.kill();
      // Real time, not the clock's: it waits for the kernel.
      await setTimeout(1);
    }
    this.remove();
  }

  /** Gives it back, when nobody is in it any more. */
  remove(): void {
    try {
      rmdirSync(this.#folder);
    } catch {
      // Somebody is stuck in the kernel; whoever comes next clears it away.
    }
  }

  #read(name: string): string {
    return read(join(this.#folder, name));
  }
}

/** All cgroups of this process. */
export class Cgroups {
  readonly #own: OwnCgroup;
  /** What the names of all of them begin with, as a path. */
  readonly prefix: string;
  #isDivided = false;
  #made = 0;

  /** @param own - The cgroup that we are in. */
  constructor(own: OwnCgroup) {
    this.#own = own;
    this.prefix = join(own.folder, `tutti-${process.pid}-`);
  }

  /**
   * Makes one.
   *
   * @param limits What it is held to.
   * @returns It; `null` when the system does not let us.
   */
  make(limits: ProcessLimits): Cgroup | null {
    // Not before all that we had started earlier is gone or has moved.
    this.#isDivided ||= this.divide();
    if (!this.#isDivided) return null;
    this.#made += 1;
    const folder = `${this.prefix}${this.#made}`;
    try {
      mkdirSync(folder);
    } catch {
      return null;
    }
    const { memoryBytes, processes } = limits;
    if (processes !== null) this.#limit(folder, 'pids.max', processes * THREADS);
    if (memoryBytes !== null) {
      this.#limit(folder, 'memory.max', memoryBytes);
      // What goes to the swap is used as well; and whoever is out of memory is out of it as a whole.
      this.#limit(folder, 'memory.swap.max', 0);
      this.#limit(folder, 'memory.oom.group', 1);
    }
    return new Cgroup(folder, limits);
  }

  /**
   * Takes a process back into the cgroup where we are ourselves.
   *
   * @param pid The process.
   */
  takeBack(pid: number): void {
    write(join(`${this.prefix}self`, 'cgroup.procs'), String(pid));
  }

  #limit(folder: string, name: string, value: number): void {
    // Not every system has every one of them.
    write(join(folder, name), String(value));
  }

  /**
   * Makes room below ours: from now on, this process and what it starts is in a leaf.
   *
   * @returns Whether that has worked.
   */
  divide(): boolean {
    const { folder, controllers } = this.#own;
    try {
      this.#clear();
      mkdirSync(`${this.prefix}self`, { recursive: true });
      this.takeBack(process.pid);
      const on = controllers.map((name) => `+${name}`).join(' ');
      if (on !== '') writeFileSync(join(folder, 'cgroup.subtree_control'), on);
      return true;
    } catch {
      return false;
    }
  }

  /** What those have left who were killed. */
  #clear(): void {
    for (const name of readdirSync(this.#own.folder)) {
      const pid = /^tutti-(\d+)-/u.exec(name)?.[1];
      if (pid === undefined || isRunning(Number(pid))) continue;
      const left = new Cgroup(join(this.#own.folder, name), NO_LIMITS);
      left.kill();
      left.remove();
    }
  }
}

const NO_LIMITS: ProcessLimits = {
  memoryBytes: null,
  processes: null,
  diskBytes: null,
  folders: [],
};

/**
 * Tells how limits are held here.
 *
 * @returns By a cgroup, or by watching, and why.
 */
export function limitsForm(): LimitsForm {
  const own = findOwnCgroup();
  return typeof own === 'string' ? { by: 'watching', cause: own } : { by: 'cgroup' };
}
