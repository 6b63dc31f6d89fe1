// Running checks on a tree, except those that it has passed in this run before.

import type { Check } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Bench } from './bench.ts';
import { withComparison } from './compare-tests.ts';
import { conditionsOf } from './conditions.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { judgeTree } from './judge-tree.ts';
import type { Judging } from './judge-tree.ts';

/** What is known of a tree, and what has to be found out. */
export interface Lookup {
  readonly passed: readonly Verdict[];
  readonly open: readonly Check[];
  /** All of them. */
  readonly checks: readonly Check[];
  /** The conditions of every check, by its command. */
  readonly conditions: ReadonlyMap<string, string>;
}

/**
 * Looks up what checks have found out about a tree in a run.
 *
 * @param bench - The coordinator.
 * @param gatekeeper - Who knows.
 * @param about - The run, the tree and the checks.
 * @param about.run - The run.
 * @param about.tree - The tree.
 * @param about.checks - The checks.
 * @returns What is known and what is not.
 */
export async function lookUp(
  bench: Bench,
  { known }: Gatekeeper,
  { run, tree, checks }: { run: Run; tree: string; checks: readonly Check[] },
): Promise<Lookup> {
  const passed: Verdict[] = [];
  const open: Check[] = [];
  const conditions = new Map<string, string>();
  for (const check of checks) {
    const under = await conditionsOf(bench.workshop, run.settings, check);
    conditions.set(check.run, under);
    const verdict = await known.find(run.key, tree, under);
    if (verdict === null) open.push(check);
    else passed.push(verdict);
  }
  return { passed, open, checks, conditions };
}

/**
 * Finds out what is not known yet.
 *
 * @param bench - The coordinator.
 * @param gatekeeper - Who remembers it.
 * @param found - What is known.
 * @param judging - The run's key, how its checks are run, and the commit that what they count is
 *   compared with.
 * @returns All verdicts.
 */
export async function judgeRest(
  bench: Bench,
  gatekeeper: Gatekeeper,
  { passed, open, checks, conditions }: Lookup,
  judging: Omit<Judging, 'checks' | 'env'> & {
    readonly run: string;
    readonly before: string | null;
    readonly env: (port: number | null) => Judging['env'];
  },
): Promise<readonly Verdict[]> {
  const { run, before, env, ...how } = judging;
  const ports = await bench.workshop.ports.take();
  const means: Judging = { ...how, env: env(ports?.first ?? null), checks: open };
  try {
    const verdicts = (await judgeTree(bench.workshop, means)).map((verdict): Verdict => {
      const under = conditions.get(verdict.command ?? '');
      return under === undefined ? verdict : Object.assign({}, verdict, { conditions: under });
    });
    // What was stopped half-way is not heard, so it must not be remembered either.
    if (!judging.signal.aborted) await gatekeeper.known.learn(run, verdicts);
    const all = { ...means, checks };
    return await withComparison(bench, all, { run, before, verdicts: [...passed, ...verdicts] });
  } finally {
    ports?.release();
  }
}

/**
 * Tells whether nothing has to be run to know how a tree is judged.
 *
 * @param found - What is known of it.
 * @returns Whether every check has passed, and none counts what would have to be compared.
 */
export function isKnown({ open, passed }: Lookup): boolean {
  return open.length === 0 && passed.every(({ tests }) => tests === undefined);
}
