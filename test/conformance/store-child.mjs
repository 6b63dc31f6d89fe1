// A process of its own that uses a store: node store-child.mjs STORE-MODULE PATH open|submit|write
import { writeSync } from 'node:fs';

const [module = '', path = '', what = ''] = process.argv.slice(2);
/** @type {typeof import('../../src/adapters/store/sqlite-store.ts')} */
const { openStore } = await import(module);
const store = await openStore(path);

if (what === 'submit') {
  const ids = [];
  for (let i = 0; i < 10; i += 1) ids.push(await store.submit({ type: 'drive', run: 'SHOP-1' }, i));
  writeSync(1, ids.join(' '));
}

if (what === 'write') {
  const holder = { pid: process.pid, startTime: '1', bootId: 'boot', socket: null };
  const epoch = await store.take(await store.lease(), holder);
  if (epoch === null) throw new Error('the lease is taken');
  const nothing = {
    tasks: [],
    attempts: [],
    asks: [],
    plans: [],
    messages: [],
    answers: [],
    runs: [],
  };
  // Until it is killed. Every number that is printed was acknowledged before.
  for (let at = 1; ; at += 1) {
    const pause = { by: /** @type {const} */ ('person'), reason: `${epoch}:${at}` };
    const event = { type: /** @type {const} */ ('run-paused'), pause };
    const happened = { run: 'SHOP-1', at, event };
    const written = await store.write({ epoch, events: [happened, happened], ...nothing });
    if (written.kind !== 'written') throw new Error(written.kind);
    writeSync(1, `${at}\n`);
  }
}
store.close();
