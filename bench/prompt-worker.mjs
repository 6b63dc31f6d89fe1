// One side of `bench -- prompt`, in a process of its own.

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {import('../src/run/bench.ts').Bench} Bench */
/** @typedef {import('../src/run/bench.ts').Job} Job */
/** @typedef {import('../src/model/run.ts').Run} Run */

const [kind = '', dir = '', rounds = '1'] = process.argv.slice(2);
const dist = new URL('../build/', import.meta.url);
/** @param {string} path */
const built = (path) => import(new URL(path, dist).href);
/** @type {typeof import('../src/adapters/store/sqlite-store.ts')} */
const { openStore } = await built('adapters/store/sqlite-store.js');

const WORDS = 'It made a module, and said what whoever builds on it has to know. ';
const LONG = WORDS.repeat(Math.ceil(1_000_000 / WORDS.length));

const store = await openStore(join(dir, '.git/tutti/tutti.db'), { readOnly: true });
const run = await store.run('SHOP-1');
store.close();
if (run === null) throw new Error('there is no run');

/** @returns {Run} The same with long reports, and its last task an agent's. */
function withLongReports(/** @type {Run} */ given) {
  return {
    ...given,
    tasks: given.tasks.map((task, index) => {
      const last = task.attempts.at(-1);
      if (last?.status.state !== 'ended' || last.status.report === null) return task;
      const report = { ...last.status.report, summary: LONG.slice(index) };
      const attempts = [{ ...last, status: { ...last.status, report } }];
      const spec = index === given.tasks.length - 1 ? { ...task.spec, command: null } : task.spec;
      return { ...task, spec, attempts };
    }),
  };
}

/** @returns {Promise<() => Promise<string>>} */
async function tutti(/** @type {Run} */ given) {
  /** @type {typeof import('../src/run/instruct.ts')} */
  const { instruct } = await built('run/instruct.js');
  /** @type {typeof import('../src/adapters/files/run-files.ts')} */
  const { createRunFiles } = await built('adapters/files/run-files.js');
  /** @type {typeof import('../src/adapters/files/exchange.ts')} */
  const { createExchange } = await built('adapters/files/exchange.js');
  /** @type {typeof import('../src/adapters/git/open.ts')} */
  const { openRepository } = await built('adapters/git/open.js');
  /** @type {typeof import('../src/util/secrets.ts')} */
  const { createSecrets } = await built('util/secrets.js');
  const secrets = createSecrets(process.env);
  const files = createRunFiles(dir, (text) => secrets.redact(text));
  const opened = await openRepository(dir);
  if (!opened.ok) throw new Error(opened.message);
  const task = given.tasks.at(-1);
  const attempt = task?.attempts.at(-1);
  if (task === undefined || attempt === undefined) throw new Error('there is no last task');
  let ids = 0;
  const workshop = {
    files,
    secrets,
    repository: opened.repository,
    exchange: createExchange(files, (text) => secrets.redact(text)),
    workspaces: { homePath: (/** @type {string} */ name) => join(dir, '..', name) },
    runtimes: new Map(),
    agents: new Map(),
    randomId: () => `abcdefghijkl${(ids += 1)}`,
  };
  /** @type {unknown} */
  const bench = { workshop, lookout: { now: async () => new Map() } };
  /** @type {unknown} */
  const means = { runtime: { features: {} }, signal: new AbortController().signal };
  return async () => {
    const told = await instruct(
      /** @type {Bench} */ (bench),
      { run: given, task, attempt },
      /** @type {Parameters<typeof instruct>[2]} */ (means),
    );
    return told.prompt;
  };
}

/** @returns {() => Promise<string>} */
function bare(/** @type {Run} */ given) {
  const { dependencyContextBudget: budget } = given.settings;
  const folder = join(dir, '.tutti/runs/bare');
  mkdirSync(folder, { recursive: true });
  return async () => {
    const each = Math.floor(budget / (given.tasks.length - 1));
    const prompt = given.tasks
      .map(({ key, attempts }) => {
        const status = attempts.at(-1)?.status;
        const text = status?.state === 'ended' ? (status.report?.summary ?? '') : '';
        return `## ${key}\n${text.slice(0, each - 20)}`;
      })
      .join('\n\n');
    writeFileSync(join(folder, 'prompt.new'), prompt);
    renameSync(join(folder, 'prompt.new'), join(folder, 'prompt.md'));
    return prompt;
  };
}

const long = withLongReports(run);
const build = kind === 'bare' ? bare(long) : await tutti(long);
/** @type {number[]} */
const ms = [];
let chars = 0;
for (let round = 0; round <= Number(rounds); round += 1) {
  const began = performance.now();
  chars = (await build()).length;
  ms.push(performance.now() - began);
}
globalThis.gc?.();
const [first = 0, ...rest] = ms;
console.log(
  JSON.stringify({
    ms: rest,
    first,
    chars,
    budget: run.settings.dependencyContextBudget,
    restMb: process.memoryUsage().rss / 2 ** 20,
    peakMb: process.resourceUsage().maxRSS / 1024,
  }),
);
