// How what went wrong is said: what is wrong, where, what to do next. A stack trace is for bugs, and
// goes into a file.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Problem } from '../app/result.ts';
import type { Secrets } from '../util/secrets.ts';
import { errorCode } from '../util/system-error.ts';
import { sanitizeTerminal } from '../util/terminal-text.ts';
import type { CommonFlags, Outside } from './context.ts';

/**
 * Says a problem: in words on stderr, and with `--json` as the one document on stdout.
 *
 * @param outside - Where to.
 * @param said - The problem, and what must not be said of it.
 * @param said.problem - The problem.
 * @param said.secrets - What is secret.
 * @param flags - Whether a script wants it.
 */
export function sayProblem(
  outside: Outside,
  { problem, secrets }: { problem: Problem; secrets: Secrets },
  flags: Pick<CommonFlags, 'json'>,
): void {
  const { code, message, hint, findings } = secrets.redactAll(problem);
  outside.stderr.write(`${sanitizeTerminal(`tutti: ${message}\n  → ${hint}`)}\n`);
  if (!flags.json) return;
  const error = { code, message, hint, ...(findings !== undefined && { findings }) };
  outside.stdout.write(`${JSON.stringify({ error }, undefined, 2)}\n`);
}

/**
 * Makes a problem of whatever was thrown.
 *
 * @param thrown - An error of the surroundings, or a bug.
 * @param environment - `TUTTI_DEBUG` wants to see the stack of a bug.
 * @returns The problem.
 */
export function problemOf(thrown: unknown, environment: Outside['environment']): Problem {
  return expected(thrown) ?? bug(thrown, environment);
}

/** Errors that carry a hint know what to do; so do we for a few of the system's. */
function expected(thrown: unknown): Problem | null {
  if (!(thrown instanceof Error)) return null;
  const code = errorCode(thrown) ?? 'failed';
  if ('hint' in thrown && typeof thrown.hint === 'string') {
    const exit = code === 'store-full' ? 3 : 2;
    return { code: code.replaceAll('-', '_'), message: thrown.message, hint: thrown.hint, exit };
  }
  if (!('syscall' in thrown)) return null;
  const hint = thrown.syscall === 'spawn git' ? NO_GIT : SYSTEM[code];
  if (hint === undefined) return null;
  const exit = code === 'ENOSPC' || code === 'EDQUOT' ? 3 : 2;
  return { code: exit === 3 ? 'full_disk' : 'system', message: thrown.message, hint, exit };
}

const NO_GIT = 'install git 2.38 or newer, and see that it is on the PATH';
const NOT_ALLOWED = 'see that you may read and write there';
const NO_ROOM = 'free some space, then give the command again: nothing was lost';

const SYSTEM: Readonly<Record<string, string | undefined>> = {
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  EROFS: 'the file system is read-only: work in one that can be written',
  ENOSPC: NO_ROOM,
  EDQUOT: NO_ROOM,
  EMFILE: 'too many files are open: raise the limit (ulimit -n)',
};

function bug(thrown: unknown, environment: Outside['environment']): Problem {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const stack = thrown instanceof Error ? (thrown.stack ?? message) : message;
  return {
    code: 'internal',
    message: `this is a bug in tutti, sorry: ${message}${environment['TUTTI_DEBUG'] === '1' ? `\n${stack}` : ''}`,
    hint: `report it with ${keep(stack)}; what was done so far is kept: tutti status`,
    exit: 1,
  };
}

function keep(stack: string): string {
  try {
    const path = join(mkdtempSync(join(tmpdir(), 'tutti-bug-')), 'stack.txt');
    writeFileSync(path, `${stack}\n`);
    return path;
  } catch {
    return 'the output of TUTTI_DEBUG=1';
  }
}
