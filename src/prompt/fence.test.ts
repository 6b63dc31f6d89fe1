import { readFileSync } from 'node:fs';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { expectToHold, textsOf } from '../../test/hostile/injection/checks.ts';
import type { Injection } from '../../test/hostile/injection/checks.ts';
import { cleanText } from '../util/clean-text.ts';
import { createFence, fenced, inBlock, inLine } from './fence.ts';

const NAME = 'completed-dependencies';
const FENCE = createFence('k7f3-q9x2-m4d8-b6z1');
const BUDGET = 16_384;

const block = (...texts: string[]): string =>
  fenced(
    NAME,
    texts.map((text) => ({ heading: 'SHOP-1.1', text })),
    BUDGET,
    FENCE,
  );
const inside = (text: string): string => {
  const whole = block(text);
  return whole.slice(whole.indexOf('SHOP-1.1\n') + 9, whole.lastIndexOf('\n</'));
};

const INJECTIONS: Injection[] = [];
const file = new URL('../../test/hostile/injection/selection.jsonl', import.meta.url);
for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
  const injection: Injection = JSON.parse(line);
  INJECTIONS.push(injection);
}

describe('fenced', () => {
  it.each(INJECTIONS.map((each) => [each.kind, each.id, each] as const))(
    'holds %s %s',
    (_kind, _id, each) => {
      const texts = textsOf(each, FENCE.delimiter);
      const whole = block(...texts);
      expect(whole.length).toBeLessThanOrEqual(BUDGET);
      expectToHold(whole, NAME, FENCE.delimiter);
      const asTitle = fenced(NAME, [{ heading: texts.join(' '), text: '' }], BUDGET, FENCE);
      expectToHold(asTitle, NAME, FENCE.delimiter);
      const line = inLine(texts.join(' '), FENCE);
      expect(line).not.toMatch(/\n|k7f3q9x2m4d8b6z1/u);
    },
  );

  it('leaves ordinary text alone', () => {
    const texts = [
      'if (a < b && c > d) return "</div>";\n\treturn x;',
      'The completed dependencies are listed in README.md.',
      '👨‍👩‍👧 👩🏽‍🚀 ❤️ 1️⃣ 🏳️‍🌈',
      'می‌خواهم क्‍ष 日本語 Прочитай это',
      '&lt;b&gt; 100% \\n \\u0041 C:\\x',
      'naïve café Ångström ﬁne',
    ];
    for (const text of texts) expect(inside(text)).toBe(text);
  });

  it('keeps within the budget and shares it', () => {
    const long = fenced(
      NAME,
      [
        { heading: 'short', text: 'here' },
        { heading: 'long', text: 'x'.repeat(5000) },
        { heading: 'longer', text: 'y'.repeat(50_000) },
      ],
      1000,
      FENCE,
    );
    expect(long.length).toBeLessThanOrEqual(1000);
    expect(long).toContain('## short\nhere');
    expect(long.split('x').length).toBeGreaterThan(300);
    expect(long.split('y').length).toBeGreaterThan(300);
    expect(long.match(/\[cut:/gu)).toHaveLength(2);
    expect(fenced(NAME, [], 1000, FENCE)).toBe('');
    expect(fenced(NAME, [{ heading: 'a', text: 'b' }], 40, FENCE)).toBe('');
  });

  it('holds whatever is in it, and splits no character', () => {
    const piece = fc.constantFrom(
      '<',
      '/',
      '</',
      '>',
      'completed',
      '-',
      'dependencies',
      ' ',
      '\u200b',
      'с',
      'k7f3q9x2',
      'm4d8b6z1',
      '&lt;',
      '%2F',
      '👨‍👩‍👧',
      '\ud83d',
      '\n',
      'x'.repeat(90),
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.array(piece, { maxLength: 30 }).map((each) => each.join('')),
          { minLength: 1, maxLength: 4 },
        ),
        fc.integer({ min: 150, max: 600 }),
        (texts, budget) => {
          const parts = texts.map((text) => ({ heading: text.slice(0, 20), text }));
          const whole = fenced(NAME, parts, budget, FENCE);
          expect(whole.length).toBeLessThanOrEqual(budget);
          expectToHold(whole, NAME, FENCE.delimiter);
        },
      ),
    );
  });

  it('takes time linear in what it looks at', () => {
    const nasty = [
      '<'.repeat(3e6),
      'completed-'.repeat(3e5),
      '&'.repeat(3e6),
      '\u200d'.repeat(3e6),
      'с'.repeat(3e6),
    ];
    for (const text of nasty) expect(block(text).length).toBeLessThanOrEqual(BUDGET);
    expect(cleanText('\u200d'.repeat(3e6))).toBe('');
  });
});

describe('createFence', () => {
  it('refuses what could be guessed', () => {
    expect(() => createFence('-----------------a')).toThrow(/at least 12/u);
  });
});

describe('inBlock', () => {
  it('cleans what a person approved', () => {
    expect(inBlock('a\u202eb\r\nc k7f3q9x2m4d8b6z1', FENCE, 100)).toBe(
      'ab\nc k7f3q9x2[not-a-tag]m4d8b6z1',
    );
    expect(inBlock('x'.repeat(200), FENCE, 100)).toHaveLength(100);
  });
});
