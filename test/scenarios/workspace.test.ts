import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { cleanUp } from '../../src/app/cleanup.ts';
import { PLAIN } from '../../src/util/style.ts';
import { found } from '../sandbox.ts';
import { makeRig, value } from './rig.ts';

function shell(id: string, line: string, more: object = {}): object {
  return { id, title: `Do ${id}`, runtime: 'command', command: ['sh', '-c', line], ...more };
}

test('attempts and checks at work at the same time have ports of their own', async () => {
  const rig = makeRig({ config: { orchestration: { max_parallel: 3 } } });
  // Each waits until all three are there, so that they are alive at once.
  const meet = `echo $TUTTI_PORT > "$0/$TUTTI_PLAN_ID"; until [ $(ls "$0" | wc -l) = 3 ]; do sleep 0.1; done; echo $TUTTI_PORT > $TUTTI_PLAN_ID.txt`;
  const place = `${rig.dir}/../meet`;
  rig.write('../meet/.keep', '');
  const task = (id: string): object => ({
    ...shell(id, meet),
    command: ['sh', '-c', meet, place],
    checks: [`test "$TUTTI_PORT" -ge 1024`],
  });
  const run = await rig.run(['a', 'b', 'c'].map((id) => task(id)));
  expect(run.status.state).toBe('completed');
  const ports = ['a', 'b', 'c'].map((id) => Number(rig.onBranch(run, `${id}.txt`)));
  const apart = ports.toSorted((a, b) => a - b);
  expect((apart[1] ?? 0) - (apart[0] ?? 0)).toBeGreaterThanOrEqual(10);
  expect((apart[2] ?? 0) - (apart[1] ?? 0)).toBeGreaterThanOrEqual(10);
});

test('in a linked work tree the agent works, tutti commits, and the repository stays as it was', async () => {
  const work = 'git status --porcelain --branch > seen.txt; git log --format=%s >> seen.txt';
  const commit = '(git commit -qam x || git branch x || git config a.b c) 2> refused.txt';
  const rig = makeRig({
    config: { workspace: { mode: 'worktree' } },
    script: { tasks: { a: [{ run: `${work}; true` }, { run: `${commit}; true` }] } },
  });
  const before = rig.git('config', '--list', '--local');
  const run = await rig.run([{ id: 'a', title: 'Do a' }]);
  expect(run.status.state).toBe('completed');
  expect(rig.onBranch(run, 'seen.txt')).toBe('## HEAD (no branch)\n?? seen.txt\nStart');
  // Without a sandbox it could.
  if (found.works) expect(rig.onBranch(run, 'refused.txt')).toContain('Read-only file system');
  expect(rig.git('worktree', 'list', '--porcelain')).not.toContain('detached');
  expect(rig.git('status', '--porcelain', '--untracked-files=no')).toBe('');
  expect(rig.git('config', '--list', '--local')).toBe(before);
  expect(rig.git('log', '--format=%an: %s', '-1', run.branch)).toContain('Do a');
});

test('set-up runs once for a run, and cleanup offers what it made when the lock file is another', async () => {
  const install = 'mkdir -p node_modules && cat package-lock.json > node_modules/x && echo >> "$0"';
  const place = mkdtempSync(join(tmpdir(), 'tutti-ran-'));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  const rig = makeRig({
    files: { 'package-lock.json': '1\n', '.gitignore': 'node_modules\n.tutti\n' },
    config: {
      workspace: { setup: [`sh -c '${install}' ${place}/ran`], warm: ['node_modules'] },
      sandbox: { write: [place] },
      checks: [{ name: 'installed', run: 'test -f node_modules/x', timeout: 60 }],
    },
  });
  const tasks = ['a', 'b', 'c'].map((id, at, all) =>
    shell(id, `cat node_modules/x > ${id}.txt`, { depends_on: all.slice(0, at) }),
  );
  const run = await rig.run(tasks);
  expect([run.status.state, rig.onBranch(run, 'c.txt')]).toEqual(['completed', '1']);
  expect(readFileSync(join(place, 'ran'), 'utf8')).toBe('\n');
  const offered = async (): Promise<string> => {
    const wish = { dryRun: true, confirm: async () => true, say: () => {} };
    const { shown } = value(await cleanUp(rig.app, wish));
    return shown.text({ style: PLAIN, width: 80 });
  };
  expect(await offered()).not.toContain('made ahead');
  rig.write('package-lock.json', '2\n');
  rig.git('commit', '-qam', 'Update');
  expect(await offered()).toMatch(/made ahead .*warm.*: set-up would come out otherwise now/u);
});
