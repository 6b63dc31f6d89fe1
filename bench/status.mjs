// `bench -- status`: what people and prompts ask all the time, and the figures over all of it, on a
// full store, against a Node that does nothing; and `--version` against an empty module.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { FilledStore } from './filled-store.mjs';
import { measure, plainEnvironment, ratio, shown, table, takeTurns } from './measure.mjs';
import { readOptions } from './options.mjs';
import { TUTTI } from './project.mjs';

/** How many runs the tasks belong to; every second one is finished. */
const RUNS = 10;

/**
 * Measures it.
 *
 * @param {string[]} args
 * @returns {Promise<import('./main.mjs').Found>}
 */
export async function bench(args) {
  const options = readOptions(args, { tasks: 10_000, rounds: 15 });
  const [tasks, rounds] = [options.number('tasks'), options.number('rounds')];
  const { filled, template } = await FilledStore.make();
  try {
    await fill(filled, template, tasks);
    const { dir, env } = filled.project;
    const empty = join(dir, '..', 'empty.mjs');
    writeFileSync(empty, '');
    const node = process.execPath;
    /** @param {string[]} argv */
    const run = (argv) => () => measure({ argv, cwd: dir, env: plainEnvironment(env) });
    const sides = await takeTurns(
      {
        status: run([node, TUTTI, 'status']),
        node: run([node, '-e', '0']),
        metrics: run([node, TUTTI, 'metrics']),
        version: run([node, TUTTI, '--version']),
        emptyModule: run([node, empty]),
      },
      rounds,
    );
    const ratios = {
      status: ratio(sides.status.wallMs, sides.node.wallMs),
      metrics: ratio(sides.metrics.wallMs, sides.node.wallMs),
      version: ratio(sides.version.wallMs, sides.emptyModule.wallMs),
    };
    const rows = Object.entries(sides).map(([name, { wallMs, cpuMs }]) => [
      name,
      shown(wallMs, 'ms'),
      shown(cpuMs, 'ms'),
    ]);
    return {
      json: { bench: 'status', tasks, rounds, ...sides, ratios },
      text: [
        `a store of ${tasks} tasks, ${rounds} rounds; median (range)`,
        table([['', 'wall', 'processor'], ...rows]),
        `status / node -e 0: ${ratios.status}; metrics / node -e 0: ${ratios.metrics}; --version / empty module: ${ratios.version}`,
      ].join('\n'),
    };
  } finally {
    filled.close();
  }
}

/**
 * @param {FilledStore} filled
 * @param {import('./filled-store.mjs').Template} template
 * @param {number} tasks
 */
async function fill(filled, template, tasks) {
  const { store } = filled;
  for (let run = 0; run < RUNS; run += 1) {
    await store.write(filled.add(template, Math.ceil(tasks / RUNS)));
    if (run % 2 === 1) continue;
    for (;;) {
      const batch = filled.finish({ andNext: true });
      if (batch === null) break;
      await store.write(batch);
    }
  }
  await store.release(filled.world.desk.epoch);
}
