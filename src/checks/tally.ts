// Counting tests while a reader goes through what a tool has printed.

import { LONGEST_NAME, MOST_NAMES } from '../model/test-counts.ts';
import type { TestCounts } from '../model/verdict.ts';
import { boundedText } from '../util/bounded-text.ts';
import { oneLine } from '../util/terminal-text.ts';

/** What became of a test. */
export type TestEnd = 'passed' | 'failed' | 'skipped';

/** More is no count of tests. */
const HIGHEST = 100_000_000;

/** Adds tests up. */
export class Tally {
  #counted = false;
  readonly #counts: Record<TestEnd, number> = { passed: 0, failed: 0, skipped: 0 };
  readonly #names = { failed: new Set<string>(), skipped: new Set<string>() };

  /**
   * Adds tests.
   *
   * @param end - What became of them.
   * @param count - How many, as the tool prints it; nothing = none of them.
   */
  add(end: TestEnd, count: string | number | undefined): void {
    const number = Number(count ?? 0);
    if (!Number.isSafeInteger(number) || number < 0 || number > HIGHEST) return;
    this.#counted = true;
    this.#counts[end] += number;
  }

  /**
   * Notes the name of a test that failed or was skipped.
   *
   * @param end - What became of it.
   * @param name - Its name, as the tool prints it.
   */
  name(end: TestEnd, name: string | undefined): void {
    if (end === 'passed' || name === undefined) return;
    const names = this.#names[end];
    const text = boundedText(oneLine(name), LONGEST_NAME);
    if (text !== '' && names.size < MOST_NAMES) names.add(text);
  }

  /**
   * Adds what another one has counted.
   *
   * @param other - Its result; `null` = nothing.
   */
  include(other: TestCounts | null): void {
    if (other === null) return;
    for (const end of ['passed', 'failed', 'skipped'] as const) this.add(end, other[end]);
    for (const name of other.failedNames) this.name('failed', name);
    for (const name of other.skippedNames) this.name('skipped', name);
  }

  /** What was counted; `null` = nothing that tells of tests. */
  result(): TestCounts | null {
    if (!this.#counted) return null;
    return {
      ...this.#counts,
      failedNames: [...this.#names.failed],
      skippedNames: [...this.#names.skipped],
    };
  }
}
