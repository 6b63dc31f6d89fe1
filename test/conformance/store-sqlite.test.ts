import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openDatabase } from '../../src/adapters/store/driver.ts';
import { openStore } from '../../src/adapters/store/sqlite-store.ts';
import type { Written } from '../../src/ports/store.ts';
import { sampleDiamond, sampleRun } from '../sample-run.ts';
import { batchOf, expectChain, takeOver, testStore, wholeRun } from './store.testsuite.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
// `npm test` builds before it tests; children run what it built, for Node 20 runs no TypeScript.
const storeModule = join(root, 'build/adapters/store/sqlite-store.js');
const childScript = fileURLToPath(new URL('store-child.mjs', import.meta.url));

function child(path: string, what: string): ChildProcess {
  return spawn(process.execPath, [childScript, storeModule, path, what], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function succeeds(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args).status === 0;
}

async function finished(one: ChildProcess): Promise<string> {
  const [output, [code]] = await Promise.all([
    one.stdout === null ? '' : text(one.stdout),
    once(one, 'exit'),
  ]);
  expect(code).toBe(0);
  return output;
}

testStore('SQLite', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tutti-store-'));
  return {
    open: async () => await openStore(join(dir, 'deep/er/tutti.db')),
    remove: () => {
      rmSync(dir, { recursive: true });
    },
  };
});

describe('the SQLite store', () => {
  let dir: string;
  let path: string;
  const mounts: string[] = [];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tutti store#%?-'));
    path = join(dir, 'tutti.db');
  });
  afterEach(() => {
    for (const mount of mounts.splice(0)) succeeds('umount', '--lazy', mount);
    rmSync(dir, { recursive: true });
  });

  /** A small disk; `undefined` where none can be mounted. */
  function smallDisk(): string | undefined {
    const mount = join(dir, 'disk');
    mkdirSync(mount);
    if (!succeeds('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount)) {
      process.stderr.write('not tested here: a small disk needs root and mount\n');
      return undefined;
    }
    mounts.push(mount);
    return mount;
  }

  /** Shows a folder at `disk`, where nothing can be written; false where that cannot be done. */
  function readOnlyView(folder: string): boolean {
    const view = join(dir, 'disk');
    mkdirSync(view, { recursive: true });
    const done =
      succeeds('mount', '--bind', folder, view) && succeeds('mount', '-o', 'remount,bind,ro', view);
    if (done) mounts.push(view);
    else process.stderr.write('not tested here: a read-only folder needs root and mount\n');
    return done;
  }

  it('has everything that was acknowledged when its process is killed', async () => {
    const store = await openStore(path);
    await store.write(wholeRun(await takeOver(store), sampleRun([])));
    let atLeast = 0;
    for (const until of [1, 20, 130, 250]) {
      const before = (await store.log('SHOP-1')).recorded.count;
      const one = child(path, 'write');
      let acknowledged = 0;
      const lines = createInterface({ input: one.stdout ?? process.stdin });
      lines.on('line', (line) => {
        acknowledged = Number(line);
        if (acknowledged === until) one.kill('SIGKILL');
      });
      await Promise.all([once(one, 'exit'), once(lines, 'close')]);
      const log = await store.log('SHOP-1');
      expectChain(log);
      atLeast = before + acknowledged * 2;
      // At most one batch was written and not acknowledged any more, and batches are whole.
      expect([atLeast, atLeast + 2]).toContain(log.events.length);
    }
    expect(await takeOver(store)).toBe(6);
    store.close();
    const again = await openStore(path, { readOnly: true });
    expect((await again.log('SHOP-1')).events.length).toBeGreaterThanOrEqual(atLeast);
    again.close();
  });

  it('is made once when 20 processes open it at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => finished(child(path, 'open'))));
    const database = await openDatabase(path, 'read');
    expect(database.get('PRAGMA journal_mode')).toMatchObject({ journal_mode: 'wal' });
    expect(database.get('PRAGMA integrity_check')).toMatchObject({ integrity_check: 'ok' });
    expect(database.all('SELECT * FROM coordinator')).toHaveLength(1);
    database.close();
  });

  it('loses none of 200 commands of many processes', async () => {
    const outputs = await Promise.all(
      Array.from({ length: 20 }, () => finished(child(path, 'submit'))),
    );
    const ids = outputs.flatMap((output) => output.trim().split(' ').map(Number));
    const store = await openStore(path, { readOnly: true });
    const pending = (await store.pending()).map(({ id }) => id);
    store.close();
    expect(pending).toHaveLength(200);
    expect(new Set(ids)).toEqual(new Set(pending));
  });

  it('writes nothing when the disk is full, and goes on when it is not', async () => {
    const disk = smallDisk();
    if (disk === undefined) return;
    const store = await openStore(join(disk, 'tutti.db'));
    const epoch = await takeOver(store);
    await store.write(wholeRun(epoch, sampleDiamond()));
    const pause = { by: 'person', reason: 'x'.repeat(5000) } as const;
    const event = { run: 'SHOP-1', at: 1, event: { type: 'run-paused', pause } } as const;
    let written: Written = { kind: 'written' };
    let events = 0;
    while (written.kind === 'written') {
      written = await store.write(
        batchOf(epoch, { events: Array.from({ length: 5 }, () => event) }),
      );
      if (written.kind === 'written') events += 5;
    }
    expect(written.kind).toBe('full');
    expect(events).toBeGreaterThan(0);
    const log = await store.log('SHOP-1');
    expectChain(log);
    expect(log.events).toHaveLength(events);
    expect(await store.run('SHOP-1')).toEqual(sampleDiamond());
    const big = {
      type: 'retry',
      key: 'SHOP-1',
      instruction: 'x'.repeat(900_000),
      by: 'me',
    } as const;
    await expect(store.submit(big, 1)).rejects.toMatchObject({ code: 'store-full' });
    expect(succeeds('mount', '-o', 'remount,size=8m', disk)).toBe(true);
    expect(await store.write(batchOf(epoch, { events: [event] }))).toEqual({ kind: 'written' });
    expectChain(await store.log('SHOP-1'));
    expect(await store.release(epoch)).toBe('released');
    store.close();
  });

  it('can be read where nothing can be written', async () => {
    const writable = join(dir, 'writable');
    const file = join(dir, 'disk', 'tutti.db');
    const store = await openStore(join(writable, 'tutti.db'));
    const epoch = await takeOver(store);
    await store.write(wholeRun(epoch, sampleDiamond()));
    await store.release(epoch);
    store.close();
    // As a coordinator leaves it, and as it comes out of an archive.
    for (const leftOvers of [true, false]) {
      if (!leftOvers) {
        for (const end of ['-shm', '-wal'])
          rmSync(join(writable, `tutti.db${end}`), { force: true });
      }
      if (!readOnlyView(writable)) return;
      const reader = await openStore(file, { readOnly: true });
      expect(await reader.run('SHOP-1')).toEqual(sampleDiamond());
      await expect(reader.submit({ type: 'drive', run: 'SHOP-1' }, 1)).rejects.toMatchObject({
        code: 'store-read-only',
        path: file,
      });
      reader.close();
      await expect(openStore(join(dir, 'disk/new/tutti.db'))).rejects.toMatchObject({
        code: 'store-unusable',
      });
      const toWrite = openStore(file).then((opened) => takeOver(opened));
      await expect(toWrite).rejects.toMatchObject({ name: 'StoreError', path: file });
    }
  });

  it('makes nothing when it is opened to be read', async () => {
    await expect(openStore(path, { readOnly: true })).rejects.toMatchObject({
      code: 'store-missing',
      message: `there is no store: ${path}`,
      hint: 'Start a run in this project first.',
    });
    expect(readdirSync(dir)).toEqual([]);
    const store = await openStore(path);
    store.close();
    const reader = await openStore(path, { readOnly: true });
    await expect(takeOver(reader)).rejects.toMatchObject({ code: 'store-read-only' });
    reader.close();
  });

  it('follows a log while it is read only', async () => {
    const store = await openStore(path);
    const reader = await openStore(path, { readOnly: true });
    const before = await reader.version();
    await store.submit({ type: 'drive', run: 'SHOP-1' }, 1);
    expect(await reader.version()).not.toBe(before);
    expect(await reader.pending()).toHaveLength(1);
    reader.close();
    store.close();
  });

  it('keeps its log short, even beside one who reads', async () => {
    const store = await openStore(path);
    const reader = await openStore(path, { readOnly: true });
    const epoch = await takeOver(store);
    await store.write(wholeRun(epoch, sampleDiamond()));
    for (let i = 0; i < 250; i += 1) {
      await store.beat(epoch);
      await reader.lease();
    }
    expect(readFileSync(`${path}-wal`).length).toBeLessThan(100 * 4200);
    await store.release(epoch);
    expect(readFileSync(`${path}-wal`).length).toBeLessThan(2 * 4200);
    reader.close();
    store.close();
  });

  it('refuses what is no store of ours, and leaves it as it is', async () => {
    writeFileSync(path, 'this is no database '.repeat(500));
    const before = readFileSync(path);
    for (const readOnly of [true, false]) {
      await expect(openStore(path, { readOnly })).rejects.toMatchObject({
        code: 'store-corrupt',
        path,
      });
    }
    expect(readFileSync(path)).toEqual(before);

    const foreign = join(dir, 'foreign.db');
    const database = await openDatabase(foreign, 'write');
    database.exec('CREATE TABLE runs (a)');
    await expect(openStore(foreign)).rejects.toMatchObject({ code: 'store-foreign' });
    expect(database.get('PRAGMA journal_mode')).toMatchObject({ journal_mode: 'delete' });
    database.close();
    await expect(openStore(dir)).rejects.toMatchObject({ code: 'store-unusable' });
  });

  it('refuses a store that a newer tutti has made', async () => {
    (await openStore(path)).close();
    const database = await openDatabase(path, 'write');
    database.exec('PRAGMA user_version = 999');
    database.close();
    for (const readOnly of [true, false]) {
      await expect(openStore(path, { readOnly })).rejects.toMatchObject({
        code: 'store-newer',
        message: `the store was made by a newer tutti: ${path}`,
        hint: 'Update tutti: npm install -g tutti',
      });
    }
  });

  it('finishes making a store that somebody began', async () => {
    writeFileSync(path, '');
    const reader = await openStore(path, { readOnly: true });
    expect(await reader.lastNumber()).toBe(0);
    reader.close();
  });

  it('says so when the file is damaged', async () => {
    const store = await openStore(path);
    const epoch = await takeOver(store);
    await store.write(wholeRun(epoch, sampleDiamond()));
    await store.release(epoch);
    store.close();
    const database = await openDatabase(path, 'read');
    const row = database.get("SELECT rootpage FROM sqlite_schema WHERE name = 'tasks'");
    database.close();
    const file = openSync(path, 'r+');
    const page = Buffer.alloc(4096, 0xab);
    writeSync(file, page, 0, page.length, (Number(row?.['rootpage']) - 1) * page.length);
    const opened = await openStore(path);
    await expect(opened.run('SHOP-1')).rejects.toMatchObject({ code: 'store-corrupt', path });
    opened.close();
    writeSync(file, page, 0, page.length, 0);
    closeSync(file);
    await expect(openStore(path)).rejects.toMatchObject({ code: 'store-corrupt' });
  });

  it('refuses rows that no state allows', async () => {
    const store = await openStore(path);
    const epoch = await takeOver(store);
    await store.write(wholeRun(epoch, sampleDiamond()));
    store.close();
    const database = await openDatabase(path, 'write');
    const impossible: readonly (readonly [constraint: string, sql: string])[] = [
      ['run_state_known', "runs SET state = 'odd'"],
      ['run_finished_when_over', 'runs SET finished_at = 1'],
      ['run_finished_when_over', "runs SET state = 'canceled'"],
      ['run_outcome_when_completed', "runs SET outcome = 'full'"],
      ['run_outcome_when_completed', "runs SET state = 'completed', finished_at = 1"],
      ['run_failure_when_failed', "runs SET state = 'failed', finished_at = 1"],
      ['run_failure_when_failed', 'runs SET retry_at = 1'],
      ['run_pause_whole', "runs SET paused_by = 'person'"],
      ['run_log_end', 'runs SET event_count = 3'],
      ['plan_state_known', "plans VALUES ('SHOP-1', 1, 'odd', '', 0, '', '')"],
      ['ask_answer_when_answered', "asks SET state = 'answered', closed_at = 1"],
      ['ask_closed_unless_open', "asks SET state = 'withdrawn'"],
      ['task_state_known', "tasks SET state = 'odd' WHERE number = 4"],
      ['task_phase_when_running', "tasks SET state = 'running' WHERE number = 4"],
      ['task_phase_when_running', "tasks SET phase = 'work' WHERE number = 4"],
      ['task_publication_when_integrating', "tasks SET publication = '{}' WHERE number = 2"],
      ['task_not_before_when_ready', "tasks SET state = 'ready' WHERE number = 4"],
      ['task_ask_when_waiting', "tasks SET state = 'waiting' WHERE number = 4"],
      ['task_ask_when_waiting', "tasks SET ask = 'SHOP-1?1' WHERE number = 4"],
      ['task_result_when_completed', "tasks SET commit_id = 'c' WHERE number = 4"],
      ['task_failure_when_failed', "tasks SET state = 'failed' WHERE number = 4"],
      ['task_failure_when_failed', 'tasks SET aborts = NULL WHERE number = 5'],
      ['task_because_when_skipped_or_canceled', "tasks SET state = 'skipped' WHERE number = 4"],
      ['task_because_when_skipped_or_canceled', "tasks SET because_text = '' WHERE number = 4"],
      ['attempt_state_known', "attempts SET state = 'odd' WHERE task = 'SHOP-1.2'"],
      ['attempt_process_while_alive', "attempts SET pid = 1 WHERE task = 'SHOP-1.2'"],
      [
        'attempt_process_while_alive',
        "attempts SET pid = 1, start_time = '', boot_id = '' WHERE task = 'SHOP-1.1'",
      ],
      [
        'attempt_outcome_when_stopping_or_ended',
        "attempts SET state = 'stopping' WHERE task = 'SHOP-1.2'",
      ],
      ['attempt_failure_when_failed', "attempts SET outcome = 'failed' WHERE task = 'SHOP-1.1'"],
      ['attempt_cause_when_canceled', "attempts SET canceled_for = 'x' WHERE task = 'SHOP-1.1'"],
      ['attempt_work_once_handed_in', "attempts SET report = '{}' WHERE task = 'SHOP-1.2'"],
      ['attempt_work_once_handed_in', "attempts SET state = 'handed_in' WHERE task = 'SHOP-1.2'"],
      ['attempt_finished_when_ended', "attempts SET finished_at = 1 WHERE task = 'SHOP-1.2'"],
      ['event_hash_whole', "events VALUES ('SHOP-1', 1, 1, '', 'short', '{}')"],
      ['coordinator_is_one', 'coordinator (id, epoch, beat) VALUES (2, 0, 0)'],
      ['coordinator_holder_whole', 'coordinator SET pid = NULL'],
      ['inbox_json', "inbox (at, type, command) VALUES (1, 'drive', 'no')"],
    ];
    for (const [constraint, rest] of impossible) {
      const sql = rest.includes(' SET ') ? `UPDATE ${rest}` : `INSERT INTO ${rest}`;
      expect(() => database.run(sql), rest).toThrow(constraint);
    }
    database.close();
  });

  it('sums up tasks and attempts from indices alone', async () => {
    (await openStore(path)).close();
    const database = await openDatabase(path, 'read');
    for (const sql of [
      'SELECT run, state, count(*) FROM tasks GROUP BY run, state',
      'SELECT run, sum(cost_usd), sum(tokens_input) FROM attempts GROUP BY run',
    ]) {
      const plan = JSON.stringify(database.all(`EXPLAIN QUERY PLAN ${sql}`));
      expect(plan).toContain('USING COVERING INDEX');
    }
    database.close();
  });
});
