import { randomUUID } from 'node:crypto';

import type { ProcessSupervisor } from '../../ports/process.ts';

const LIMIT_MS = 10_000;
const MAX_OUTPUT = 4_096;

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
  for await (const chunk of process.stdout) {
    if (text.length < MAX_OUTPUT) text += Buffer.from(chunk).toString('utf8');
  }
  const end = await process.ended;
  const version = /\d+\.\d+\.\d+\S*/u.exec(text.slice(0, MAX_OUTPUT))?.[0] ?? null;
  if (end.kind === 'exited' && end.code === 0 && version !== null) return { version, problem: '' };
  const problem = end.kind === 'timeout' ? `gave no answer in ${LIMIT_MS / 1000} s` : 'failed';
  return { version: null, problem };
}
