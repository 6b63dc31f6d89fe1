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
    const { confirm } = await import('@clack/prompts');
    const message = sanitizeTerminal(question);
    return (await confirm({ message, initialValue: false, output: process.stderr })) === true;
  };
}
