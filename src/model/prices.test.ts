import { describe, expect, it } from 'vitest';

import { costOf } from './prices.ts';

const MILLION = { input: 1e6, output: 1e6, cached: 1e6 };

describe('costOf', () => {
  it('adds up what each kind of token costs', () => {
    expect(costOf('claude-opus-4-8', MILLION, {})).toBeCloseTo(30.5, 9);
    expect(costOf('gpt-5', { input: 200, output: 30, cached: 0 }, {})).toBeCloseTo(0.00055, 9);
    expect(costOf('gpt-5', { input: 0, output: 0, cached: 0 }, {})).toBe(0);
  });

  it.each([
    ['claude-sonnet-4-5-20250929', 18.3],
    ['anthropic/claude-sonnet-4-5', 18.3],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 18.3],
    ['claude-sonnet-4-5@20250929', 18.3],
    ['claude-opus-4-8[1m]', 30.5],
    ['models/gemini-2.5-flash', 2.83],
    ['gemini-3.1-pro-preview', 22.4],
    ['GPT-5-Mini', 2.275],
    ['gpt-4o-2024-11-20', 13.75],
    ['claude-3-7-sonnet-latest', 18.3],
  ])('knows %s', (model, usd) => {
    expect(costOf(model, MILLION, {})).toBeCloseTo(usd, 9);
  });

  // A family's next model has a price of its own, which nobody knows yet.
  it.each(['gpt-5.9', 'gpt-50', 'gpt-5-ultra', 'claude-opus-9', 'claude-opus-4-9', 'llama', ''])(
    'does not guess what %j costs',
    (model) => expect(costOf(model, MILLION, {})).toBeNull(),
  );

  it('knows nothing of a model that nobody named', () => {
    expect(costOf(null, MILLION, {})).toBeNull();
    expect(costOf('constructor', MILLION, {})).toBeNull();
  });

  it('goes by the person’s own prices first', () => {
    const own = { 'gpt-5': { input: 1, output: 2, cached: 0 } };
    expect(costOf('gpt-5', MILLION, own)).toBe(3);
    expect(costOf('gpt-5-2026-01-01', MILLION, own)).toBe(3);
    expect(costOf('gpt-5-mini', MILLION, own)).toBeCloseTo(2.275, 9);
    expect(costOf('llama', MILLION, { llama: { input: 0, output: 0, cached: 0 } })).toBe(0);
  });
});
