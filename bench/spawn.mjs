// What supervisor and sandbox cost: one process started, ended and proven gone, over the same started
// by bare Node. Memory is what the tree needs beside the program itself while that runs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { figure, shown, table } from './measure.mjs';
import { readOptions } from './options.mjs';

/** @typedef {import('../src/ports/sandbox.ts').Confinement} Confinement */
/** @typedef {import('../src/ports/process.ts').ProcessSupervisor} Supervisor */
/** @typedef {typeof import('../src/adapters/sandbox/sandbox.ts')} SandboxModule */
/** @typedef {typeof import('../src/adapters/process/supervisor.ts')} SupervisorModule */
/** @typedef {typeof import('../src/adapters/clock/system.ts')} ClockModule */

const dist = new URL('../build/', import.meta.url);
/** @param {string} path */
const built = (path) => import(new URL(path, dist).href);
/** @type {ClockModule} */
const { systemClock } = await built('adapters/clock/system.js');
/** @type {SupervisorModule} */
const { createSupervisor } = await built('adapters/process/supervisor.js');
/** @type {SandboxModule} */
const { createSandbox } = await built('adapters/sandbox/sandbox.js');

const PATH = '/usr/local/bin:/usr/bin:/bin';
const MIB = 1024;

/**
 * @param {string[]} args
 * @returns {Promise<import('./main.mjs').Found>}
 */
export async function bench(args) {
  const options = readOptions(args, { rounds: 40 });
  const dir = mkdtempSync(join(tmpdir(), 'tutti-bench-spawn-'));
  try {
    return await compare(dir, options.number('rounds'));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * @param {string} dir
 * @param {number} rounds
 * @returns {Promise<import('./main.mjs').Found>}
 */
async function compare(dir, rounds) {
  const sandbox = createSandbox(process.env);
  const supervisor = createSupervisor(systemClock, { sandbox });
  const found = await sandbox.probe('full');
  /** @type {Record<string, (argv: string[]) => Promise<number>>} */
  const ways = {
    node: (argv) => bare(argv, dir),
    supervisor: (argv) => supervised(supervisor, argv, { dir, confine: null }),
  };
  if (found.works) {
    const confine = confinementOf(dir, found);
    ways['sandbox'] = (argv) => supervised(supervisor, argv, { dir, confine });
  }
  /** @type {Record<string, number[]>} */
  const walls = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let turn = 0; turn < rounds + 3; turn += 1) {
    for (const [name, way] of Object.entries(ways)) {
      const began = performance.now();
      await way(['/bin/true']);
      // The first ones load what all need.
      if (turn >= 3) walls[name]?.push(performance.now() - began);
    }
  }
  const sides = [];
  for (const [name, way] of Object.entries(ways)) {
    const memoryMib = figure([await memoryOf(way), await memoryOf(way), await memoryOf(way)]);
    sides.push({ name, wallMs: figure(walls[name] ?? []), memoryMib });
  }
  const [base] = sides;
  const over = sides.slice(1).map(({ name, wallMs, memoryMib }) => ({
    name,
    ms: round(wallMs.median - (base?.wallMs.median ?? 0)),
    mib: round(memoryMib.median - (base?.memoryMib.median ?? 0)),
  }));
  const skipped = found.works ? null : found.cause;
  const rows = sides.map(({ name, wallMs, memoryMib }, index) => [
    name,
    shown(wallMs, 'ms'),
    shown(memoryMib, 'MiB'),
    index === 0 ? '' : `+${over[index - 1]?.ms} ms, +${over[index - 1]?.mib} MiB`,
  ]);
  const text = table([['', 'wall', 'memory of the tree', 'over bare Node'], ...rows]);
  return {
    json: { rounds, sides, over, skipped },
    text: skipped === null ? text : `${text}\nno sandbox: ${skipped}`,
  };
}

/** @param {number} value @returns {number} */
function round(value) {
  return Math.round(value * 100) / 100;
}

/** @param {string[]} argv @param {string} cwd @returns {Promise<number>} */
async function bare([file = '', ...args], cwd) {
  const child = spawn(file, args, { cwd, env: { PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.resume();
  child.stderr.resume();
  await once(child, 'close');
  return child.exitCode ?? 1;
}

/**
 * @param {Supervisor} supervisor
 * @param {string[]} argv
 * @param {{ dir: string, confine: Confinement | null }} place
 * @returns {Promise<number>}
 */
async function supervised(supervisor, argv, { dir, confine }) {
  const one = supervisor.start({
    argv,
    cwd: dir,
    env: { PATH },
    mark: 'bench-spawn',
    stdin: null,
    logPath: null,
    logLimitBytes: 0,
    timeoutMs: 60_000,
    idleTimeoutMs: null,
    mayStart: () => Promise.resolve(true),
    confine,
  });
  for await (const _ of one.stdout);
  const end = await one.ended;
  if (end.kind !== 'exited' || end.code !== 0) {
    throw new Error(`${JSON.stringify(end)}\n${one.stderrTail()}`);
  }
  return 0;
}

/**
 * @param {string} dir
 * @param {Extract<import('../src/ports/sandbox.ts').SandboxProbe, { works: true }>} found
 * @returns {Confinement}
 */
function confinementOf(dir, { form, program }) {
  const home = join(dir, 'home');
  const paths = { read: [], write: [dir], fixed: [] };
  return { form, program, home, personHome: null, ...paths, network: 'full', endpoints: [] };
}

/**
 * What our children need in memory while one of them waits: the share of each, pages in common
 * counted once.
 *
 * @param {(argv: string[]) => Promise<number>} way
 * @returns {Promise<number>} Mebibytes.
 */
async function memoryOf(way) {
  const before = treeKib();
  const running = way(['/bin/sleep', '0.3']);
  await new Promise((resolve) => {
    setTimeout(resolve, 150);
  });
  const during = treeKib();
  await running;
  return Math.max(0, during - before) / MIB;
}

/** @returns {number} Kibibytes of all that descends from this process. */
function treeKib() {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/u.test(name))
      .map((name) => [Number(name), parentOf(name)]),
  );
  let sum = 0;
  for (const pid of parents.keys()) if (descends(pid, parents)) sum += ownKib(pid);
  return sum;
}

/** @param {number} pid @param {Map<number, number>} parents @returns {boolean} */
function descends(pid, parents) {
  for (let at = parents.get(pid) ?? 0; at > 1; at = parents.get(at) ?? 0) {
    if (at === process.pid) return true;
  }
  return false;
}

/** @param {string} pid @returns {number} */
function parentOf(pid) {
  return Number(/^PPid:\s+(\d+)$/mu.exec(readOr(`/proc/${pid}/status`))?.[1] ?? 0);
}

/** @param {number} pid @returns {number} */
function ownKib(pid) {
  return Number(/^Pss:\s+(\d+) kB$/mu.exec(readOr(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

/** @param {string} path @returns {string} */
function readOr(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
