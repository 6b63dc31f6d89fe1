import type { Usage } from '../../../model/attempt.ts';
import { isRecord } from '../../../util/is-record.ts';
import { readTokens } from '../amounts.ts';

/**
 * Reads tokens as Codex tells them: what came from the cache is part of the input.
 *
 * @param told - What it told.
 * @returns The tokens.
 */
export function codexTokens(told: unknown): Usage {
  const usage = isRecord(told) ? told : {};
  const cached = readTokens(usage['cached_input_tokens']);
  const input = readTokens(usage['input_tokens']);
  return { input: Math.max(0, input - cached), output: readTokens(usage['output_tokens']), cached };
}

/**
 * Takes what was used before from what was used in all.
 *
 * @param all - The sum.
 * @param before - The sum of before.
 * @returns What came since then.
 */
export function usedSince(all: Usage, before: Usage): Usage {
  return {
    input: Math.max(0, all.input - before.input),
    output: Math.max(0, all.output - before.output),
    cached: Math.max(0, all.cached - before.cached),
  };
}
