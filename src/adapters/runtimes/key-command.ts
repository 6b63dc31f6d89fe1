// Keys that a password manager gives out: the person's own command prints one.

import type { KeyCommand } from '../../model/settings.ts';
import type { ProcessEnd, ProcessSupervisor } from '../../ports/process.ts';
import { textTail } from '../../util/bounded-text.ts';
import { printedBy } from './printed-by.ts';

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
  const argv = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
  const asked = { argv, env, limitMs: LIMIT_MS, keep: MAX_KEY };
  const { end, text, said } = await printedBy(supervisor, asked);
  const key = text.trim().split('\n')[0]?.trim() ?? '';
  const isKey = key !== '' && key.length < MAX_KEY;
  if (end.kind === 'exited' && end.code === 0 && isKey) return { ok: true, key };
  const last = textTail(said.trim(), 500);
  const how = howItEnded(end);
  return {
    ok: false,
    message: `key_command gave no key (${how})${last === '' ? '' : `\n${last}`}`,
  };
}

function howItEnded(end: ProcessEnd): string {
  if (end.kind === 'exited') return `exit ${end.code ?? end.signal}`;
  return end.kind === 'not_started' ? end.message : end.kind;
}
