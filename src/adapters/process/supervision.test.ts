import { expect, it } from 'vitest';

import type { Clock } from '../../ports/clock.ts';
import { Keepers } from './keeper.ts';
import { LimitWatch } from './limit-watch.ts';
import { Supervision } from './supervision.ts';
import { Sweeper } from './sweeper.ts';
import { systemTable } from './system-table.ts';
import { createWatchdog } from './watchdog.ts';

/** No time passes: nothing here waits for it. */
const CLOCK: Clock = { now: () => 0, monotonic: () => 0, after: () => () => {} };

it('carries a process to its end although nothing can be opened when it starts', async () => {
  const real = systemTable();
  let refused = 0;
  const once = <T>(at: number, look: () => T): T => {
    if (refused !== at) return look();
    refused += 1;
    throw Object.assign(new Error('EMFILE: too many open files, open'), { code: 'EMFILE' });
  };
  const table = {
    ...real,
    pulse: () => once(0, () => real.pulse()),
    find: (pid: number) => once(1, () => real.find(pid)),
  };
  const supervised = new Supervision(
    {
      argv: ['sh', '-c', 'echo done'],
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '' },
      mark: `starts-${process.pid}`,
      stdin: null,
      logPath: null,
      logLimitBytes: 0,
      timeoutMs: 60_000,
      idleTimeoutMs: null,
      mayStart: () => Promise.resolve(true),
    },
    {
      clock: CLOCK,
      table,
      sweeper: new Sweeper(real),
      watchdog: createWatchdog(),
      keepers: new Keepers(),
      limits: new LimitWatch(CLOCK, real),
      cgroups: null,
      sandbox: {
        confine: () => {
          throw new Error('there is none');
        },
      },
      grace: { interruptMs: 1_000, terminateMs: 1_000 },
      redacted: null,
    },
  );
  let text = '';
  for await (const chunk of supervised.stdout) text += Buffer.from(chunk).toString('utf8');
  expect(text).toBe('done\n');
  expect(await supervised.ended).toMatchObject({ kind: 'exited', code: 0 });
  expect(refused).toBe(2);
});
