// Set-up commands make a fresh checkout ready: `npm ci` and the like.

import type { ResourceLimits } from '../model/settings.ts';
import type { ProcessEnd, ProcessSupervisor } from '../ports/process.ts';
import type { Confinement } from '../ports/sandbox.ts';
import type { SetUp } from '../ports/workspace.ts';
import { limitsOf } from './limits-of.ts';

/** Longest time for one set-up command. */
const TIMEOUT_MS = 15 * 60_000;

/** With what commands are run. */
export interface Means {
  readonly env: Readonly<Record<string, string>>;
  readonly mark: string;
  /** What a command in this folder may see and do, and read; `null` = there is no sandbox. */
  readonly confine: (cwd: string, read: readonly string[]) => Promise<Confinement | null>;
  readonly limits: ResourceLimits;
  /** Told when a command used more than the limits allow. */
  readonly over?: () => void;
  /** See `ProcessSpec.mayStart`. */
  readonly mayStart: () => Promise<boolean>;
  /** Ends what runs. */
  readonly signal: AbortSignal;
}

/**
 * Makes what runs set-up commands as supervised processes.
 *
 * @param supervisor - Starts and ends them.
 * @param means - With what they run.
 * @returns Runs one command; resolves with what failed, or `null`.
 */
export function setUpBy(supervisor: ProcessSupervisor, means: Means): SetUp {
  return async (command, cwd, reads) => {
    const child = supervisor.start({
      argv: ['/bin/sh', '-c', command],
      cwd,
      env: means.env,
      mark: means.mark,
      confine: await means.confine(cwd, reads),
      stdin: null,
      logPath: null,
      logLimitBytes: 0,
      timeoutMs: TIMEOUT_MS,
      idleTimeoutMs: null,
      limits: limitsOf(means.limits, [cwd]),
      mayStart: means.mayStart,
    });
    const stop = (): void => child.stop();
    means.signal.addEventListener('abort', stop, { once: true });
    if (means.signal.aborted) stop();
    for await (const _ of child.stdout);
    const end = await child.ended;
    means.signal.removeEventListener('abort', stop);
    if (end.kind === 'exited' && end.code === 0) return null;
    if (end.kind === 'limit') means.over?.();
    return `set-up command \`${command}\` failed (${wordsFor(end)}): ${child.stderrTail().trim()}`;
  };
}

function wordsFor(end: ProcessEnd): string {
  if (end.kind === 'limit') return end.message;
  return end.kind === 'exited' ? `exit ${end.code ?? end.signal ?? '?'}` : end.kind;
}
