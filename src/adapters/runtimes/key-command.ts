// Keys that a password manager gives out: the person's own command prints one.

import { randomUUID } from 'node:crypto';

import type { KeyCommand } from '../../model/settings.ts';
import type { ProcessEnd, ProcessSupervisor } from '../../ports/process.ts';
import { textTail } from '../../util/bounded-text.ts';

/** It may ask the person for a finger on a key, no more. */
const LIMIT_MS = 60_000;
const MAX_KEY = 16_384;

/** A key, or why there is none. */
export type PrintedKey =
  | { readonly ok: true; readonly key: string }
  | { readonly ok: false; readonly message: string };

/**
 * Runs the command that prints a key. Nothing that it prints is kept.
 *
 * @param command - A program and its arguments, or a line for a shell.
 * @param supervisor - Starts it.
 * @param environment - The person's own: a password manager needs its agent and its home.
 * @returns The first line it prints.
 */
export async function printedKey(
  command: KeyCommand,
  supervisor: ProcessSupervisor,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PrintedKey> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined) env[name] = value;
  }
  const process = supervisor.start({
    argv: typeof command === 'string' ? ['/bin/sh', '-c', command] : command,
    cwd: '/',
    env,
    mark: `key-${randomUUID()}`,
    stdin: null,
    logPath: null,
    logLimitBytes: 0,
    timeoutMs: LIMIT_MS,
    idleTimeoutMs: null,
    mayStart: () => Promise.resolve(true),
  });
  let text = '';
  for await (const chunk of process.stdout) {
    if (text.length < MAX_KEY) text += Buffer.from(chunk).toString('utf8');
    else process.stop();
  }
  const end = await process.ended;
  const key = text.trim().split('\n')[0]?.trim() ?? '';
  const isKey = key !== '' && key.length < MAX_KEY;
  if (end.kind === 'exited' && end.code === 0 && isKey) return { ok: true, key };
  const said = textTail(process.stderrTail().trim(), 500);
  const how = howItEnded(end);
  return {
    ok: false,
    message: `key_command gave no key (${how})${said === '' ? '' : `\n${said}`}`,
  };
}

function howItEnded(end: ProcessEnd): string {
  if (end.kind === 'exited') return `exit ${end.code ?? end.signal}`;
  return end.kind === 'not_started' ? end.message : end.kind;
}
