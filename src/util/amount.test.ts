import { expect, it } from 'vitest';

import { formatCount, formatDuration, formatUsd, plural } from './amount.ts';

it.each([
  [-5, '0s'],
  [0, '0s'],
  [Number.NaN, '0s'],
  [400, '0.4s'],
  [2000, '2s'],
  [9960, '10s'],
  [59_900, '1m 00s'],
  [185_000, '3m 05s'],
  [3_720_000, '1h 02m'],
  [183_600_000, '2d 03h'],
])('formats %d ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

it.each([
  [0, '$0.00'],
  [0.001, '<$0.01'],
  [1.255, '$1.25'],
  [1234.5, '$1234.50'],
])('formats %d dollars as %s', (usd, text) => expect(formatUsd(usd)).toBe(text));

it.each([
  [0, '0'],
  [999, '999'],
  [1000, '1k'],
  [12_450, '12.4k'],
  [999_960, '1M'],
  [3_140_000, '3.1M'],
])('formats %d as %s', (count, text) => expect(formatCount(count)).toBe(text));

it('counts in words', () => {
  expect([plural(0, 'task'), plural(1, 'task'), plural(2, 'try', 'tries')]).toEqual([
    '0 tasks',
    '1 task',
    '2 tries',
  ]);
});
