import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { cleanUp } from '../../src/app/cleanup.ts';
import { PLAIN } from '../../src/util/style.ts';
import { makeRig, value } from './rig.ts';

const LATER = 40 * 86_400_000;

function shell(id: string, line: string, more: object = {}): object {
  return { id, title: `Do ${id}`, runtime: 'command', command: ['sh', '-c', line], ...more };
}

/** One thing that cleanup removes, with about its size. */
function sized(kind: string, name: string, least: number): unknown {
  const isAbout = (bytes: number): boolean => bytes > least && bytes < least + 1_000_000;
  return expect.objectContaining({ kind, name, bytes: expect.toSatisfy(isAbout) });
}

test('cleanup removes what is past its date, asks before, and leaves unfinished runs alone', async () => {
  const rig = makeRig({ config: { retention: { runs_days: 30 } } });
  await rig.run([shell('a', 'echo a > a.txt')]);
  await rig.run([shell('b', 'echo b > b.txt'), shell('c', 'exit 1', { on_failure: 'ask' })]);
  const kept = (): string[] =>
    rig.git('for-each-ref', '--format=%(refname)', 'refs/tutti/kept/').split('\n');
  const before = kept();
  expect(before.length).toBeGreaterThan(1);
  const clock = { ...rig.app.clock, now: () => rig.app.clock.now() + LATER };
  const clean = async (app: typeof rig.app, dryRun: boolean, answer: boolean | 'nobody') =>
    value(await cleanUp(app, { dryRun, confirm: async () => answer, say: () => {} }));
  const plain = { style: PLAIN, width: 80 };

  const now = await clean(rig.app, true, 'nobody');
  expect(now.shown.text(plain)).not.toContain('SHOP-1');
  const later = { ...rig.app, clock };
  const dry = await clean(later, true, 'nobody');
  expect([dry.exit, dry.shown.text(plain)]).toEqual([0, expect.stringContaining('SHOP-1.1#1')]);
  expect(dry.shown.text(plain)).not.toContain('SHOP-2');
  expect((await clean(later, false, 'nobody')).exit).toBe(3);
  expect((await clean(later, false, false)).exit).toBe(0);
  expect(kept()).toEqual(before);
  expect(existsSync(join(rig.dir, '.tutti/runs/SHOP-1'))).toBe(true);

  expect((await clean(later, false, true)).exit).toBe(0);
  expect(kept()).toEqual(before.filter((name) => name.includes('SHOP-2')));
  expect(readdirSync(join(rig.dir, '.tutti/runs'))).not.toContain('SHOP-1');
  expect(readdirSync(join(rig.dir, '.tutti/runs'))).toContain('SHOP-2');
});

test('what an agent remembers lasts from its first attempt to the last one', async () => {
  const unlessFixed = [{ run: 'echo {session}:{turn} >> seen.txt' }, { say: 'tried' }];
  const rig = makeRig({ script: { tasks: { a: unlessFixed, b: [{ fail: { message: 'no' } }] } } });
  const homes = (): string[] =>
    readdirSync(join(rig.dir, '../state/tutti'))
      .map((project) => join(rig.dir, '../state/tutti', project, 'homes'))
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder));
  // The check fails once: the second attempt goes on in the same session.
  const a = { id: 'a', title: 'Do a', checks: ['test $(wc -l < seen.txt) = 2'] };
  const done = await rig.run([a]);
  expect(rig.onBranch(done, 'seen.txt')).toMatch(/^(?<session>[^:]+):1\n\k<session>:2$/u);
  expect(homes()).toEqual([]);
  await rig.run([{ id: 'b', title: 'Do b', max_attempts: 1, on_failure: 'abort' }]);
  expect(homes()).toEqual(['SHOP-2.1']);
  value(await cleanUp(rig.app, { dryRun: false, confirm: async () => true, say: () => {} }));
  expect(homes()).toEqual([]);
});

test('what is kept beside git goes after its date too, whole work trees as well, with its size', async () => {
  const rig = makeRig();
  const nested = `git init -q n; head -c 3000000 /dev/urandom > big.bin`;
  const commit = 'cd n; echo n > n; git add .; git -c user.name=a -c user.email=a@b commit -qm n';
  await rig.run([shell('a', 'head -c 2000000 /dev/urandom > a.bin; exit 1', { max_attempts: 1 })]);
  await rig.run([shell('b', `${nested}; ${commit}`, { max_attempts: 2 })]);
  const state = join(rig.dir, '../state/tutti');
  const left = (): string[] =>
    readdirSync(state).flatMap((project) => {
      const folder = join(state, project, 'left');
      return existsSync(folder) ? readdirSync(folder) : [];
    });
  expect(left()).toHaveLength(1);
  const clock = { ...rig.app.clock, now: () => rig.app.clock.now() + LATER };
  const cleaned = value(
    await cleanUp(
      { ...rig.app, clock },
      { dryRun: false, confirm: async () => true, say: () => {} },
    ),
  );
  expect(cleaned.exit).toBe(0);
  expect(cleaned.shown.json).toMatchObject({
    cleanup: {
      items: expect.arrayContaining([
        sized('kept_work', 'SHOP-1.1#1', 2_000_000),
        sized('kept_files', 'SHOP-2.1#1', 3_000_000),
        sized('workspace', 'SHOP-2.1', 3_000_000),
      ]),
      problems: [],
    },
  });
  expect(left()).toEqual([]);
});
