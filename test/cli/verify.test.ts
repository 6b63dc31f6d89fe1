// `tutti verify` finds what somebody has done to store and repository behind its back.

import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { Remarks } from '../../src/app/verify-git.ts';
import { verify } from '../../src/app/verify.ts';
import { compose } from '../../src/compose.ts';
import { command, plan, project } from './tutti.ts';
import type { Project } from './tutti.ts';

/** A finished run and, where wanted, one that waits for an answer with one result on its branch. */
async function twoRuns(): Promise<Project> {
  const at = project({ config: { checks: [{ name: 'tests', run: 'test -f README.md' }] } });
  at.write('one.yaml', plan(command('a', 'echo a > a.txt')));
  at.write(
    'two.yaml',
    plan(
      command('b', 'echo b > b.txt'),
      command('c', 'exit 1', { depends_on: ['b'], on_failure: 'ask', max_attempts: 1 }),
    ),
  );
  expect((await at.tutti(['run', '--plan', 'one.yaml', '--yes'])).code).toBe(0);
  expect((await at.tutti(['run', '--plan', 'two.yaml', '--yes'])).code).toBe(3);
  return at;
}

/** In a process of its own: what a connection holds goes with it, whenever that is. */
const TAMPER = `
const Libsql = require('libsql');
const [path, ...statements] = process.argv.slice(1);
const database = new Libsql(path);
database.exec('PRAGMA foreign_keys = OFF');
for (const sql of statements) {
  if (database.prepare(sql).run().changes === 0) throw new Error('nothing changed: ' + sql);
}
database.close();
`;

function tamper(at: Project, ...statements: readonly string[]): void {
  const path = join(at.dir, '.git/tutti/tutti.db');
  execFileSync(process.execPath, ['-e', TAMPER, path, ...statements], { stdio: 'pipe' });
}

/** Everything that is wrong, and what is only mentioned, each as one text; and the exit code. */
async function verified(
  at: Project,
  key: string | null = null,
): Promise<{ code: number; said: string; noted: string }> {
  const composed = compose({ dir: at.dir, environment: at.env, flags: {} });
  if (!composed.ok) throw new Error(composed.problem.message);
  try {
    const result = await verify(composed.value, key);
    if (!result.ok) throw new Error(result.problem.message);
    const { sound, store, runs } = result.value;
    const lines = (name: keyof Remarks): string =>
      [store, ...runs].flatMap((one) => one[name]).join('\n');
    return { code: sound ? 0 : 1, said: lines('damage'), noted: lines('notes') };
  } finally {
    composed.value.close();
  }
}

const SOUND = { code: 0, said: '', noted: '' };
const headOfTwo = 'refs/tutti/runs/SHOP-2/head';

function objectPath(at: Project, id: string): string {
  return join(at.dir, '.git/objects', id.slice(0, 2), id.slice(2));
}

describe('the store', () => {
  it('is sound as it is, and says which row, event or verdict was touched, and where the log breaks', async () => {
    const at = await twoRuns();
    expect(await verified(at)).toEqual(SOUND);

    tamper(at, "UPDATE tasks SET proof = 'unproven' WHERE key = 'SHOP-1.1'");
    const edited = await verified(at);
    expect(edited.code).toBe(1);
    expect(edited.said).toBe('task SHOP-1.1, proof: the row says "unproven", the log "proven"');
    expect((await verified(at, 'SHOP-2')).code).toBe(0);
    tamper(at, "UPDATE tasks SET proof = 'proven' WHERE key = 'SHOP-1.1'");

    tamper(at, "UPDATE attempts SET cost_usd = 0.5 WHERE key = 'SHOP-2.1#1'");
    expect((await verified(at)).said).toContain(
      'attempt SHOP-2.1#1, cost_usd: the row says 0.5, the log 0',
    );
    tamper(at, "UPDATE attempts SET cost_usd = 0 WHERE key = 'SHOP-2.1#1'");

    tamper(at, 'UPDATE verdicts SET ok = 0 WHERE id = 1');
    expect((await verified(at)).said).toMatch(
      /verdict 1 of event \d+, ok: the row says 0, the log 1/u,
    );
    tamper(at, 'DELETE FROM verdicts WHERE id = 1');
    expect((await verified(at)).said).toContain('its row is missing');

    tamper(
      at,
      "UPDATE events SET event = replace(event, 'general-purpose', 'somebody') WHERE type = 'attempt-leased' AND run = 'SHOP-1'",
    );
    expect(await verified(at, 'SHOP-1')).toMatchObject({
      code: 1,
      said: expect.stringMatching(/event \d+ \(attempt-leased\) was changed/u),
    });

    tamper(
      at,
      "DELETE FROM events WHERE run = 'SHOP-2' AND seq = (SELECT max(seq) FROM events WHERE run = 'SHOP-2')",
    );
    expect((await verified(at, 'SHOP-2')).said).toMatch(
      /the log ends at event \d+, \d+ were written/u,
    );
    tamper(at, "DELETE FROM events WHERE run = 'SHOP-2' AND seq = 3");
    expect((await verified(at, 'SHOP-2')).said).toContain(
      'event 3 is missing: the log goes on with 4',
    );
    tamper(at, "UPDATE events SET event = 'no JSON' WHERE run = 'SHOP-2' AND seq = 2");
    expect((await verified(at, 'SHOP-2')).said).toContain('the log cannot be read');
    tamper(at, "UPDATE events SET event = '{}' WHERE run = 'SHOP-2' AND seq = 2");
    expect((await verified(at, 'SHOP-2')).code).toBe(1);

    // A run whose rows are gone.
    tamper(at, "DELETE FROM runs WHERE key = 'SHOP-2'");
    const orphans = await verified(at);
    expect(orphans.code).toBe(1);
    expect(orphans.said).toContain('SHOP-2 has a head in git, but is missing in the store');
    expect(orphans.said).toMatch(/\d+ of the events name runs that are not there/u);
    const told = await at.tutti(['verify']);
    expect(told.code).toBe(1);
    expect(told.stdout).toContain('Damage in ');

    rmSync(join(at.dir, '.git/tutti/tutti.db-wal'), { force: true });
    at.write(
      '.git/tutti/tutti.db',
      'this is no database, but it is long enough to be looked at. '.repeat(99),
    );
    const broken = await at.json(['verify']);
    expect([broken.code, broken.document['error']?.['code']]).toEqual([1, 'store-corrupt']);
  });
});

describe('git', () => {
  it('must have the commits, and head and branch of an unfinished run where the store says', async () => {
    const at = await twoRuns();
    const head = at.git('rev-parse', headOfTwo);
    const branch = at.git('for-each-ref', '--format=%(refname)', 'refs/heads/SHOP-2');
    at.git('update-ref', '-d', headOfTwo);
    expect(await verified(at)).toMatchObject({
      code: 1,
      said: expect.stringContaining(`${headOfTwo} does not exist`),
    });
    at.git('update-ref', headOfTwo, 'main');
    expect((await verified(at)).said).toContain(`it should be at ${head.slice(0, 7)}`);
    at.git('update-ref', headOfTwo, head);

    at.git('update-ref', '-d', branch);
    expect((await verified(at)).said).toContain('does not exist');
    at.git('update-ref', branch, 'main');
    expect(await verified(at)).toMatchObject({
      code: 1,
      said: expect.stringContaining('the branch SHOP-2/'),
    });
    // A person's commits on it are theirs to make.
    const own = at.git('commit-tree', '-p', head, '-m', 'Mine', `${head}^{tree}`);
    at.git('update-ref', branch, own);
    expect(await verified(at)).toMatchObject({
      code: 0,
      noted: expect.stringContaining('commits of its own'),
    });

    // The branch of a finished run is the person's.
    const its = at.git('for-each-ref', '--format=%(refname)', 'refs/heads/SHOP-1');
    at.git('update-ref', its, 'main');
    expect(await verified(at)).toMatchObject({
      code: 0,
      noted: expect.stringContaining('SHOP-1/'),
    });
    at.git('update-ref', '-d', its);
    expect(await verified(at)).toMatchObject({
      code: 0,
      noted: expect.stringContaining('does not exist any more'),
    });

    rmSync(objectPath(at, at.git('rev-parse', 'refs/tutti/runs/SHOP-1/head')), { force: true });
    const { code, said } = await verified(at);
    expect(code).toBe(1);
    expect(said).toMatch(/the result of SHOP-1\.1, commit \w+, is not in the repository/u);
    expect(said).not.toContain('SHOP-2');
  });
});

describe('a store that was made anew', () => {
  it('goes on above the epoch that git was told', async () => {
    const at = await twoRuns();
    for (const name of ['tutti.db', 'tutti.db-wal', 'tutti.db-shm']) {
      rmSync(join(at.dir, '.git/tutti', name), { force: true });
    }
    at.write('three.yaml', plan(command('x', 'echo x > x.txt')));
    expect((await at.tutti(['run', '--plan', 'three.yaml', '--yes'])).code).toBe(0);
    expect(await verified(at)).toMatchObject({ code: 0, said: '' });
  });
});
