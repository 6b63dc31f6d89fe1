import type { ProcessIdentity } from '../../model/attempt.ts';

/** One process as the system lists it. */
export interface TableEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly startTime: string;
  /** A zombie: it runs no more, only its parent has not looked yet. */
  readonly dead: boolean;
}

/** When a process was born, in all the ways that help to tell who is younger. */
export interface Birth {
  readonly pid: number;
  readonly startTime: string;
  /** `performance.now()` before it was started. */
  readonly at: number;
}

/** What the system knows about its processes. Where it cannot be asked at all, it throws. */
export interface ProcessTable {
  /** Names this boot of the machine. */
  readonly bootId: string;
  /** One process; `null` when there is none with this number. */
  find(pid: number): TableEntry | null;
  /** Every process that may be younger than `oldest`; `null` = every process. */
  list(oldest: Birth | null): TableEntry[];
  /**
   * The value of `TUTTI_MARK` in a process's environment; `''` when it has none, `null` when that
   * cannot be told at this moment.
   */
  mark(pid: number): string | null;
  /**
   * What processes have in memory together, bytes: `quick` counts what they share for each of them,
   * `exact` once, as far as the system tells.
   */
  memory(pids: readonly number[], how: 'quick' | 'exact'): number;
  /**
   * How many bytes a process and its children that are gone have written, to disk alone or anywhere;
   * 0 = not known.
   */
  written(pid: number, where: 'disk' | 'anywhere'): number;
  /**
   * Who of these does something: changes with every bit of work that they do, `null` where the
   * system does not tell.
   */
  work(pids: readonly number[]): string | null;
  /** The start of a process that is started now, as a number; `null` where that is not one. */
  moment(): number | null;
  /** Changes whenever a process is started; `null` where the system does not tell. */
  pulse(): number | null;
}

/**
 * Tells whether that very process is alive.
 *
 * @param table Where to look.
 * @param identity The process.
 * @returns False for a zombie and for another process with the same number.
 */
export function isAliveIn(table: ProcessTable, identity: ProcessIdentity): boolean {
  if (identity.bootId !== table.bootId) return false;
  const entry = table.find(identity.pid);
  return entry !== null && !entry.dead && entry.startTime === identity.startTime;
}
