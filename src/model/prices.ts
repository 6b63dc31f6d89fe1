// What tokens cost where a runtime tells tokens, but no money. The table is data with a date: it is
// right for that day, and a person's own configuration is right before it.

import type { Usage } from './attempt.ts';

/** US dollars per million tokens. */
interface Price {
  readonly input: number;
  readonly output: number;
  /** Of input that is read from the provider's cache. */
  readonly cached: number;
}

/** Prices by model. */
export type Prices = Readonly<Record<string, Price>>;

/**
 * List prices of November 2026. Where a price depends on the length of a prompt or the time of day, the dearer one
 * stands here: a budget that is over too early is better than one that is overdrawn.
 */
const TABLE: readonly (readonly [model: string, input: number, output: number, cached: number])[] =
  [
    // Claude Code's own short names: the dearest model they stand for today.
    ['opus', 5, 25, 0.5],
    ['sonnet', 3, 15, 0.3],
    ['haiku', 1, 5, 0.1],

    ['claude-fable-5-1', 10, 50, 0.25],
    ['claude-fable-5', 10, 50, 1],
    ['claude-opus-5-5', 4, 20, 0.2],
    ['claude-opus-5', 5, 25, 0.5],
    ['claude-opus-4-8', 5, 25, 0.5],
    ['claude-opus-4-7', 5, 25, 0.5],
    ['claude-opus-4-6', 5, 25, 0.5],
    ['claude-opus-4-5', 5, 25, 0.5],
    ['claude-opus-4-1', 15, 75, 1.5],
    ['claude-opus-4', 15, 75, 1.5],
    ['claude-sonnet-5-5', 2, 10, 0.1],
    ['claude-sonnet-5', 2, 10, 0.2],
    ['claude-sonnet-4-6', 3, 15, 0.3],
    ['claude-sonnet-4-5', 3, 15, 0.3],
    ['claude-sonnet-4', 3, 15, 0.3],
    ['claude-3-7-sonnet', 3, 15, 0.3],
    ['claude-haiku-5-5', 0.5, 2.5, 0.05],
    ['claude-haiku-4-5', 1, 5, 0.1],
    ['claude-3-5-haiku', 0.8, 4, 0.08],

    ['gpt-6-astra', 10, 50, 1],
    ['gpt-5.6-sol', 5, 30, 0.5],
    ['gpt-5.6-terra', 2.5, 15, 0.25],
    ['gpt-5.6-luna', 1, 6, 0.1],
    ['gpt-5.5-pro', 30, 180, 30],
    ['gpt-5.5', 5, 30, 0.5],
    ['gpt-5.4-pro', 30, 180, 30],
    ['gpt-5.4-mini', 0.75, 4.5, 0.075],
    ['gpt-5.4', 2.5, 15, 0.25],
    ['gpt-5.3-codex', 1.75, 14, 0.175],
    ['gpt-5.2-pro', 21, 168, 21],
    ['gpt-5.2-codex', 1.75, 14, 0.175],
    ['gpt-5.2', 1.75, 14, 0.175],
    ['gpt-5.1-codex-mini', 0.25, 2, 0.025],
    ['gpt-5.1-codex-max', 1.25, 10, 0.125],
    ['gpt-5.1-codex', 1.25, 10, 0.125],
    ['gpt-5.1', 1.25, 10, 0.125],
    ['gpt-5-pro', 15, 120, 15],
    ['gpt-5-codex', 1.25, 10, 0.125],
    ['gpt-5-mini', 0.25, 2, 0.025],
    ['gpt-5-nano', 0.05, 0.4, 0.005],
    ['gpt-5', 1.25, 10, 0.125],
    ['gpt-4.1-mini', 0.4, 1.6, 0.1],
    ['gpt-4.1-nano', 0.1, 0.4, 0.025],
    ['gpt-4.1', 2, 8, 0.5],
    ['gpt-4o-mini', 0.15, 0.6, 0.075],
    ['gpt-4o', 2.5, 10, 1.25],
    ['o4-mini', 1.1, 4.4, 0.275],
    ['o3', 2, 8, 0.5],

    ['gemini-3.5-flash', 1.5, 9, 0.15],
    ['gemini-3.1-pro', 4, 18, 0.4],
    ['gemini-3-pro', 4, 18, 0.4],
    ['gemini-3-flash', 0.5, 3, 0.05],
    ['gemini-2.5-pro', 2.5, 15, 0.25],
    ['gemini-2.5-flash-lite', 0.1, 0.4, 0.01],
    ['gemini-2.5-flash', 0.3, 2.5, 0.03],
  ];

const LISTED: ReadonlyMap<string, Price> = new Map(
  TABLE.map(([model, input, output, cached]) => [model, { input, output, cached }]),
);

/** What providers and gateways put before a model's name. */
const BEFORE = /^(?:.*\/)?(?:(?:us|eu|apac|global)\.)?(?:anthropic\.|openai\.|google\.)?/u;
/** A version, a date or a size of window behind a name is the same model at the same price. */
const BEHIND =
  /(?:-(?:\d{4,}[\d-]*(?:-v\d+)?|latest|preview(?:-[\d-]+)?|exp|001|002))*(?:[@:[].*)?$/u;

/**
 * Tells what tokens cost.
 *
 * @param model - The model that used them; `null` = nobody knows which.
 * @param usage - The tokens; those that were read from a cache are not in `input`.
 * @param prices - The person's own prices, by model: they hold before the table.
 * @returns US dollars; `null` where the model has a price and nobody knows it.
 */
export function costOf(model: string | null, usage: Usage, prices: Prices): number | null {
  const price = model === null ? null : priceOf(model, prices);
  if (price === null) return null;
  const { input, output, cached } = usage;
  const sum = input * price.input + output * price.output + cached * price.cached;
  return sum / 1e6;
}

function priceOf(model: string, prices: Prices): Price | null {
  const name = model.trim().toLowerCase().replace(BEFORE, '');
  const family = name.replace(BEHIND, '');
  // Own names only: a model may be called `constructor`.
  const own = [model, name, family].find((key) => Object.hasOwn(prices, key));
  if (own !== undefined) return prices[own] ?? null;
  return LISTED.get(name) ?? LISTED.get(family) ?? null;
}
