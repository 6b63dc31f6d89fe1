// What must hold of a fenced block, whatever was put into it. The checks fold the block in their own
// way, independent of how the fence does it.

import { expect } from 'vitest';

/** A string that tries to leave the fence. */
export interface Injection {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
  readonly parts?: readonly string[];
  readonly gen?: readonly { readonly b64: string; readonly times: number }[];
}

const wide = (text: string): string =>
  text.replaceAll(/[!-~]/gu, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));

/**
 * Builds the texts of an injection.
 *
 * @param injection - The case.
 * @param delimiter - The delimiter it is to know, where it knows one.
 * @returns One text, or the results of two neighbours.
 */
export function textsOf(injection: Injection, delimiter: string): readonly string[] {
  const texts =
    injection.gen === undefined
      ? (injection.parts ?? [injection.text])
      : [
          injection.gen
            .map(({ b64, times }) => Buffer.from(b64, 'base64').toString('utf8').repeat(times))
            .join(''),
        ];
  const half = Math.floor(delimiter.length / 2);
  return texts.map((text) =>
    text
      .replaceAll('{{DELIM}}', delimiter)
      .replaceAll('{{DELIM_UPPER}}', delimiter.toUpperCase())
      .replaceAll('{{DELIM_FULLWIDTH}}', wide(delimiter))
      .replaceAll('{{DELIM_REVERSED}}', delimiter.split('').toReversed().join(''))
      .replaceAll('{{DELIM_FIRST_HALF}}', delimiter.slice(0, half))
      .replaceAll('{{DELIM_SECOND_HALF}}', delimiter.slice(half)),
  );
}

const decode = (text: string): string =>
  text
    .replaceAll(/&#x([0-9a-f]+);?/giu, (_, hex: string) => point(Number.parseInt(hex, 16)))
    .replaceAll(/&#(\d+);?/gu, (_, digits: string) => point(Number(digits)))
    .replaceAll(/&lt;?/giu, '<')
    .replaceAll(/&gt;?/giu, '>')
    .replaceAll(/&sol;/giu, '/')
    .replaceAll(/%([0-9a-f]{2})/giu, (_, hex: string) => point(Number.parseInt(hex, 16)));
const point = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : '');
const folds: readonly ((text: string) => string)[] = [
  (text) => text,
  decode,
  (text) => decode(text).normalize('NFKC'),
  (text) => decode(text).normalize('NFKD').replaceAll(/\p{M}/gu, ''),
];
const fold = (text: string): string =>
  text
    .replaceAll(/[\p{Cf}\p{Cc}\u034f\ufe00-\ufe0f]/gu, '')
    .toLowerCase()
    .replaceAll(/[\s\p{Pd}_\u2212]/gu, '');

/**
 * Asserts that a block holds.
 *
 * @param block - A whole fenced block.
 * @param name - Its name.
 * @param delimiter - Its delimiter.
 */
export function expectToHold(block: string, name: string, delimiter: string): void {
  const close = `</${name} ${delimiter}>`;
  const open = `<${name} ${delimiter}>`;
  expect(block.startsWith(open)).toBe(true);
  expect(block.indexOf(close)).toBe(block.length - close.length);
  const body = block.slice(open.length, -close.length);
  for (const seen of folds.map((each) => fold(each(body)))) {
    expect(seen).not.toContain(`</${name.replaceAll('-', '')}`);
    expect(seen).not.toContain(fold(delimiter));
  }
  expect(block).not.toMatch(/\p{Surrogate}/u);
  expect(block.replaceAll(/[\n\t]/gu, '')).not.toMatch(
    /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u,
  );
}
