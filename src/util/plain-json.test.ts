import { expect, it } from 'vitest';

import { plainJson } from './plain-json.ts';

it.each([
  [
    'a document',
    '{"a":[{"b":"c: \\"d\\":"}, 1, null],"e":{}}',
    { a: [{ b: 'c: "d":' }, 1, null], e: {} },
  ],
  ['a list', '[1, "a\\\\", {"b" : 2}]', [1, 'a\\', { b: 2 }]],
])('reads %s', (_, text, value) => {
  expect(plainJson(text)).toStrictEqual(value);
});

it.each([
  ['YAML', 'a: 1'],
  ['a key twice', '{"a":1,"a":1}'],
  ['a key twice, far below', '[{"a":[{"b":1,"\\u0062":2}]}]'],
  ['a prototype', '{"a":{"__proto__":{}}}'],
  ['a merge', '{"<<":{}}'],
  ['nothing', ''],
  ['what is nested deeply', `${'['.repeat(60)}${']'.repeat(60)}`],
])('leaves %s to others', (_, text) => {
  expect(plainJson(text)).toBeUndefined();
});
