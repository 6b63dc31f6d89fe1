import type { Confirm } from '../app/confirm.ts';
import { sanitizeTerminal } from '../util/terminal-text.ts';
import type { Context } from './context.ts';

/**
 * Asks the person at the terminal; `--yes` is no answer to it. Whoever breaks a question off has not
 * agreed.
 *
 * @param context - What every verb works with.
 * @returns Asks a question of yes or no.
 */
export function askPerson({ interactive }: Pick<Context, 'interactive'>): Confirm {
  return async (question) => {
    if (!interactive) return 'nobody';
    return yesOrNo(sanitizeTerminal(question));
  };
}

/**
 * Asks at the terminal.
 *
 * @param message - The question.
 * @returns Whether the answer is yes.
 */
export async function yesOrNo(message: string): Promise<boolean> {
  const { confirm } = await import('@clack/prompts');
  const answer = await untilInputEnds((signal) =>
    confirm({ message, initialValue: false, output: process.stderr, signal }),
  );
  return answer === true;
}

/**
 * Asks until nobody can answer any more. At Ctrl-D the terminal is let go of without a word, and the
 * question would wait for ever.
 *
 * @param ask - Asks, and breaks off at the signal.
 * @returns The answer.
 */
export async function untilInputEnds<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  const hear = (_: unknown, key?: { readonly name?: string; readonly ctrl?: boolean }): void => {
    if (key?.ctrl === true && key.name === 'd') end();
  };
  const { stdin } = process;
  stdin.on('keypress', hear).once('end', end).once('close', end);
  try {
    return await ask(ended.signal);
  } finally {
    stdin.off('keypress', hear).off('end', end).off('close', end);
  }
}
