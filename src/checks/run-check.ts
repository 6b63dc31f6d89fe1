import type { ProcessIdentity } from '../model/attempt.ts';
import type { Check } from '../model/plan.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProcessEnd, ProcessLimits, ProcessSupervisor } from '../ports/process.ts';
import type { Confinement } from '../ports/sandbox.ts';
import { textTail } from '../util/bounded-text.ts';
import { sanitizeTerminal } from '../util/terminal-text.ts';

/** What is to be judged, and within what. */
export interface CheckSpec {
  readonly check: Check;
  /** Where the tree is checked out. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Nothing else that carries this mark may live meanwhile: it would be ended with the check. */
  readonly mark: string;
  /** What it may see and do; see `ProcessSpec`. */
  readonly confine?: Confinement | null;
  /** The git tree that is judged. */
  readonly tree: string | null;
  /** What it may use; without it, any amount. */
  readonly limits?: ProcessLimits;
  /** See `ProcessSpec.mayStart`. */
  readonly mayStart: (identity: ProcessIdentity) => Promise<boolean>;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

const SUMMARY_LINES = 40;
const SUMMARY_CHARS = 4_000;
/** More than a summary needs, for colours and what else is taken out. */
const KEPT_BYTES = 65_536;
/** One stream for all, so that errors stand where they were printed. */
const MERGED = 'exec /bin/sh -c "$1" 2>&1';

/**
 * Runs a check. Whatever keeps it from saying yes is a no, with the reason in the summary.
 *
 * @param tools - What runs it and what measures how long it takes.
 * @param spec - The check and where it runs.
 * @returns The verdict, when the check's whole process tree is gone.
 */
export async function runCheck(
  tools: { readonly supervisor: ProcessSupervisor; readonly clock: Clock },
  spec: CheckSpec,
): Promise<Verdict> {
  const { check, signal } = spec;
  const begin = tools.clock.monotonic();
  const process = tools.supervisor.start({
    argv: ['/bin/sh', '-c', MERGED, 'sh', check.run],
    cwd: spec.cwd,
    env: spec.env,
    mark: spec.mark,
    confine: spec.confine ?? null,
    stdin: null,
    logPath: null,
    logLimitBytes: 0,
    timeoutMs: check.timeoutSecs * 1_000,
    idleTimeoutMs: null,
    ...(spec.limits !== undefined && { limits: spec.limits }),
    mayStart: spec.mayStart,
  });
  const stop = (): void => process.stop();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of process.stdout) {
    tail = Buffer.concat([tail, chunk]).subarray(-KEPT_BYTES);
  }
  const end = await process.ended;
  signal.removeEventListener('abort', stop);
  return {
    kind: 'check',
    name: check.name,
    ok: end.kind === 'exited' && end.code === 0,
    command: check.run,
    exitCode: end.kind === 'exited' ? end.code : null,
    tree: spec.tree,
    durationMs: Math.round(tools.clock.monotonic() - begin),
    summary: summarize(tail.toString('utf8'), wordsFor(end, check)),
    findings: [],
  };
}

/** Why it ended otherwise than with an exit code. */
function wordsFor(end: ProcessEnd, check: Check): string | null {
  switch (end.kind) {
    case 'exited':
      return end.code === null ? `ended by signal ${end.signal ?? 'unknown'}` : null;
    case 'timeout':
    case 'idle_timeout':
      return `ended after its time limit of ${check.timeoutSecs} s`;
    case 'limit':
      return `ended over its limit: ${end.message}`;
    case 'stopped':
      return 'stopped before it was done';
    case 'refused':
      return 'not started: this process may not start anything any more';
    case 'not_started':
      return `not started: ${end.message}`;
  }
}

function summarize(printed: string, words: string | null): string {
  const lines = sanitizeTerminal(printed).trimEnd().split('\n').slice(-SUMMARY_LINES);
  const last = words === null ? '' : `\n(${words})`;
  return (textTail(lines.join('\n'), SUMMARY_CHARS - last.length) + last).trim();
}
