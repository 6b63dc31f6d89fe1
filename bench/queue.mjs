// `bench -- queue`: tasks are claimed and finished one by one through the real store, against the
// same rows written by plain statements; both with FULL sync.

import { join } from 'node:path';

import { FilledStore } from './filled-store.mjs';
import { figure, ratio, shown, table } from './measure.mjs';
import { readOptions } from './options.mjs';
import { emptyFolder } from './project.mjs';
import { RawQueue } from './raw-queue.mjs';

/** How many tasks a run has; nothing of a run that is over is looked at again. */
const RUN = 100;

/**
 * Measures it.
 *
 * @param {string[]} args
 * @returns {Promise<import('./main.mjs').Found>}
 */
export async function bench(args) {
  const options = readOptions(args, { tasks: 10_000, rounds: 5 });
  const [tasks, rounds] = [options.number('tasks'), options.number('rounds')];
  const { filled, template } = await FilledStore.make();
  const { dir, remove } = emptyFolder();
  const raw = await RawQueue.open(join(dir, 'raw.db'));
  try {
    /** @type {{ store: number[], raw: number[], decide: number[] }} */
    const rates = { store: [], raw: [], decide: [] };
    const each = Math.ceil(tasks / rounds);
    for (let round = 0; round < rounds; round += 1) {
      const { storeMs, decideMs, batches } = await throughStore(filled, template, each);
      const began = performance.now();
      for (const { claim, finish } of batches) raw.cycle(claim, finish);
      const rawMs = performance.now() - began;
      rates.store.push((each / storeMs) * 1000);
      rates.raw.push((each / rawMs) * 1000);
      rates.decide.push((each / (storeMs + decideMs)) * 1000);
    }
    const [store, plain, decided] = [figure(rates.store), figure(rates.raw), figure(rates.decide)];
    const ratios = { store: ratio(store, plain), withDecisions: ratio(decided, plain) };
    const unit = 'cycles/s';
    return {
      json: {
        bench: 'queue',
        tasks,
        rounds,
        store: { cyclesPerSecond: store },
        withDecisions: { cyclesPerSecond: decided },
        raw: { cyclesPerSecond: plain },
        ratios,
      },
      text: [
        `${tasks} queued tasks, claim and finish, a synced transaction each; median (range)`,
        table([
          ['store', shown(store, unit)],
          ['store and decisions', shown(decided, unit)],
          ['raw statements', shown(plain, unit)],
        ]),
        `store / raw: ${ratios.store}; with the decisions: ${ratios.withDecisions}`,
      ].join('\n'),
    };
  } finally {
    raw.close();
    remove();
    filled.close();
  }
}

/** @typedef {import('../src/ports/store.ts').Batch} Batch */

/**
 * @param {FilledStore} filled
 * @param {import('./filled-store.mjs').Template} template
 * @param {number} tasks
 */
async function throughStore(filled, template, tasks) {
  let storeMs = 0;
  let decideMs = 0;
  /** @type {{ claim: Batch, finish: Batch }[]} */
  const batches = [];
  /** @param {() => Batch | null} decide @returns {Promise<Batch | null>} */
  const turn = async (decide) => {
    const began = performance.now();
    const batch = decide();
    const decided = performance.now();
    if (batch !== null) await filled.store.write(batch);
    decideMs += decided - began;
    storeMs += performance.now() - decided;
    return batch;
  };
  for (let left = tasks; left > 0; left -= RUN) {
    // To make the run is no part of it; its first task is claimed with it.
    const first = filled.add(template, Math.min(left, RUN));
    await filled.store.write(first);
    let claim = /** @type {Batch | null} */ (first);
    while (claim !== null) {
      const finish = await turn(() => filled.finish({ andNext: false }));
      if (finish === null) break;
      batches.push({ claim, finish });
      claim = await turn(() => filled.decide([{ type: 'tick' }]));
    }
  }
  return { storeMs, decideMs, batches };
}
