// Ten gigabytes of output go through the supervisor and leave it as it was.

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { systemClock } from '../../src/adapters/clock/system.ts';
import { createSupervisor } from '../../src/adapters/process/supervisor.ts';

const FLOOD_BYTES = Number(process.env['FLOOD_BYTES'] ?? 10_000_000_000);
const LOG_BYTES = 67_108_864;

test('memory and log stay what they are under a flood', { timeout: 1_800_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tutti-flood-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const logPath = join(dir, 'output.log');
  const one = createSupervisor(systemClock).start({
    argv: ['sh', '-c', `yes 0123456789abcdef | head -c ${FLOOD_BYTES}`],
    cwd: dir,
    env: { PATH: process.env['PATH'] ?? '' },
    mark: `flood-${process.pid}`,
    stdin: null,
    logPath,
    logLimitBytes: LOG_BYTES,
    timeoutMs: 1_800_000,
    idleTimeoutMs: 60_000,
    limits: { memoryBytes: 2 ** 30, processes: 100, diskBytes: 2 ** 30, folders: [dir] },
    mayStart: () => Promise.resolve(true),
  });
  let bytes = 0;
  let before: number | null = null;
  let most = 0;
  for await (const chunk of one.stdout) {
    bytes += chunk.length;
    // The first hundred megabytes fill what is filled once: buffers, the heap's own rooms.
    if (bytes > 100_000_000) before ??= process.memoryUsage.rss();
    most = Math.max(most, process.memoryUsage.rss() - (before ?? Number.MAX_SAFE_INTEGER));
  }
  expect(await one.ended).toEqual({ kind: 'exited', code: 0, signal: null });
  expect(bytes).toBe(FLOOD_BYTES);
  expect(statSync(logPath).size).toBeLessThan(LOG_BYTES + 1_000);
  expect(most).toBeLessThan(100_000_000);
});
