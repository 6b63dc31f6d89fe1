import { describe, expect, it } from 'vitest';

import {
  cutToWidth,
  displayWidth,
  oneLine,
  padToWidth,
  sanitizeTerminal,
  spellOut,
  wrapToWidth,
} from './terminal-text.ts';

describe('sanitizeTerminal', () => {
  it.each([
    ['colours', '\u001B[1;31mred\u001B[0m', 'red'],
    ['a window title', '\u001B]0;owned\u0007text', 'text'],
    ['a link', '\u001B]8;;http://x\u001B\\link\u001B]8;;\u001B\\', 'link'],
    ['8-bit sequences', '\u009B31mred\u009D0;t\u009Cx', 'redx'],
    ['an open sequence keeps what follows', '\u001B]0;still here', ']0;still here'],
    ['screen switching', '\u001Bc\u001B(0a', 'ca'],
    ['bells, nulls, deletes', 'a\u0000b\u0007c\u007Fd\u0008', 'abcd'],
    ['overriding the line', 'safe\rEVIL\r\nnext', 'safe\nEVIL\nnext'],
    ['right-to-left overrides', 'a\u202Egpj.exe\u2066b\u200F', 'agpj.exeb'],
    ['lone surrogates', 'a\uD800b', 'a\uFFFDb'],
    ['line feeds and tabs stay', 'a\n\tb', 'a\n\tb'],
    ['emoji stay whole', '👩‍👩‍👧 ok', '👩‍👩‍👧 ok'],
  ])('%s', (_, given, expected) => expect(sanitizeTerminal(given)).toBe(expected));

  it('takes a megabyte of open sequences in its stride', () => {
    const text = '\u001B]'.repeat(500_000);
    expect(sanitizeTerminal(text)).toBe(']'.repeat(500_000));
  });

  it('lets no control character through, whatever comes', () => {
    const every = Array.from({ length: 0x3000 }, (_, code) => String.fromCodePoint(code)).join('');
    expect(sanitizeTerminal(every)).not.toMatch(/[^\P{Control}\n\t]/u);
  });
});

describe('width', () => {
  it.each([
    ['', 0],
    ['plain', 5],
    ['日本語', 6],
    ['한국어', 6],
    ['ｆｕｌｌ', 8],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['✓', 1],
    ['✔️', 2],
    ['🇩🇪', 2],
    ['עברית', 5],
    ['├─ x', 4],
  ])('%s is %i wide', (text, width) => expect(displayWidth(text)).toBe(width));

  it('cuts at whole characters and never beyond the width', () => {
    expect(cutToWidth('hello world', 8)).toBe('hello w…');
    expect(cutToWidth('hello', 5)).toBe('hello');
    expect(cutToWidth('日本語日本語', 6)).toBe('日本…');
    expect(cutToWidth('日本語', 6)).toBe('日本語');
    expect(cutToWidth('👩‍👩‍👧👩‍👩‍👧', 3)).toBe('👩‍👩‍👧…');
    expect(cutToWidth('abc', 1)).toBe('…');
    expect(cutToWidth('abc', 0)).toBe('');
    expect(cutToWidth('abc', -3)).toBe('');
    for (let width = 0; width < 12; width += 1) {
      const text = 'a日e\u0301👩‍👩‍👧b한 c';
      expect(displayWidth(cutToWidth(text, width))).toBeLessThanOrEqual(width);
      expect(displayWidth(padToWidth(text, width))).toBe(width);
    }
  });

  it('keeps a heap of marks off the screen', () => {
    expect(cutToWidth(`a${'\u0301'.repeat(10_000)}b`, 5)).toBe('ab');
  });

  it('puts foreign text on one line', () => {
    expect(oneLine('  a\n\n b\t\u001B[2Jc ')).toBe('a b c');
    expect(oneLine('x'.repeat(10_000))).toHaveLength(4096);
  });

  it('spells out what a command hides', () => {
    expect(spellOut('npm test\n\trm -rf \u001B[8m\u202E~\r')).toBe(
      'npm test ⏎ \\u{9}rm -rf \\u{1b}[8m\\u{202e}~\\u{d}',
    );
  });

  it('wraps at spaces', () => {
    expect(wrapToWidth('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrapToWidth('an unbreakable x', 5)).toEqual(['an', 'unbre', 'akabl', 'e x']);
    expect(wrapToWidth('日本語', 1)).toEqual(['日', '本', '語']);
    expect(wrapToWidth('', 5)).toEqual([]);
  });
});
