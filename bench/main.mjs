// The benchmarks: `npm run bench -- NAME …` measures tutti and what it is compared with in the same
// run, prints both sides and the ratio; with `--json` as one document. One file a benchmark.

/**
 * What a benchmark found: a document for scripts, and lines for people.
 * @typedef {{ json: object, text: string }} Found
 */

/** @type {Record<string, () => Promise<{ bench: (args: string[]) => Promise<Found> }>>} */
const BENCHES = {
  conflicts: () => import('./conflicts.mjs'),
  dag: () => import('./dag.mjs'),
  growth: () => import('./growth.mjs'),
  prompt: () => import('./prompt.mjs'),
  queue: () => import('./queue.mjs'),
  recover: () => import('./recover.mjs'),
  schedule: () => import('./schedule.mjs'),
  spawn: () => import('./spawn.mjs'),
  status: () => import('./status.mjs'),
  workspace: () => import('./workspace.mjs'),
};

const [name = '', ...rest] = process.argv.slice(2);
const load = BENCHES[name];
if (load === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(BENCHES).join(' | ')} [--json] [options]`);
  process.exit(2);
}
const { bench } = await load();
const { json, text } = await bench(rest.filter((arg) => arg !== '--json'));
console.log(rest.includes('--json') ? JSON.stringify(json) : text);
