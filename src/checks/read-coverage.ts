// How many of the lines were reached, in percent, where a tool says so.

import { attributeOf, tagsIn } from './xml-tags.ts';

/** Lines that say it for everything that was measured. */
const LINES: readonly RegExp[] = [
  // node --experimental-test-coverage
  /^[ℹ#] all files +\| +([\d.]+) \|/u,
  // istanbul's table (jest, vitest, c8, nyc): statements, branches, functions, lines
  /^All files +\| +[\d.]+ \| +[\d.]+ \| +[\d.]+ \| +([\d.]+) \|/u,
  // istanbul's summary
  /^Lines +: +([\d.]+)% \(/u,
  // coverage.py, pytest-cov
  /^TOTAL +\d+ +\d+(?: +\d+ +\d+)? +([\d.]+)%$/u,
  // go tool cover -func
  /^total:\s+\(statements\)\s+([\d.]+)%$/u,
  // cargo tarpaulin
  /^([\d.]+)% coverage, \d+\/\d+ lines covered/u,
  // lcov, genhtml
  /^ +lines\.+: ([\d.]+)% \(/u,
];
/** Go says it for each package: with several there is no number for all. */
const GO_PACKAGE = /\bcoverage: ([\d.]+)% of statements/u;

/**
 * Reads the coverage that tools have printed.
 *
 * @param lines - What was printed.
 * @returns Percent; `null` = none, or several that differ.
 */
export function readCoverage(lines: readonly string[]): number | null {
  const all = new Set<string>();
  const packages: string[] = [];
  for (const line of lines) {
    for (const pattern of LINES) {
      const percent = pattern.exec(line)?.[1];
      if (percent !== undefined) all.add(percent);
    }
    // Under -v it stands alone as well as at the end of the package's line.
    const percent = GO_PACKAGE.exec(line)?.[1];
    if (percent !== undefined && line.startsWith('ok')) packages.push(percent);
  }
  if (all.size === 1) return percentOf(Number([...all][0]));
  return all.size === 0 && packages.length === 1 ? percentOf(Number(packages[0])) : null;
}

/**
 * Reads a coverage report: lcov, Cobertura or JaCoCo.
 *
 * @param text - The file.
 * @returns Percent of the lines; `null` = it is none of them.
 */
export function readCoverageFile(text: string): number | null {
  if (/^(?:TN:.*\r?\n)?SF:/u.test(text)) return lcov(text);
  let lines = '';
  for (const { tag, attributes, isEnd } of text.includes('<') ? tagsIn(text) : []) {
    if (tag === 'coverage' && !isEnd) {
      const rate = attributeOf(attributes, 'line-rate');
      return rate === '' ? null : percentOf(100 * Number(rate));
    }
    // JaCoCo's counters of the whole stand last.
    if (tag === 'counter' && attributeOf(attributes, 'type') === 'LINE') lines = attributes;
  }
  const missed = Number(attributeOf(lines, 'missed'));
  const covered = Number(attributeOf(lines, 'covered'));
  return shareOf(covered, covered + missed);
}

function lcov(text: string): number | null {
  let [found, hit] = [0, 0];
  for (const [, kind, count] of text.matchAll(/^L([FH]):(\d+)\r?$/gmu)) {
    if (kind === 'F') found += Number(count);
    else hit += Number(count);
  }
  return shareOf(hit, found);
}

function shareOf(part: number, whole: number): number | null {
  return whole > 0 ? percentOf((100 * part) / whole) : null;
}

function percentOf(value: number): number | null {
  if (!Number.isFinite(value) || value < 0 || value > 100) return null;
  return Math.round(value * 100) / 100;
}
