// What is compared with: a queue of tasks in plain SQL with the same driver, the same sync and rows
// of the same number and size, but nothing checked, chained or derived.

/** @typedef {import('../src/ports/store.ts').Batch} Batch */

/** @type {typeof import('../src/adapters/store/driver.ts')} */
const { openDatabase } = await import(
  new URL('../build/adapters/store/driver.js', import.meta.url).href
);

const SCHEMA = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;
  CREATE TABLE coordinator (epoch INTEGER NOT NULL, pid INTEGER) STRICT;
  INSERT INTO coordinator VALUES (1, 1);
  CREATE TABLE runs (key TEXT PRIMARY KEY, state TEXT NOT NULL, row TEXT NOT NULL) STRICT;
  CREATE TABLE tasks (key TEXT PRIMARY KEY, run TEXT NOT NULL, state TEXT NOT NULL, row TEXT NOT NULL) STRICT;
  CREATE INDEX tasks_by_state ON tasks (run, state);
  CREATE TABLE attempts (key TEXT PRIMARY KEY, task TEXT NOT NULL, state TEXT NOT NULL, row TEXT NOT NULL) STRICT;
  CREATE INDEX attempts_by_task ON attempts (task);
  CREATE TABLE events (run TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, event TEXT NOT NULL, PRIMARY KEY (run, seq)) STRICT;
`;
/** As the store does it. */
const CHECKPOINT_EVERY = 100;

/** A queue in plain SQL. */
export class RawQueue {
  #seq = 0;
  #written = 0;

  /** @param {import('../src/adapters/store/driver.ts').Database} database */
  constructor(database) {
    this.database = database;
  }

  /** @param {string} path */
  static async open(path) {
    const database = await openDatabase(path, 'write');
    database.exec(SCHEMA);
    return new RawQueue(database);
  }

  /**
   * Claims a task and finishes it: two transactions.
   *
   * @param {Batch} claim
   * @param {Batch} finish
   */
  cycle(claim, finish) {
    this.#write(claim);
    this.#write(finish);
  }

  /** @param {Batch} batch */
  #write({ runs, tasks, attempts, events }) {
    const { database } = this;
    database.exec('BEGIN IMMEDIATE');
    database.get('SELECT epoch, pid FROM coordinator');
    for (const { key, status, goal } of runs) {
      this.#put('runs', [key, status.state, goal]);
    }
    // The plan's tasks are there from the first claim on: only the claimed one is of the cycle.
    for (const { key, run, status, spec } of tasks.slice(0, 1)) {
      database.run('INSERT OR REPLACE INTO tasks VALUES (?, ?, ?, ?)', [
        key,
        run,
        status.state,
        JSON.stringify(spec),
      ]);
    }
    for (const { key, task, status, mark } of attempts) {
      database.run('INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?)', [
        key,
        task,
        status.state,
        mark,
      ]);
    }
    for (const { run, event } of events.slice(-5)) {
      this.#seq += 1;
      database.run('INSERT INTO events VALUES (?, ?, ?, ?)', [
        run,
        this.#seq,
        event.type,
        JSON.stringify(event),
      ]);
    }
    database.exec('COMMIT');
    this.#written += 1;
    if (this.#written % CHECKPOINT_EVERY === 0) database.get('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /** @param {string} name @param {string[]} values */
  #put(name, values) {
    this.database.run(`INSERT OR REPLACE INTO ${name} VALUES (?, ?, ?)`, values);
  }

  close() {
    this.database.close();
  }
}
