import { expect, it } from 'vitest';

import { lastJsonDocument } from './last-json.ts';

it.each([
  ['nothing', '', undefined],
  ['prose only', 'all { done }', undefined],
  ['a document', '{"a":1}', { a: 1 }],
  ['the last of two', '{"a":1}\nthen {"b":2} and more', { b: 2 }],
  ['the outer one', 'x {"a":{"b":2}} y', { a: { b: 2 } }],
  ['braces in texts', '{"a":"} { \\" }"}', { a: '} { " }' }],
  ['a fence around it', '```json\n{\n "a": [1]\n}\n```\n', { a: [1] }],
  ['an open brace before it', 'function() { said: {"a":1}', { a: 1 }],
  ['an open text before it', 'it\'s "so {"a":1}', { a: 1 }],
  ['no array', '[1, 2]', undefined],
])('finds %s', (_, text, expected) => {
  expect(lastJsonDocument(text)).toEqual(expected);
});

// In squared time each of them would take longer than a test may.
it.each(['{'.repeat(4_000_000), '{"'.repeat(2_000_000), '{"a":'.repeat(1_000_000)])(
  'gives up on malice (case %#)',
  (text) => {
    expect(lastJsonDocument(text)).toBeUndefined();
  },
);

it('ends with many small ones', () => {
  expect(lastJsonDocument(`${'{}'.repeat(1_000_000)}{"last":1}`)).toEqual({ last: 1 });
});
