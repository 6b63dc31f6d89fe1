// What the coordinator sees ahead while agents are at work: others are told of it, and the scheduler
// goes by it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { showKey } from '../../src/app/show.ts';
import { showStatus } from '../../src/app/status.ts';
import { PLAIN } from '../../src/util/style.ts';
import { makeRig, taskOf, value } from './rig.ts';

const VIEW = { width: 120, style: PLAIN };
const NO_PARTS = { stages: false, attempts: false, evidence: false, diff: false };

const until = (what: string): object => ({ run: `until ${what}; do sleep 0.05; done` });
const edit = (by: string): object => ({
  edit: { path: 'shared.js', find: 'two', replace: `two by ${by}` },
});

it('starts what meets nobody first, and shows what would conflict while it is under way', async () => {
  // What was seen lies beside the project: an agent waits until there is something.
  const rig = makeRig({
    files: { 'shared.js': 'one\ntwo\nthree\n' },
    config: { orchestration: { max_parallel: 3 } },
    script: {},
  });
  const seen = join(rig.dir, '.tutti/runs/SHOP-1/conflicts.json');
  const go = join(rig.dir, '../go');
  const free = join(rig.dir, '../free');
  const ahead = until(`grep -q '"kind": "change"' ${seen} 2>/dev/null`);
  rig.write(
    '../script.json',
    JSON.stringify({
      tasks: {
        // Neither has said that it would write there.
        left: { attempts: [[edit('left'), { wait: { file: go } }, { wait: { file: free } }], []] },
        right: {
          attempts: [[edit('right'), { wait: { file: go } }, { wait: { file: free } }], []],
        },
        short: [ahead, { write: { path: 'short', content: 'short' } }],
        meets: [{ write: { path: 'shared.js', content: 'one\ntwo\nthree\nfour\n' } }],
        free: [{ write: { path: 'free', content: 'free' } }, { run: `touch ${free}` }],
      },
    }),
  );
  const running = rig.run([
    { id: 'left', title: 'Left', files: ['left/**'] },
    { id: 'right', title: 'Right', files: ['right/**'] },
    { id: 'short', title: 'Short', files: ['short'] },
    { id: 'meets', title: 'Meets', files: ['shared.js'], priority: 'high', depends_on: ['short'] },
    { id: 'free', title: 'Free', files: ['free'], priority: 'low', depends_on: ['short'] },
  ]);
  const words = '! SHOP-1.1 and SHOP-1.2 would conflict in shared.js';
  const statusText = async (): Promise<string> => value(await showStatus(rig.app)).text(VIEW);
  await expect.poll(statusText, { timeout: 30_000 }).toContain(words);
  const status = value(await showStatus(rig.app)).json;
  const page = await showKey(rig.app, 'SHOP-1', NO_PARTS);
  writeFileSync(go, '');
  const run = await running;
  expect(status).toMatchObject({
    conflicts: [{ a: 'SHOP-1.1#1', b: 'SHOP-1.2#1', files: ['shared.js'], kind: 'change' }],
  });
  expect(value(page).text(VIEW)).toContain('would conflict');
  // It has the lower priority, but it meets nobody.
  const startOf = (id: string): number => taskOf(run, id).attempts[0]?.startedAt ?? 0;
  expect(startOf('free')).toBeLessThan(startOf('meets'));
  expect(value(await showStatus(rig.app)).json).toMatchObject({ conflicts: [] });
});
