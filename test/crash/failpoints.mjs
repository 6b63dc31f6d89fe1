// Preloaded into a process of tutti (`node --import`): counts every call by which it changes
// something outside of itself — files, pipes, processes, commits of the store — and has the process
// killed or stopped at the n-th. What it runs is the program as it is built for users.
//
// TUTTI_POINTS = <n>:<signal>:<file>   the file gets a line for each point that was passed; instead
//                                      of the n-th it may be the first that holds a text

import processes from 'node:child_process';
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { Duplex, Writable } from 'node:stream';

const [at = '0', signal = '', trail = ''] = (process.env['TUTTI_POINTS'] ?? '').split(':');
// Children are other programs; an inner tutti would count for itself.
delete process.env['TUTTI_POINTS'];
const passed = fs.openSync(trail, 'a');
const { writeSync } = fs;
let count = 0;

/** @param {string} name - What is about to happen, or has just happened. */
function point(name) {
  count += 1;
  writeSync(passed, `${name}\n`);
  if (count === Number(at) || (Number.isNaN(Number(at)) && name.includes(at)))
    process.kill(process.pid, signal);
}

/** @typedef {(args: unknown[]) => string | null} Label - `null` = the call changes nothing. */

/**
 * Counts the calls of a method.
 *
 * @param {object} owner - Whose method.
 * @param {string} name - The method.
 * @param {Label} label - Says what a call does.
 * @param {boolean} [after] - Whether the moment behind it counts too.
 */
function watch(owner, name, label, after = false) {
  /** @type {unknown} */
  const real = Reflect.get(owner, name);
  if (typeof real !== 'function') throw new TypeError(`there is no ${name}`);
  /** @this {unknown} @param {unknown[]} args @returns {unknown} */
  function counted(...args) {
    const said = label(args);
    if (said !== null) point(said);
    /** @type {unknown} */
    const result = Reflect.apply(/** @type {Function} */ (real), this, args);
    if (said === null || !after) return result;
    if (!(result instanceof Promise)) {
      point(`${said}, done`);
      return result;
    }
    return result.then((/** @type {unknown} */ value) => {
      point(`${said}, done`);
      return value;
    });
  }
  Reflect.set(owner, name, counted);
}

/** @param {string} verb @returns {Label} */
const path = (verb) => (args) => `${verb} ${String(args[0])}`;

/** @param {unknown[]} args @returns {string | null} */
function opened([file, flags]) {
  const { O_WRONLY, O_RDWR } = fs.constants;
  const writes =
    typeof flags === 'number'
      ? (flags & (O_WRONLY | O_RDWR)) !== 0
      : typeof flags === 'string' && flags !== 'r';
  return writes ? `open ${String(file)}` : null;
}

const LOOKS =
  /^(?:--version|rev-parse|cat-file|ls-files|diff-index|diff-tree|worktree|config|var|for-each-ref|merge-base|check-ref-format)$/;

/** @param {unknown[]} args @returns {string | null} */
function started([program, given]) {
  const args = Array.isArray(given) ? given.map(String) : [];
  const words = args.filter((word, i) => word !== '-c' && args[i - 1] !== '-c');
  if (program === 'git' && words.some((word) => LOOKS.test(word))) return null;
  return `spawn ${[String(program), ...words].join(' ').replaceAll('\n', ' ').slice(0, 100)}`;
}

/** @param {unknown[]} args @returns {string | null} */
function written([data]) {
  const text = typeof data === 'string' || data instanceof Uint8Array ? String(data) : '';
  return text === '' ? null : `write ${text.slice(0, 60).replaceAll('\n', ' ')}`;
}

/** @param {unknown[]} args @returns {string | null} */
const transaction = ([sql]) => (/^(?:BEGIN I|COMMIT)/.test(String(sql)) ? String(sql) : null);

/** @returns {object} What has the methods of a database. */
function databases() {
  const require = createRequire(import.meta.url);
  const hasOwn = Number.parseInt(process.versions.node, 10) >= 24;
  /** @type {unknown} */
  const module = require(hasOwn ? 'node:sqlite' : 'libsql');
  /** @type {unknown} */
  const made = hasOwn ? Reflect.get(Object(module), 'DatabaseSync') : module;
  /** @type {unknown} */
  const prototype = Reflect.get(Object(made), 'prototype');
  return Object(prototype);
}

for (const name of ['mkdir', 'writeFile', 'link', 'symlink', 'copyFile', 'cp', 'chmod', 'utimes']) {
  watch(fs.promises, name, path(name));
}
for (const name of ['rename', 'rm']) watch(fs.promises, name, path(name), true);
watch(fs.promises, 'open', opened);
for (const name of ['mkdirSync', 'writeFileSync', 'renameSync', 'rmSync', 'writeSync', 'fsync']) {
  watch(fs, name, path(name));
}
watch(fs, 'openSync', opened);

const probe = await fs.promises.open('/dev/null', 'r');
/** @type {unknown} */
const handles = Object.getPrototypeOf(probe);
await probe.close();
for (const name of ['write', 'writeFile', 'sync']) {
  watch(Object(handles), name, () => `file ${name}`);
}

for (const name of ['spawn', 'spawnSync', 'execFile', 'execFileSync']) {
  watch(processes, name, started, true);
}
// Pipes and sockets: input of git, the word at the gate, lines for the person.
watch(Writable.prototype, 'write', written);
watch(Duplex.prototype, 'write', written);
watch(Socket.prototype, 'end', written);
watch(databases(), 'exec', transaction, true);

syncBuiltinESMExports();
