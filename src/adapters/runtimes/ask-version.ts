import type { ProcessEnd, ProcessSupervisor } from '../../ports/process.ts';
import { printedBy } from './printed-by.ts';

const LIMIT_MS = 10_000;
const MAX_OUTPUT = 4_096;
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
  const { end, text, endless } = await printedBy(asked.supervisor, {
    argv: [asked.path, '--version'],
    env: asked.env,
    limitMs: LIMIT_MS,
    keep: MAX_OUTPUT,
  });
  const version = VERSION.exec(text.slice(0, MAX_OUTPUT))?.[0] ?? null;
  if (end.kind === 'exited' && end.code === 0 && version !== null) return { version, problem: '' };
  return { version: null, problem: endless ? 'printed without an end' : problemOf(end) };
}

function problemOf(end: ProcessEnd): string {
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
