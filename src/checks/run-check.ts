import type { ProcessIdentity } from '../model/attempt.ts';
import type { Check } from '../model/plan.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Clock } from '../ports/clock.ts';
import type { ProcessEnd, ProcessLimits, ProcessSupervisor } from '../ports/process.ts';
import type { Confinement } from '../ports/sandbox.ts';
import { textTail } from '../util/bounded-text.ts';
import { sanitizeTerminal } from '../util/terminal-text.ts';
import { readPrinted } from './read-results.ts';
import type { Results } from './read-results.ts';
import { Reports } from './reports.ts';

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
/** Of more than this nothing is counted: a part of it would pass for all. */
const READ_BYTES = 4 * 1024 * 1024;
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
  const reports = await Reports.before(spec.cwd, check.reports ?? []);
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
  const printed = await readAll(process.stdout);
  const end = await process.ended;
  signal.removeEventListener('abort', stop);
  // What was ended has not counted everything.
  const ended = end.kind === 'exited' && end.code !== null;
  const { tests, coverage } = ended ? await resultsOf(printed.whole, reports) : NOTHING;
  return {
    kind: 'check',
    name: check.name,
    ok: end.kind === 'exited' && end.code === 0,
    command: check.run,
    exitCode: end.kind === 'exited' ? end.code : null,
    tree: spec.tree,
    durationMs: Math.round(tools.clock.monotonic() - begin),
    summary: summarize(printed.tail, wordsFor(end, check)),
    findings: [],
    ...(tests !== null && { tests }),
    ...(coverage !== null && { coverage }),
  };
}

const NOTHING: Results = { tests: null, coverage: null };

/** What a report says counts more than what happens to be printed. */
async function resultsOf(printed: string | null, reports: Reports): Promise<Results> {
  const written = await reports.read();
  const said = printed === null ? NOTHING : readPrinted(printed);
  return {
    tests: written.tests ?? said.tests,
    coverage: written.coverage ?? said.coverage,
  };
}

/** Takes everything in, whatever it is; `whole` is `null` when that is too much. */
async function readAll(
  stream: AsyncIterable<Uint8Array>,
): Promise<{ readonly tail: string; readonly whole: string | null }> {
  let parts: Uint8Array[] = [];
  let size = 0;
  let isWhole = true;
  for await (const chunk of stream) {
    parts.push(chunk);
    size += chunk.length;
    if (size <= (isWhole ? READ_BYTES : 16 * KEPT_BYTES)) continue;
    isWhole = false;
    parts = [Buffer.concat(parts).subarray(-KEPT_BYTES)];
    size = KEPT_BYTES;
  }
  const all = Buffer.concat(parts);
  return {
    tail: all.subarray(-KEPT_BYTES).toString('utf8'),
    whole: isWhole ? all.toString('utf8') : null,
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
