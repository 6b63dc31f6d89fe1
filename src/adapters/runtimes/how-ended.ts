// How a program ended without us, in words for a message.

import { textTail } from '../../util/bounded-text.ts';
import type { Exit } from './cli-session.ts';

const MAX_SAID = 2_000;

/**
 * Says how a program ended.
 *
 * @param name - What it is called.
 * @param exit - How it ended.
 * @returns The sentence.
 */
export function howEnded(name: string, { code, signal }: Exit): string {
  return code === null
    ? `${name} was ended by ${signal ?? 'a signal'}`
    : `${name} exited with ${code}`;
}

/**
 * Adds what a program said last on stderr.
 *
 * @param what - What is said of it.
 * @param exit - How it ended.
 * @returns The message.
 */
export function withStderr(what: string, exit: Exit): string {
  const said = textTail(exit.stderr.trim(), MAX_SAID);
  return said === '' ? what : `${what}\n${said}`;
}
