// What is compared with: the least that Node needs to run a graph of commands, a few at a time. It
// keeps nothing, so that nothing is left of it when it dies.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const [file = '', slots = '8'] = process.argv.slice(2);
/** @type {import('./graphs.mjs').Node[]} */
const nodes = JSON.parse(readFileSync(file, 'utf8'));
const waits = new Map(nodes.map(({ id, after }) => [id, after.length]));
/** @type {Map<string, string[]>} */
const behind = new Map(nodes.map(({ id }) => [id, []]));
for (const { id, after } of nodes) for (const other of after) behind.get(other)?.push(id);
const ready = nodes.filter(({ after }) => after.length === 0).map(({ id }) => id);
let free = Number(slots);
let next = 0;

/** Starts what may start. */
function go() {
  for (; free > 0 && next < ready.length; free -= 1, next += 1) run(ready[next] ?? '');
}

/** @param {string} id */
function run(id) {
  // Its output is taken as it comes, as whoever runs commands for somebody must.
  const child = spawn('/bin/true', { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.resume();
  child.stderr.resume();
  child.on('close', (code) => {
    if (code !== 0) process.exitCode = 1;
    free += 1;
    for (const other of behind.get(id) ?? []) {
      const left = (waits.get(other) ?? 0) - 1;
      waits.set(other, left);
      if (left === 0) ready.push(other);
    }
    go();
  });
}

go();
