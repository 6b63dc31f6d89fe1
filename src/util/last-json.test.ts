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

it('gives up on malice in a moment', () => {
  const before = performance.now();
  lastJsonDocument('{'.repeat(4_000_000));
  lastJsonDocument('{"'.repeat(2_000_000));
  lastJsonDocument('{}'.repeat(1_000_000));
  expect(performance.now() - before).toBeLessThan(2_000);
});
