import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { canonicalJson } from './canonical-json.ts';

it('sorts the keys of objects at every depth, and nothing else', () => {
  expect(canonicalJson({ b: [3, { d: 1, c: 2 }, 1], a: null, 10: 'x', 9: 'y' })).toBe(
    '{"9":"y","10":"x","a":null,"b":[3,{"c":2,"d":1},1]}',
  );
  expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"z":1,"a":2}}'))).toBe(
    '{"__proto__":{"a":2,"z":1},"b":1}',
  );
});

it('writes the same for what was read back', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = canonicalJson(value);
      expect(canonicalJson(JSON.parse(json))).toBe(json);
    }),
  );
});
