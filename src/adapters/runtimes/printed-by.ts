import { randomUUID } from 'node:crypto';

import type { ProcessEnd, ProcessSupervisor } from '../../ports/process.ts';

/** Whoever prints more has not understood the question. */
const MAX_PRINTED = 8 * 1024 * 1024;

/** A program that is run once, for what it prints. */
interface Asked {
  readonly argv: readonly string[];
  /** The variables it is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** How long it may take. */
  readonly limitMs: number;
  /** How much of what it prints is kept at least. */
  readonly keep: number;
}

/** What came of it. */
interface Printed {
  readonly end: ProcessEnd;
  /** The beginning of what it printed. */
  readonly text: string;
  /** It was ended because it went on printing. */
  readonly endless: boolean;
  /** The last it said on stderr. */
  readonly said: string;
}

/**
 * Runs a program for what it prints, beside all attempts. Nothing of it is written down.
 *
 * @param supervisor - Starts it.
 * @param asked - The program.
 * @returns What it printed and how it ended.
 */
export async function printedBy(
  supervisor: ProcessSupervisor,
  { argv, env, limitMs, keep }: Asked,
): Promise<Printed> {
  const process = supervisor.start({
    argv,
    cwd: '/',
    env,
    mark: `asked-${randomUUID()}`,
    stdin: null,
    logPath: null,
    logLimitBytes: 0,
    timeoutMs: limitMs,
    idleTimeoutMs: null,
    mayStart: () => Promise.resolve(true),
  });
  let text = '';
  let printed = 0;
  for await (const chunk of process.stdout) {
    printed += chunk.length;
    if (printed > MAX_PRINTED) process.stop();
    if (text.length < keep) text += Buffer.from(chunk).toString('utf8');
  }
  const end = await process.ended;
  return { end, text, endless: printed > MAX_PRINTED, said: process.stderrTail() };
}
