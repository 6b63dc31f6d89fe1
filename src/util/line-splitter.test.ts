import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { LineSplitter } from './line-splitter.ts';

function split(chunks: readonly Uint8Array[], limit: number): { lines: string[]; dropped: number } {
  const splitter = new LineSplitter(limit);
  const lines = [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
  return { lines, dropped: splitter.dropped };
}

it('cuts the same lines out of any pieces', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'ü', '😀', '\n', '\r', '\r\n', '{}'), { maxLength: 40 }),
      fc.integer({ min: 1, max: 7 }),
      (parts, size) => {
        const text = parts.join('');
        const bytes = Buffer.from(text);
        const chunks: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        const expected = text.split(/[\r\n]/u).filter((line) => line !== '');
        expect(split(chunks, 1_000)).toEqual({ lines: expected, dropped: 0 });
      },
    ),
  );
});

it('drops a line that is too long, keeps the ones around it, and holds little', () => {
  const chunk = Buffer.alloc(1 << 20, 'x');
  const splitter = new LineSplitter(1 << 20);
  const before = process.memoryUsage().arrayBuffers;
  expect(splitter.push(Buffer.from('first\nx'))).toEqual(['first']);
  for (let piece = 0; piece < 100; piece += 1) expect(splitter.push(chunk)).toEqual([]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 << 20);
  expect(splitter.push(Buffer.from('\nlast'))).toEqual([]);
  expect(splitter.end()).toEqual(['last']);
  expect(splitter.dropped).toBe(1);
});

it('puts something in place of bytes that are no text', () => {
  expect(split([Uint8Array.of(0x61, 0xff, 0x0a)], 10).lines).toEqual(['a\uFFFD']);
});
