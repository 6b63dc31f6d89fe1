import type { ProcessIdentity } from '../../model/attempt.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ProcessSupervisor } from '../../ports/process.ts';
import { Keepers } from './keeper.ts';
import { isAliveIn } from './process-table.ts';
import { Supervision, type Grace } from './supervision.ts';
import { Sweeper } from './sweeper.ts';
import { systemTable } from './system-table.ts';
import { createWatchdog } from './watchdog.ts';

const GRACE: Grace = { interruptMs: 3_000, terminateMs: 1_000 };

/**
 * Makes the supervisor of this machine's processes.
 *
 * @param clock What time limits and graces go by.
 * @param grace How long a process has for leaving in peace.
 * @returns The supervisor.
 */
export function createSupervisor(clock: Clock, grace: Grace = GRACE): ProcessSupervisor {
  const table = systemTable();
  const sweeper = new Sweeper(table);
  const keepers = new Keepers();
  const tools = { clock, table, sweeper, watchdog: createWatchdog(), keepers, grace };
  let self: ProcessIdentity | null = null;
  return {
    start: (spec) => new Supervision(spec, tools),
    sweep: async (marks) => {
      const trees = marks.map((mark) => ({ mark, leader: null, seen: new Map<number, string>() }));
      const counts = await Promise.all(trees.map((tree) => sweeper.gone(tree)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    isAlive: (identity) => isAliveIn(table, identity),
    self: () => {
      self ??= {
        pid: process.pid,
        startTime: table.find(process.pid)?.startTime ?? '0',
        bootId: table.bootId,
      };
      return self;
    },
  };
}
