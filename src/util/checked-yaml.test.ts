import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { readChecked } from './checked-yaml.ts';
import type { Problem } from './checked-yaml.ts';

const schema = z.strictObject({
  title: z.string().min(1).optional(),
  count: z.int().min(1).max(9).optional(),
  mood: z.enum(['good', 'bad']).optional(),
  list: z.array(z.strictObject({ depends_on: z.array(z.string()) })).optional(),
  names: z.record(z.string().regex(/^[a-z]+$/u, 'must be a word'), z.number()).optional(),
  either: z.union([z.string(), z.strictObject({ deep: z.number() })]).optional(),
  refined: z
    .string()
    .refine(() => false, { error: 'must be better', params: { hint: 'try harder' } })
    .optional(),
});

function problems(text: string): readonly Problem[] {
  const read = readChecked(text, schema);
  return read.ok ? [] : read.problems;
}

describe('what the schema refuses', () => {
  const cases: [string, string, Omit<Problem, 'hint'> & { hint?: string | null }][] = [
    [
      'an unknown key',
      'title: x\nconut: 3\n',
      at('unknown key "conut"', 'conut', 2, 1, 'did you mean count?'),
    ],
    [
      'an unknown key unlike any',
      '? zzz\n: 1',
      at(
        'unknown key "zzz"',
        'zzz',
        1,
        3,
        'known here: title, count, mood, list, names, either, refined',
      ),
    ],
    ['a wrong type', 'count: four', at('count must be a number, not "four"', 'count', 1, 8)],
    [
      'text that looks like a number',
      'title: 5',
      at('title must be text, not 5', 'title', 1, 8, 'write "5"'),
    ],
    [
      'a part of a number',
      'count: 1.5',
      at('count must be a whole number, not 1.5', 'count', 1, 8),
    ],
    ['no number', 'count: .nan', at('count must be a number, not NaN', 'count', 1, 8)],
    ['too little', 'count: 0', at('count must be at least 1, not 0', 'count', 1, 8)],
    ['too much', 'count: 10', at('count must be at most 9, not 10', 'count', 1, 8)],
    ['empty text', 'title: ""', at('title must not be empty, not ""', 'title', 1, 8)],
    ['nothing', 'title:\ncount: 1', at('title must be text, not nothing', 'title', 1, 7)],
    [
      'a word not allowed',
      '{"mood": "goood"}',
      at('mood must be one of good, bad, not "goood"', 'mood', 1, 10, 'did you mean good?'),
    ],
    [
      'a text for a list',
      'list:\n  - depends_on: a',
      at('depends_on must be a list, not "a"', 'list[0].depends_on', 2, 17, 'write [a]'),
    ],
    [
      'something missing',
      'list:\n  - {}\n',
      at('depends_on is missing', 'list[0].depends_on', 2, 5, 'it is a list'),
    ],
    ['a wrong name', 'names: { B1: 1 }', at('"B1" must be a word', 'names.B1', 1, 10)],
    [
      'no alternative',
      'either: [1]',
      at('either must be text or a mapping of keys, not a list', 'either', 1, 9),
    ],
    [
      'the nearest alternative',
      'either: { deep: x }',
      at('deep must be a number, not "x"', 'either.deep', 1, 17),
    ],
    ['a rule', 'refined: x', at('refined must be better, not "x"', 'refined', 1, 10, 'try harder')],
    [
      'a list at the top',
      '- a',
      at('the document must be a mapping of keys, not a list', '', 1, 1),
    ],
    ['an empty text', '', at('the document must be a mapping of keys, not nothing', '', 1, 1)],
    [
      'only comments',
      '# a\n# b\n',
      at('the document must be a mapping of keys, not nothing', '', 1, 1),
    ],
  ];
  test.each(cases)('%s', (_, text, expected) => {
    expect(problems(text)).toEqual([{ hint: null, ...expected }]);
  });
});

describe('what the reader refuses', () => {
  const cases: [string, string, string, number, number][] = [
    ['a tag', 'title: !!js/function x', 'tags are not read here', 1, 8],
    ['a prototype', 'names:\n  __proto__: 1', 'unknown key "__proto__"', 2, 3],
    ['a prototype in JSON', '{"__proto__": {"title": 1}}', 'unknown key "__proto__"', 1, 2],
    ['a merge key', 'names: &a { b: 1 }\n<<: *a', 'unknown key "<<"', 2, 1],
    ['a key twice', 'title: a\ncount: 1\ntitle: b', 'the key "title" is there twice', 3, 1],
    ['two documents', 'title: a\n---\ntitle: b', 'more than one document in a file', 2, 1],
    ['a mapping for a key', '{}: 1', 'a key must be plain text', 1, 1],
    ['an alias of nothing', 'title: *no', 'unknown alias "*no"', 1, 8],
    ['an alias within itself', 'list: &a [*a]', 'unknown alias "*a"', 1, 11],
    ['a NUL', 'title: a\u0000', 'a character that no text may hold (U+0000)', 1, 9],
    ['depth', '['.repeat(100), 'nested more than 64 levels deep', 1, 65],
    ['depth without brackets', '- '.repeat(100), 'nested more than 64 levels deep', 1, 129],
    [
      'depth by indentation',
      Array.from({ length: 900 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      'nested more than 64 levels deep',
      66,
      66,
    ],
    ['size', '#'.repeat(1_048_577), 'larger than 1 MiB', 1, 1],
  ];
  test.each(cases)('%s', (_, text, ...[message, line, column]) => {
    expect(problems(text)[0]).toMatchObject({ message, line, column });
  });

  test('syntax, with line and column, tabs included', () => {
    expect(problems('title: "a\ncount: 1\n')[0]).toMatchObject({ line: 3 });
    expect(problems('list:\n\t- a\n')[0]).toMatchObject({ line: 2, column: 1 });
    expect(problems('title: [a\n')[0]?.message).toMatch(/\]/u);
  });

  test('a bomb of aliases, which stays small until it is counted', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i}: &l${i} [${`*l${i - 1},`.repeat(9)}]`,
    );
    const bomb = `l-1: &l-1 [x]\n${levels.join('\n')}`;
    expect(problems(bomb)[0]?.message).toBe('too many values (after aliases)');
    expect(problems(`list: &a [${'*a,'.repeat(300)}]`)[0]?.message).toMatch(/too many anchors/u);
  });
});

test('aliases are values like any other, found where they are used', () => {
  const text = 'names: &n { a: 1 }\ntitle: &t x\nmood: *t\n';
  expect(problems(text)).toMatchObject([{ path: 'mood', line: 3, column: 7 }]);
});

test('places survive a byte order mark and Windows line ends', () => {
  expect(problems('\ufefftitle: a\r\ncount: x\r\n')).toMatchObject([{ line: 2, column: 8 }]);
  expect(problems('\ufeffcount: x')).toMatchObject([{ line: 1, column: 8 }]);
});

test('a hundred problems are reported at once, in the order of the text', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `  k${'x'.repeat(index + 1)}: bad`);
  const found = problems(`names:\n${lines.join('\n')}\nzz: 1`);
  expect(found.map((each) => each.line)).toEqual(Array.from({ length: 101 }, (_, i) => i + 2));
});

test('a good text gives its value, and the place of everything in it', () => {
  const read = readChecked('list:\n  - depends_on: [a, b]\n', schema);
  if (!read.ok) throw new Error('refused');
  expect(read.value).toEqual({ list: [{ depends_on: ['a', 'b'] }] });
  expect(read.place(['list', 0, 'depends_on', 1])).toEqual({ line: 2, column: 21 });
  expect(read.place(['list', 0, 'nowhere'])).toEqual({ line: 2, column: 5 });
});

test('whatever JSON holds is read as JSON reads it', () => {
  const unprintable = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(
        text,
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
      ),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(
        text.filter((key) => key !== '__proto__' && key !== '<<'),
        tie('tree'),
        { maxKeys: 4, noNullPrototype: true },
      ),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.constantFrom(undefined, 2), (value, indent) => {
      const json = JSON.stringify(value, null, indent);
      fc.pre(!unprintable.test(json));
      const read = readChecked(json, z.unknown());
      expect(read).toMatchObject({ ok: true, value: JSON.parse(json) });
    }),
    { numRuns: 300 },
  );
});

test('any text at all gives a value or a problem with a place', () => {
  const pieces = fc.constantFrom(
    'a',
    ': ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '|',
    '>',
    '&a',
    '*a',
    '!',
    '#',
    '?',
    '%',
    '\t',
    '\r',
    '---',
    '...',
    '<<',
    '\u{1f600}',
    '\\',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      const read = readChecked(parts.join(''), z.unknown());
      if (read.ok) return;
      expect(read.problems.length).toBeGreaterThan(0);
      for (const each of read.problems) expect(Math.min(each.line, each.column)).toBeGreaterThan(0);
    }),
    { numRuns: 2000 },
  );
});

function at(
  message: string,
  path: string,
  ...[line, column, hint]: [number, number, string?]
): Omit<Problem, 'hint'> & { hint?: string } {
  return { message, path, line, column, ...(hint === undefined ? {} : { hint }) };
}
