import type { ProcessIdentity } from '../../model/attempt.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ProcessSupervisor } from '../../ports/process.ts';
import type { Sandbox } from '../../ports/sandbox.ts';
import { Cgroups, findOwnCgroup, limitsForm } from './cgroups.ts';
import type { OwnCgroup } from './cgroups.ts';
import { Keepers } from './keeper.ts';
import { LimitWatch } from './limit-watch.ts';
import { isAliveIn } from './process-table.ts';
import { Supervision, type Grace, type Tools } from './supervision.ts';
import { Sweeper } from './sweeper.ts';
import { systemTable } from './system-table.ts';
import { createWatchdog } from './watchdog.ts';

const GRACE: Grace = { interruptMs: 3_000, terminateMs: 1_000 };

/** Of a supervisor that was given no sandbox: whatever is to be confined does not start. */
const NONE: Pick<Sandbox, 'confine'> = {
  confine: () => {
    throw new Error('there is none');
  },
};

/** What a supervisor may be made with. */
export interface SupervisorOptions {
  /** How long a process has for leaving in peace. */
  readonly grace?: Grace;
  /** The cgroup to divide; without it, the one that we are in, if it was delegated. */
  readonly cgroup?: OwnCgroup;
  /** Confines what is to be confined. */
  readonly sandbox?: Pick<Sandbox, 'confine'>;
  /** Makes what takes secrets out of a log; without it logs are kept as they come. */
  readonly redacted?: Tools['redacted'];
}

/**
 * Makes the supervisor of this machine's processes.
 *
 * @param clock What time limits and graces go by.
 * @param options What else it is made with.
 * @returns The supervisor.
 */
export function createSupervisor(
  clock: Clock,
  { grace = GRACE, sandbox = NONE, redacted = null, cgroup }: SupervisorOptions = {},
): ProcessSupervisor {
  const table = systemTable();
  const sweeper = new Sweeper(table);
  const keepers = new Keepers();
  const watchdog = createWatchdog();
  const own = cgroup ?? findOwnCgroup();
  const cgroups = typeof own === 'string' ? null : new Cgroups(own);
  if (cgroups !== null) watchdog.guardAll(cgroups.prefix);
  const tools: Tools = {
    clock,
    table,
    sweeper,
    watchdog,
    keepers,
    limits: new LimitWatch(clock, table),
    cgroups,
    grace,
    sandbox,
    redacted,
  };
  let self: ProcessIdentity | null = null;
  return {
    start: (spec) => new Supervision(spec, tools),
    sweep: async (marks) => {
      const trees = marks.map((mark) => ({ mark, leader: null, seen: new Map<number, string>() }));
      const counts = await Promise.all(trees.map((tree) => sweeper.gone(tree)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    limitsForm,
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
