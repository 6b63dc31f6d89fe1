import { randomUUID } from 'node:crypto';

import type { ProcessEnd, ProcessSupervisor } from '../../ports/process.ts';

const LIMIT_MS = 10_000;
const MAX_OUTPUT = 4_096;
/** Whoever prints more has not understood the question. */
const MAX_PRINTED = 8 * 1024 * 1024;
/** Three numbers, and what may stand behind them. */
const VERSION = /\d{1,9}\.\d{1,9}\.\d{1,9}(?:[-+.][0-9A-Za-z.+-]{1,40})?/u;

/** The program that is asked. */
interface Asked {
  readonly supervisor: ProcessSupervisor;
  readonly path: string;
  /** The variables it is started with. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Asks a program for its version, without a session.
 *
 * @param asked - The program.
 * @returns The version, or what went wrong, as the end of a sentence.
 */
export async function askVersion(
  asked: Asked,
): Promise<{ readonly version: string | null; readonly problem: string }> {
  const process = asked.supervisor.start({
    argv: [asked.path, '--version'],
    cwd: '/',
    env: asked.env,
    mark: `probe-${randomUUID()}`,
    stdin: null,
    logPath: null,
    logLimitBytes: 0,
    timeoutMs: LIMIT_MS,
    idleTimeoutMs: null,
    mayStart: () => Promise.resolve(true),
  });
  let text = '';
  let printed = 0;
  for await (const chunk of process.stdout) {
    printed += chunk.length;
    if (printed > MAX_PRINTED) process.stop();
    if (text.length < MAX_OUTPUT) text += Buffer.from(chunk).toString('utf8');
  }
  const end = await process.ended;
  const version = VERSION.exec(text.slice(0, MAX_OUTPUT))?.[0] ?? null;
  if (end.kind === 'exited' && end.code === 0 && version !== null) return { version, problem: '' };
  return { version: null, problem: problemOf(end, printed) };
}

function problemOf(end: ProcessEnd, printed: number): string {
  if (printed > MAX_PRINTED) return 'printed without an end';
  switch (end.kind) {
    case 'timeout':
      return `gave no answer in ${LIMIT_MS / 1000} s`;
    case 'not_started':
      return `could not be started (${end.message})`;
    case 'exited':
      if (end.code === 0) return 'printed no version';
      return end.code === null
        ? `was ended by ${end.signal ?? 'a signal'}`
        : `ended with ${end.code}`;
    default:
      return 'failed';
  }
}
