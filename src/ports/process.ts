// One supervisor starts and ends every process there is: agents, checks, set-up commands.

import type { ProcessIdentity } from '../model/attempt.ts';
import type { Confinement } from './sandbox.ts';

/** What one process and all that it starts may use together; `null` = as much as it likes. */
export interface ProcessLimits {
  readonly memoryBytes: number | null;
  /** Processes alive at once. */
  readonly processes: number | null;
  /** By so much its folders may grow while it runs; without any, so much may be written. */
  readonly diskBytes: number | null;
  /** The folders that are its own. */
  readonly folders: readonly string[];
}

/** What to start. */
export interface ProcessSpec {
  /** Program and arguments; no shell looks at them. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing is inherited. `PWD` and `TUTTI_MARK` are added. */
  readonly env: Readonly<Record<string, string>>;
  /** The marker that finds whatever it leaves behind; it is in a row before the start. */
  readonly mark: string;
  /** Written to its standard input, which is then closed; `null` = no input at all. */
  readonly stdin: string | null;
  /** Leaves its standard input open after `stdin`, for `write`. */
  readonly keepsInput?: boolean;
  /** Hears what it prints on stderr, as it comes. */
  readonly onStderr?: (chunk: Uint8Array) => void;
  /** Where everything it prints goes (stdout and stderr, as it comes); `null` = nowhere. */
  readonly logPath: string | null;
  /** How much of its output is kept in the log: the head and the tail of it, the cut is marked. */
  readonly logLimitBytes: number;
  readonly timeoutMs: number;
  /**
   * One of thousands: it may be started by something smaller than this process. How it ended is then
   * told as a shell tells it: an exit code above 128 cannot be told from a signal.
   */
  readonly plain?: boolean;
  /**
   * What it may see and do; `null` = what the person may. Confined, its `HOME` and its folder for
   * temporary files are private, and it ends as a shell tells it, see `plain`.
   */
  readonly confine?: Confinement | null;
  /**
   * Ends it when it prints nothing for so long; `null` = never. While a tool of its is at work, see
   * `SupervisedProcess.tools`, what the tool does counts as well.
   */
  readonly idleTimeoutMs: number | null;
  /** Ends it when it uses more; without it, nothing is watched. */
  readonly limits?: ProcessLimits;
  /**
   * Asked after the process exists, but is held back, and before it is let go. It is killed unless
   * this answers true. It is told what identifies the process.
   */
  readonly mayStart: (identity: ProcessIdentity) => Promise<boolean>;
}

/** Why a process is no more. */
export type ProcessEnd =
  /** By itself. `code` is `null` when a signal of somebody else ended it. */
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'idle_timeout' }
  /** It used more than its limits allow: which and how much, in words. */
  | { readonly kind: 'limit'; readonly message: string }
  /** By `stop`. */
  | { readonly kind: 'stopped' }
  /** `mayStart` said no. */
  | { readonly kind: 'refused' }
  /** It could not be started: not found, not executable, no such directory. */
  | { readonly kind: 'not_started'; readonly message: string };

/** A process under supervision. */
export interface SupervisedProcess {
  /** What it prints on stdout, as it comes; must be read to the end, and slows it when it is not. */
  readonly stdout: AsyncIterable<Uint8Array>;
  /**
   * Its end. Resolves only when its whole tree is proven gone and the log is on disk; never rejects.
   */
  readonly ended: Promise<ProcessEnd>;
  /**
   * Ends it and everything it started: SIGINT, after the grace SIGTERM, then SIGKILL. Calling it
   * again shortens the grace to nothing.
   */
  stop(): void;
  /**
   * Writes to its standard input, which `keepsInput` has left open. Resolves when that is taken, or
   * when nobody is there any more to take it.
   */
  write(text: string): Promise<void>;
  /** Closes the input that `keepsInput` has left open. */
  endInput(): void;
  /** Stops its time limits, or lets them go on: while somebody else is waited for, it is not late. */
  hold(held: boolean): void;
  /** Tells how many tools it says are at work: they may be silent as long as they do something. */
  tools(open: number): void;
  /** The last bytes of stderr, for messages. Complete once it has ended. */
  stderrTail(): string;
}

/** How processes are held to their limits. */
export type LimitsForm =
  /** By the system itself. */
  | { readonly by: 'cgroup' }
  /** By looking at them now and then; `cause` = why, in words. */
  | { readonly by: 'watching'; readonly cause: string };

/** Starts processes and proves them gone. */
export interface ProcessSupervisor {
  start(spec: ProcessSpec): SupervisedProcess;
  /** Ends whatever still carries the mark, at any depth; resolves with how many there were. */
  sweep(marks: readonly string[]): Promise<number>;
  /** Tells whether that very process is alive (and not another one with its number). */
  isAlive(identity: ProcessIdentity): boolean;
  /** How limits are held here. */
  limitsForm(): LimitsForm;
  /** What identifies this process itself. */
  self(): ProcessIdentity;
}
