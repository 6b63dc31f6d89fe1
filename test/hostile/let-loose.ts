// Lets hostile agents loose in a real run, and tells what came of it.

import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';

import { expect, onTestFinished } from 'vitest';

import { FAILURE_REASONS } from '../../src/model/failure.ts';
import type { Run } from '../../src/model/run.ts';
import { makeRig } from '../scenarios/rig.ts';
import {
  hostileAgents,
  leaks,
  leftOutside,
  plant,
  SECRET,
  startVictim,
  survivors,
} from './agents.ts';
import type { HostileAgent } from './agents.ts';

/** Which agents, and where. */
export interface Company {
  readonly sandbox: 'on' | 'off';
  readonly choose: (agents: readonly HostileAgent[]) => readonly HostileAgent[];
}

const LIMITS = { memory_mb: 512, processes: 80, disk_mb: 48 };

/**
 * Runs hostile agents, a few at a time, and expects that nothing of them is left.
 *
 * @param company - Who they are.
 * @returns How many there were.
 */
export async function letLoose({ sandbox, choose }: Company): Promise<number> {
  const token = `${process.pid}${Math.floor(Math.random() * 1e9)}`;
  const victim = startVictim(token);
  onTestFinished(() => void victim.kill('SIGKILL'));
  const rig = makeRig({
    config: {
      checks: [],
      sandbox: { mode: sandbox, write: [] },
      limits: LIMITS,
      orchestration: { max_attempts: 1, max_tasks: 1000, max_same_failures: 1000 },
    },
  });
  const home = dirname(rig.dir);
  plant(home);
  const scene = { home, token, victim: victim.pid ?? 0 };
  const agents = choose(hostileAgents(scene, sandbox === 'off'));
  const run = await rig.run(
    agents.map(({ id, script }, at) => ({
      id: `a${at}`,
      title: id,
      runtime: 'command',
      command: ['sh', '-c', script],
      timeout: 8,
      idle_timeout: 4,
      on_failure: 'skip',
    })),
  );
  expectEnded(run, agents.length);
  expect(survivors(token)).toEqual([]);
  expect(victim.exitCode ?? victim.signalCode).toBeNull();
  if (sandbox === 'on') {
    expect(leftOutside(home)).toEqual([]);
    expect(leaks(home)).toEqual([]);
    for (const ref of rig.git('for-each-ref', '--format=%(refname)').split('\n')) {
      expect(() => rig.git('grep', '-q', SECRET, ref, '--')).toThrow(
        expect.objectContaining({ status: 1, stderr: '' }),
      );
    }
  }
  victim.kill('SIGKILL');
  await once(victim, 'exit');
  expect(readdirSync(home)).toContain('shop');
  return agents.length;
}

/** Each of them came to an end that has a name. */
function expectEnded(run: Run, count: number): void {
  expect(run.tasks.length).toBe(count);
  for (const { key, attempts } of run.tasks) {
    const status = attempts.at(-1)?.status;
    expect(status?.state, key).toBe('ended');
    if (status?.state !== 'ended' || status.outcome.kind !== 'failed') continue;
    expect(FAILURE_REASONS).toContain(status.outcome.failure.reason);
    expect(status.outcome.failure.reason, status.outcome.failure.message).not.toBe('internal');
  }
}
