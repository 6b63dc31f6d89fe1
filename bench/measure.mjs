// Measures programs from outside: wall time, processor time of the whole tree, peak memory of the
// first process. Both sides of a comparison take turns, so that a noisy machine is noisy for both.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** @typedef {{ wallMs: number, cpuMs: number, peakMb: number }} Sample */
/** @typedef {{ median: number, min: number, max: number }} Figure */
/** @typedef {{ wallMs: Figure, cpuMs: Figure, peakMb: Figure }} Side */
/** @typedef {{ argv: readonly string[], cwd?: string, env?: NodeJS.ProcessEnv, expect?: number }} Program */
/** @typedef {() => Promise<Sample>} Contender */

/** One tick of the processor times in /proc: 1/100 s on every Linux there is. */
const TICK_MS = 10;
/** How often the peak is looked at: it only grows, so the last look before the end tells it. */
const LOOK_MS = 15;

/**
 * Processor time of all children that have ended, their children included.
 *
 * @returns {number} Milliseconds.
 */
function childrenCpuMs() {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

/**
 * The most memory that a process has had resident.
 *
 * @param {number} pid
 * @returns {number} Mebibytes; 0 when it is gone.
 */
function peakMb(pid) {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return Number(match?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/**
 * The environment of what is measured: without what makes Node itself slower to start.
 *
 * @param {NodeJS.ProcessEnv} more
 * @returns {NodeJS.ProcessEnv}
 */
export function plainEnvironment(more = {}) {
  const env = { ...process.env, ...more };
  for (const name of ['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS', 'NODE_V8_COVERAGE']) delete env[name];
  // What runs under vitest or npm must not be taken for it.
  for (const name of Object.keys(env)) if (/^(npm_|VITEST)/u.test(name)) delete env[name];
  return env;
}

/**
 * Runs a program once.
 *
 * @param {Program} program
 * @returns {Promise<Sample>} What it took; throws when it does not end as expected.
 */
export async function measure({ argv, cwd, env, expect = 0 }) {
  const [file = '', ...args] = argv;
  const cpuBefore = childrenCpuMs();
  const began = performance.now();
  const child = spawn(file, args, {
    cwd,
    env: env ?? plainEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said = `${said}${chunk}`.slice(-2000)));
  let peak = 0;
  const look = setInterval(() => (peak = Math.max(peak, peakMb(child.pid ?? 0))), LOOK_MS);
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject).on('exit', resolve);
  });
  const wallMs = performance.now() - began;
  clearInterval(look);
  if (code !== expect) throw new Error(`${argv.join(' ')} ended with ${code}\n${said}`);
  return { wallMs, cpuMs: childrenCpuMs() - cpuBefore, peakMb: peak };
}

/**
 * Lets contenders take turns.
 *
 * @template {string} N
 * @param {Record<N, Contender>} contenders
 * @param {number} rounds
 * @returns {Promise<Record<N, Side>>} The figures of each.
 */
export async function takeTurns(contenders, rounds) {
  const entries = /** @type {[N, Contender][]} */ (Object.entries(contenders));
  const all = entries.map(([name, contender]) => ({
    name,
    contender,
    samples: /** @type {Sample[]} */ ([]),
  }));
  for (let round = 0; round < rounds; round += 1) {
    // Whoever began the last round ends this one.
    for (const one of round % 2 === 0 ? all : all.toReversed()) {
      one.samples.push(await one.contender());
    }
  }
  const sides = all.map(({ name, samples }) => [name, sideOf(samples)]);
  return /** @type {Record<N, Side>} */ (Object.fromEntries(sides));
}

/** @param {readonly Sample[]} samples @returns {Side} */
function sideOf(samples) {
  return {
    wallMs: figure(samples.map(({ wallMs }) => wallMs)),
    cpuMs: figure(samples.map(({ cpuMs }) => cpuMs)),
    peakMb: figure(samples.map((sample) => sample.peakMb)),
  };
}

/**
 * The median of values with their range, which is the noise.
 *
 * @param {readonly number[]} values
 * @returns {Figure}
 */
export function figure(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
  return { median: short(median), min: short(sorted[0] ?? 0), max: short(sorted.at(-1) ?? 0) };
}

/**
 * How many times the one is of the other.
 *
 * @param {Figure} a
 * @param {Figure} b
 * @returns {number}
 */
export function ratio(a, b) {
  return b.median === 0 ? 0 : short(a.median / b.median);
}

/** @param {number} value @returns {number} Three decimals at most. */
function short(value) {
  return Math.round(value * 1000) / 1000;
}

/**
 * A figure for people: the median, and the range in parentheses.
 *
 * @param {Figure} value
 * @param {string} unit
 * @returns {string}
 */
export function shown({ median, min, max }, unit) {
  return `${inWords(median)} ${unit} (${inWords(min)}–${inWords(max)})`;
}

/** @param {number} value @returns {string} */
function inWords(value) {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

/**
 * Lines up rows of words.
 *
 * @param {readonly (readonly string[])[]} rows
 * @returns {string}
 */
export function table(rows) {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
