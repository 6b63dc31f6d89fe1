// Twenty of the hostile agents, in the sandbox, and those that only try to stay without one. All of
// them are let loose by the long tests.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { found, skipped } from '../sandbox.ts';
import {
  CANARY,
  hostileAgents,
  leaks,
  leftOutside,
  onlyStaying,
  plant,
  startVictim,
  survivors,
} from './agents.ts';
import type { HostileAgent } from './agents.ts';
import { letLoose } from './let-loose.ts';

/** What is left is looked for in `/proc`. */
const LINUX = existsSync('/proc/self');

it.skipIf(!LINUX)('what an agent leaves, and what it has read, is found', async () => {
  const home = mkdtempSync(join(tmpdir(), 'tutti-hostile-'));
  const token = `${process.pid}${Date.now()}`;
  const victim = startVictim(token);
  onTestFinished(() => {
    victim.kill('SIGKILL');
    rmSync(home, { recursive: true });
  });
  plant(home);
  mkdirSync(join(home, 'shop', 'deep'));
  expect([survivors(token), leftOutside(home), leaks(home)]).toEqual([[], [], []]);
  const agents = hostileAgents({ home, token, victim: victim.pid ?? 0 });
  expect(new Set(agents.map(({ id }) => id)).size).toBeGreaterThanOrEqual(200);
  const left = spawn('sleep', [`3600.${token}`], { stdio: 'ignore' });
  onTestFinished(() => void left.kill('SIGKILL'));
  await once(left, 'spawn');
  writeFileSync(join(home, 'shop', 'deep', `${CANARY}-1`), 'x');
  copyFileSync(join(home, '.ssh', 'id_rsa'), join(home, 'shop', 'loot'));
  expect(survivors(token)).toEqual([expect.stringContaining(token)]);
  expect(leftOutside(home)).toEqual([join(home, 'shop', 'deep', `${CANARY}-1`)]);
  expect(leaks(home)).toEqual([join(home, 'shop', 'loot')]);
});

it.skipIf(!found.works || !LINUX)(
  `twenty hostile agents leave nothing, harm nothing and learn nothing${skipped}`,
  { timeout: 240_000 },
  async () => {
    // The first round has every deed, each in another disguise.
    const count = await letLoose({ sandbox: 'on', choose: (agents) => agents.slice(2, 22) });
    expect(count).toBe(20);
  },
);

it.skipIf(!LINUX)(
  'agents that keep the marker leave nothing without a sandbox',
  { timeout: 240_000 },
  async () => {
    expect(await letLoose({ sandbox: 'off', choose: firstStaying })).toBe(10);
  },
);

function firstStaying(agents: readonly HostileAgent[]): readonly HostileAgent[] {
  return onlyStaying(agents).slice(0, 10);
}
