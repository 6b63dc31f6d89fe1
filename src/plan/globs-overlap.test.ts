import { describe, expect, it } from 'vitest';

import { globsOverlap } from './globs-overlap.ts';

describe('globsOverlap', () => {
  it.each([
    ['src/**', 'src/a/b.ts', true],
    ['src/**', 'test/**', false],
    ['src/*.ts', 'src/*.tsx', false],
    ['src/*.ts', 'src/a*', true],
    ['src/*.ts', 'src/a/b.ts', false],
    ['**/*.md', 'docs/x.md', true],
    ['**/*.md', 'docs/x.ts', false],
    ['docs', 'docs/a/b.md', true],
    ['a/**/z.ts', 'a/b/**/c/z.ts', true],
    ['src/{a,b}/x.ts', 'src/c/x.ts', true],
    ['src/?.ts', 'src/ab.ts', false],
    ['**', 'anything', true],
    ['Makefile', 'Makefile', true],
  ])('%s and %s: %s', (a, b, overlap) => {
    expect(globsOverlap(a, b)).toBe(overlap);
    expect(globsOverlap(b, a)).toBe(overlap);
  });

  it('is quick for nasty patterns', () => {
    const nasty = '*a'.repeat(250);
    expect(globsOverlap(nasty, nasty.replaceAll('a', 'b'))).toBe(false);
  });
});
