// `bench -- dag`: a graph of `/bin/true`, run by tutti with everything on disk, against the same
// graph spawned by bare Node and by `make`.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { graphOf } from './graphs.mjs';
import { measure, plainEnvironment, ratio, shown, table, takeTurns } from './measure.mjs';
import { readOptions } from './options.mjs';
import { emptyFolder, makeProject, TUTTI } from './project.mjs';

/** @typedef {import('./graphs.mjs').Node} Node */
/** @typedef {import('./measure.mjs').Sample} Sample */

const BARE = new URL('bare-spawner.mjs', import.meta.url).pathname;

/**
 * Measures it.
 *
 * @param {string[]} args
 * @returns {Promise<import('./main.mjs').Found>}
 */
export async function bench(args) {
  const options = readOptions(args, { tasks: 1000, shape: 'layered', slots: 8, rounds: 5 });
  const [tasks, slots, rounds] = [
    options.number('tasks'),
    options.number('slots'),
    options.number('rounds'),
  ];
  const shape = options.word('shape');
  const nodes = graphOf(shape, tasks);
  const { dir, remove } = emptyFolder();
  try {
    const graph = join(dir, 'graph.json');
    writeFileSync(graph, JSON.stringify(nodes));
    writeFileSync(join(dir, 'Makefile'), makefileOf(nodes));
    const sides = await takeTurns(
      {
        tutti: () => runTutti(nodes, slots),
        node: () => measure({ argv: [process.execPath, BARE, graph, `${slots}`], cwd: dir }),
        make: () => measure({ argv: ['make', '-s', `-j${slots}`], cwd: dir }),
      },
      rounds,
    );
    const { tutti, node, make } = sides;
    const ratios = {
      wall: ratio(tutti.wallMs, node.wallMs),
      cpu: ratio(tutti.cpuMs, node.cpuMs),
      peak: ratio(tutti.peakMb, node.peakMb),
      wallOfMake: ratio(tutti.wallMs, make.wallMs),
    };
    return {
      json: { bench: 'dag', tasks, shape, slots, rounds, ...sides, ratios },
      text: textOf(`${tasks} tasks, ${shape}, ${slots} slots, ${rounds} rounds`, sides, ratios),
    };
  } finally {
    remove();
  }
}

/**
 * @param {string} title
 * @param {Record<string, import('./measure.mjs').Side>} sides
 * @param {{ wall: number, cpu: number, peak: number, wallOfMake: number }} ratios
 */
function textOf(title, sides, ratios) {
  const rows = Object.entries(sides).map(([name, side]) => [
    name,
    shown(side.wallMs, 'ms'),
    shown(side.cpuMs, 'ms'),
    shown(side.peakMb, 'MiB'),
  ]);
  return [
    `${title}; median (range)`,
    table([['', 'wall', 'processor, whole tree', 'peak memory of the head'], ...rows]),
    `tutti / bare Node: wall ${ratios.wall}, processor ${ratios.cpu}, memory ${ratios.peak}`,
    `tutti / make: wall ${ratios.wallOfMake}`,
  ].join('\n');
}

/** @param {readonly Node[]} nodes @param {number} slots @returns {Promise<Sample>} */
async function runTutti(nodes, slots) {
  const project = makeProject({
    orchestration: { max_parallel: slots, max_tasks: Math.max(20, nodes.length) },
  });
  try {
    const plan = join(project.dir, '..', 'plan.json');
    writeFileSync(plan, JSON.stringify(planOf(nodes)));
    return await measure({
      argv: [process.execPath, TUTTI, 'run', '--plan', plan, '--yes', '--quiet'],
      cwd: project.dir,
      env: plainEnvironment(project.env),
    });
  } finally {
    project.remove();
  }
}

/** @param {readonly Node[]} nodes */
function planOf(nodes) {
  return {
    goal: 'Run commands',
    tasks: nodes.map(({ id, after }) => ({
      id,
      title: id,
      depends_on: after,
      runtime: 'command',
      command: ['/bin/true'],
      workspace: 'none',
    })),
  };
}

/** @param {readonly Node[]} nodes */
function makefileOf(nodes) {
  const rules = nodes.map(({ id, after }) => `${id}: ${after.join(' ')}\n\t@/bin/true\n`);
  const all = nodes.map(({ id }) => id).join(' ');
  return `all: ${all}\n.PHONY: all ${all}\n${rules.join('')}`;
}
