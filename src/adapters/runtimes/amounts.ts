import type { Usage } from '../../model/attempt.ts';

// Above these nothing is believed: a wrong amount would use up a budget or make sums infinite.
const MAX_USD = 100_000;
const MAX_TOKENS = 1e12;

/**
 * Reads an amount of money that a program reported.
 *
 * @param value - Anything.
 * @returns US dollars; 0 where it is no believable amount.
 */
export function readUsd(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value <= MAX_USD ? value : 0;
}

/**
 * Reads a number of tokens that a program reported.
 *
 * @param value - Anything.
 * @returns A whole number; 0 where it is no believable count.
 */
export function readTokens(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value <= MAX_TOKENS ? Math.floor(value) : 0;
}

/**
 * Adds up tokens.
 *
 * @param a - Some.
 * @param b - More.
 * @returns Both together.
 */
export function addUsage(a: Usage, b: Usage): Usage {
  return { input: a.input + b.input, output: a.output + b.output, cached: a.cached + b.cached };
}
