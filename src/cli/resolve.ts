// What `tutti resolve` does, and `tutti answer ASK done` of a conflict.

import { resolveByHand } from '../app/resolve.ts';
import { ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import { askPerson } from './confirm.ts';
import type { Context, Exit, Verb } from './context.ts';

/**
 * `tutti resolve KEY`.
 *
 * @param context - What every verb works with.
 * @param given - The key and its flags.
 * @returns 0 when both sides are laid out, or what was made of them is taken.
 */
export const resolve: Verb = (context, { words: [key = ''], options }) =>
  resolveKey(context, key, { done: options['done'] === true, anew: options['anew'] === true });

/**
 * Lays both sides out, or takes what was made of them.
 *
 * @param context - What every verb works with.
 * @param key - What was typed.
 * @param wish - Which of them.
 * @returns The exit code.
 */
export async function resolveKey(
  context: Context,
  key: string,
  wish: { readonly done: boolean; readonly anew: boolean },
): Promise<Result<Exit>> {
  const confirm = context.flags.yes ? () => Promise.resolve(true) : askPerson(context);
  const resolved = await resolveByHand(context.app, key, { ...wish, confirm });
  if (!resolved.ok) return resolved;
  context.show(resolved.value);
  return ok(0);
}
