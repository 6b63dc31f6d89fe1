import type { Answer } from '../model/command.ts';

/**
 * Refuses a command that makes no sense in the present state.
 *
 * @param message - What is in the way.
 * @param hint - What can be done instead.
 * @returns The answer.
 */
export function refuse(message: string, hint: string): Answer {
  return { ok: false, code: 'refused', message, hint };
}
