// `bench -- growth`: what deciding costs a task as runs get larger. Nothing is written or started, the
// real decisions carry a graph out in simulated time.

import { makespanOf } from './decided-run.mjs';
import { FilledStore } from './filled-store.mjs';
import { graphOf } from './graphs.mjs';
import { figure, ratio, shown, table } from './measure.mjs';
import { readOptions } from './options.mjs';

const SLOTS = 8;
/** How much smaller the run is that it is compared with. */
const TIMES = 10;

/**
 * Measures it.
 *
 * @param {string[]} args
 * @returns {Promise<import('./main.mjs').Found>}
 */
export async function bench(args) {
  const options = readOptions(args, { tasks: 10_000, shape: 'layered', rounds: 3 });
  const [tasks, rounds, shape] = [
    options.number('tasks'),
    options.number('rounds'),
    options.word('shape'),
  ];
  const { filled, template } = await FilledStore.make();
  filled.close();
  const sample = { settings: template.run.settings, spec: template.spec };
  /** @param {number} count @returns {number} Processor time of one task, in microseconds. */
  const perTask = (count) => {
    const nodes = graphOf(shape, count);
    const places = new Map(nodes.map(({ id }, index) => [id, index]));
    const edges = nodes.flatMap(({ after }, to) => after.map((id) => [places.get(id) ?? 0, to]));
    const before = process.cpuUsage();
    makespanOf(sample, {
      expected: nodes.map(() => 1),
      real: nodes.map((_, index) => 1 + ((index * 7919) % 13)),
      edges,
      slots: SLOTS,
    });
    const { user, system } = process.cpuUsage(before);
    return (user + system) / count;
  };
  const few = Math.max(1, Math.round(tasks / TIMES));
  perTask(few); // compiled by then
  const smaller = figure(Array.from({ length: rounds }, () => perTask(few)));
  const larger = figure(Array.from({ length: rounds }, () => perTask(tasks)));
  const growth = ratio(larger, smaller);
  return {
    json: { bench: 'growth', tasks, shape, rounds, smaller, larger, ratios: { growth } },
    text: [
      `${shape}, processor time of deciding about a task; median (range)`,
      table([
        [`of ${few} tasks`, shown(smaller, 'µs')],
        [`of ${tasks} tasks`, shown(larger, 'µs')],
      ]),
      `${tasks} tasks / ${few} tasks: ${growth}`,
    ].join('\n'),
  };
}
