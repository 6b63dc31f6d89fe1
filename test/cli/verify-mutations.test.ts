// Whatever value of whatever row somebody edits behind tutti's back, `verify` names it: every column
// of every table is edited one after the other, in a run that is over and in one that waits.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { expect, it, onTestFinished } from 'vitest';

import { verify } from '../../src/app/verify.ts';
import { compose } from '../../src/compose.ts';
import { command, plan, project } from './tutti.ts';
import type { Project } from './tutti.ts';

/** What no log can tell, each for its reason. */
const UNTOLD: Readonly<Record<string, string>> = {
  'coordinator.id': 'a constraint: there is one row',
  'coordinator.epoch': 'numbers may be left out; one that is too low is found, see below',
  'coordinator.beat': 'only that it changes counts',
  'coordinator.pid': 'who holds the lease just now',
  'coordinator.start_time': 'who holds the lease just now',
  'coordinator.boot_id': 'who holds the lease just now',
  'coordinator.socket': 'who holds the lease just now',
  'inbox.id': 'letters, thrown away when they are answered; what came of them is in the log',
  'inbox.at': 'a letter',
  'inbox.type': 'a letter',
  'inbox.answer': 'a letter',
  'inbox.command': 'a letter',
  'verdicts.id': 'only gives a verdict its place',
};

/** Edits in a process of its own, with no constraint in the way: what a person with a tool can do. */
const EDITOR = `
const Libsql = require('libsql');
const database = new Libsql(process.argv[1]);
database.exec('PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON');
require('node:readline').createInterface(process.stdin).on('line', (line) => {
  const results = JSON.parse(line).map((sql) => {
    const statement = database.prepare(sql);
    return sql.startsWith('SELECT') ? statement.all() : statement.run().changes;
  });
  process.stdout.write(JSON.stringify(results) + String.fromCharCode(10));
});
`;

type Row = Readonly<Record<string, string | number | null>>;
type Sql = (...statements: readonly string[]) => Promise<readonly (readonly Row[])[]>;

function editor(at: Project): Sql {
  const path = join(at.dir, '.git/tutti/tutti.db');
  const child = spawn(process.execPath, ['-e', EDITOR, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return async (...statements) => {
    child.stdin.write(`${JSON.stringify(statements)}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`refused: ${statements.join('; ')}`);
    const results: readonly (readonly Row[])[] = JSON.parse(value);
    return results;
  };
}

function literal(value: Row[string] | undefined): string {
  if (value === null || value === undefined) return 'NULL';
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

/** Another value that the column takes: JSON stays JSON. */
function edited(value: Row[string] | undefined, type: string): Row[string] {
  if (typeof value === 'number') return value + 100;
  if (value === null || value === undefined) return type === 'TEXT' ? 'edited' : 7;
  return /^[[{]/u.test(value) ? '{"edited":true}' : `${value}x`;
}

interface Found {
  readonly said: readonly string[];
  readonly named: readonly string[];
}

async function damage(at: Project, key: string | null): Promise<Found> {
  const composed = compose({ dir: at.dir, environment: at.env, flags: {} });
  if (!composed.ok) throw new Error(composed.problem.message);
  try {
    const result = await verify(composed.value, key);
    if (!result.ok) throw new Error(result.problem.message);
    const { store, runs } = result.value;
    return {
      said: [store, ...runs].flatMap((one) => one.damage),
      named: runs.flatMap(({ differences }) =>
        differences.map(({ table, column }) => `${table}.${column ?? ''}`),
      ),
    };
  } finally {
    composed.value.close();
  }
}

/** One run that is over, with a skipped task and a retry, and one that waits for an answer. */
async function twoRuns(): Promise<Project> {
  const at = project({ config: { checks: [{ name: 'tests', run: 'test -f README.md' }] } });
  const once = 'test -f "$TUTTI_OUTBOX/../../no" || test "${TUTTI_ATTEMPT##*#}" -gt 1';
  at.write(
    'one.yaml',
    plan(
      command('a', `${once} || exit 1; echo a > a.txt`),
      command('b', 'exit 1', { on_failure: 'skip', max_attempts: 1 }),
      command('c', 'echo c > c.txt', { depends_on: ['b'] }),
    ),
  );
  at.write(
    'two.yaml',
    plan(
      command('d', 'echo d > d.txt'),
      command('e', 'exit 1', { depends_on: ['d'], on_failure: 'ask', max_attempts: 1 }),
    ),
  );
  expect((await at.tutti(['run', '--plan', 'one.yaml', '--yes'])).code).toBe(0);
  expect((await at.tutti(['run', '--plan', 'two.yaml', '--yes'])).code).toBe(3);
  return at;
}

it('names every column that was edited, in every table', { timeout: 240_000 }, async () => {
  const at = await twoRuns();
  const sql = editor(at);
  expect((await damage(at, null)).said).toEqual([]);
  const [tables = []] = await sql(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  );
  const missed: string[] = [];
  let tried = 0;
  for (const table of tables.map(({ name }) => String(name))) {
    const [columns = [], rows = []] = await sql(
      `SELECT name, type FROM pragma_table_info('${table}')`,
      `SELECT rowid AS rowid_, * FROM ${table}`,
    );
    for (const { name, type } of columns) {
      const column = `${table}.${String(name)}`;
      if (column in UNTOLD) continue;
      for (const run of ['SHOP-1', 'SHOP-2']) {
        const row = rows.findLast((one) => [one['run'], one['key']].includes(run));
        if (row === undefined) continue;
        const set = (value: Row[string] | undefined): string =>
          `UPDATE ${table} SET ${String(name)} = ${literal(value)} WHERE rowid = ${row['rowid_']}`;
        const value = row[String(name)];
        await sql(set(edited(value, String(type))));
        const { said, named } = await damage(at, null);
        const found =
          named.some((one) => one.split(/(?<=\w\.\w+)[.[]/u)[0] === column) ||
          // Keys, events and the end of the log are named in other words.
          (said.length > 0 &&
            /\.(key|run|seq|number|revision|task|at|hash|event|event_\w+)$/u.test(column));
        if (!found) missed.push(`${column} of ${run}: ${said.join(' | ')}`);
        await sql(set(value));
        tried += 1;
      }
    }
  }
  expect(missed).toEqual([]);
  expect(tried).toBeGreaterThan(180);
  expect((await damage(at, null)).said).toEqual([]);
  for (const column of Object.keys(UNTOLD)) {
    const [table, name] = column.split('.');
    const [known = []] = await sql(`SELECT name FROM pragma_table_info('${table}')`);
    expect(known.map((one) => one['name'])).toContain(name);
  }
});

it('names every kind of damage to the log', { timeout: 120_000 }, async () => {
  const at = await twoRuns();
  const sql = editor(at);
  const copy = 'CREATE TABLE copy AS SELECT * FROM events';
  const back = ['DELETE FROM events', 'INSERT INTO events SELECT * FROM copy'];
  await sql(copy);
  for (const run of ['SHOP-1', 'SHOP-2']) {
    const [[end] = []] = await sql(
      `SELECT event_count AS n, event_hash AS h FROM runs WHERE key = '${run}'`,
    );
    const last = Number(end?.['n']);
    const of = (seq: number): string => `run = '${run}' AND seq = ${seq}`;
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[`DELETE FROM events WHERE ${of(1)}`], /event 1 is missing/u],
      [[`DELETE FROM events WHERE run = '${run}' AND seq < 4`], /events 1 to 3 are missing/u],
      [[`DELETE FROM events WHERE ${of(5)}`], /event 5 is missing: the log goes on with 6/u],
      [[`DELETE FROM events WHERE ${of(last)}`], /the log ends at event \d+, \d+ were written/u],
      [[`DELETE FROM events WHERE run = '${run}'`], /the log ends at event 0, \d+ were written/u],
      [
        [
          `DELETE FROM events WHERE ${of(last)}`,
          `UPDATE runs SET event_count = ${last - 1}, event_hash =
             (SELECT hash FROM events WHERE ${of(last - 1)}) WHERE key = '${run}'`,
        ],
        /: the row says /u,
      ],
      [
        [
          `INSERT INTO events SELECT run, ${last + 1}, at, type, hash, event FROM events WHERE ${of(last)}`,
        ],
        /event \d+ \([\w-]+\) was changed, added or moved/u,
      ],
      [
        [
          `UPDATE events SET seq = 9999 WHERE ${of(7)}`,
          `UPDATE events SET seq = 7 WHERE ${of(8)}`,
          `UPDATE events SET seq = 8 WHERE ${of(9999)}`,
        ],
        /event 7 \([\w-]+\) was changed, added or moved/u,
      ],
      [
        [`UPDATE events SET at = at + 1 WHERE ${of(last)}`],
        /event \d+ \([\w-]+\) was changed, added or moved/u,
      ],
      [
        [`UPDATE events SET event = 'no JSON' WHERE ${of(4)}`],
        /the log cannot be read: event 4: /u,
      ],
      [
        [`UPDATE events SET event = replace(event, '{', '{ ') WHERE ${of(2)}`],
        /event 2 of SHOP-\d, event: the row says/u,
      ],
      [
        [`UPDATE runs SET event_hash = '${'0'.repeat(64)}' WHERE key = '${run}'`],
        /does not end with the hash/u,
      ],
    ];
    for (const [statements, words] of cases) {
      await sql(...statements);
      const { said } = await damage(at, run);
      expect([statements, said.join('\n')]).toEqual([statements, expect.stringMatching(words)]);
      await sql(
        ...back,
        `UPDATE runs SET event_count = ${last}, event_hash = ${literal(end?.['h'])} WHERE key = '${run}'`,
      );
    }
    expect((await damage(at, run)).said).toEqual([]);
  }
  // A store that was put back from an old copy: git was told a later epoch, attempts have later fences.
  await sql('UPDATE coordinator SET epoch = 0');
  const { said } = await damage(at, null);
  expect(said.join('\n')).toMatch(/git was told epoch \d+, the lease is at 0/u);
  expect(said.join('\n')).toMatch(/was leased in epoch \d+, the lease is at 0/u);
});
