// What killed processes leave in the folder for temporary files.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect, it, onTestFinished, vi } from 'vitest';

import { socketNudge } from '../../src/adapters/nudge/socket-nudge.ts';
import { openRelay } from '../../src/adapters/sandbox/relay.ts';

/** Listens, and dies without a chance to put anything away. */
const DIES = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;

it('finds the folders of the dead, be it to be nudged or to relay, and none of the living', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'left-'));
  vi.stubEnv('TMPDIR', dir);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(dir, { recursive: true, force: true });
  });
  const dead = (name: string): void => {
    mkdirSync(dirname(join(dir, name)));
    spawnSync(process.execPath, ['-e', DIES, join(dir, name)]);
  };
  dead('tutti-abcDE1/nudge');
  dead('tutti-relay-abcDE1/socket');
  dead('tutti-relay-abcDE2/nudge');
  dead('tutti-other-abcDE1/socket');
  const ear = await socketNudge.listen(() => {});
  const relay = openRelay([]);
  expect((await socketNudge.leftBehind()).toSorted()).toEqual([
    join(dir, 'tutti-abcDE1'),
    join(dir, 'tutti-relay-abcDE1'),
  ]);
  ear.close();
  relay.close();
});
