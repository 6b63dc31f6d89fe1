// What commands have found out about a tree, apart from what reviewers only claim about it.

import type { VerdictRow } from '../model/summary.ts';
import type { Verdict } from '../model/verdict.ts';

/** What a reviewer's claim was tried out by is called so. */
const CLAIM = 'claim of ';

/**
 * Names what tried out a reviewer's claim.
 *
 * @param agent - The reviewer.
 * @param number - Which of its claims, from 1.
 * @returns The name of the verdict.
 */
export function claimName(agent: string, number: number): string {
  return `${CLAIM}${agent} ${number}`;
}

/**
 * Picks what checks have found out about a tree; of each command, the last word.
 *
 * @param rows - The run's verdicts, oldest first.
 * @param tree - The tree.
 * @returns The verdicts, by their commands; what reviewers claimed is none of them.
 */
export function evidenceOn(
  rows: readonly VerdictRow[],
  tree: string,
): ReadonlyMap<string, Verdict> {
  const found = new Map<string, Verdict>();
  for (const { verdict } of rows) {
    const { kind, command, name } = verdict;
    if (kind !== 'check' || verdict.tree !== tree || command === null) continue;
    // It says little of a tree that it passed when it was tried once more.
    if (verdict.flaky === true) continue;
    if (!name.startsWith(CLAIM)) found.set(command, verdict);
  }
  return found;
}
