// Whether a change has taken tests away: what a check counts with it, beside what it counted on the tree
// that the change was made on. A check that passes because its tests are gone proves nothing.

import type { Check } from '../model/plan.ts';
import { lostTests } from '../model/test-counts.ts';
import type { Earlier } from '../model/test-counts.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Bench } from './bench.ts';
import { judgeTree } from './judge-tree.ts';
import type { Judging } from './judge-tree.ts';
import type { Workshop } from './workshop.ts';

/** What is compared. */
interface Compared {
  readonly run: string;
  /** The commit that the change was made on; `null` = there is nothing to compare with. */
  readonly before: string | null;
  readonly verdicts: readonly Verdict[];
}

/** What was found out; `null` = that check counts nothing there. */
type Measured = Map<string, Promise<Earlier | null>>;

/** So many answers are kept: a coordinator may live for months. */
const MOST_KEPT = 500;
/** Tasks of a run start from the same tree: it is measured once. */
const KNOWN = new WeakMap<Workshop, Measured>();

/**
 * Compares what checks have counted with the tree before. Where nobody knows what that was, the checks
 * that count are run on it.
 *
 * @param bench - The coordinator.
 * @param judging - How the verdicts were made.
 * @param compared - The verdicts, and the commit before.
 * @returns The verdicts, with a finding on each that misses tests.
 */
export async function withComparison(
  bench: Bench,
  judging: Judging,
  { run, before, verdicts }: Compared,
): Promise<readonly Verdict[]> {
  const { workshop } = bench;
  // What has failed is sent back in any case.
  if (before === null || verdicts.some(({ ok }) => !ok)) return verdicts;
  const counting = judging.checks.filter(
    ({ name, fewerTests }) =>
      fewerTests !== 'ignore' &&
      verdicts.some((verdict) => verdict.name === name && verdict.tests !== undefined),
  );
  if (counting.length === 0) return verdicts;
  const tree = await workshop.repository.treeOf(before);
  const found = new Map<string, { check: Check; earlier: Earlier | null }>();
  for (const check of counting) {
    if (judging.signal.aborted) return verdicts;
    const key = JSON.stringify([run, tree, check.name, check.run]);
    const measure = async (): Promise<Earlier | null> =>
      (await fromStore(workshop, run, { check, tree })) ??
      (await onTree(workshop, { ...judging, treeish: before }, { check, tree }));
    const earlier = await once(knownOf(workshop), key, judging.signal, measure);
    found.set(check.name, { check, earlier });
  }
  return verdicts.map((verdict) => {
    const { check, earlier = null } = found.get(verdict.name) ?? {};
    if (check === undefined) return verdict;
    const bare = uncompared(verdict);
    return earlier === null || bare.tree === tree ? bare : beside(bare, check, earlier);
  });
}

/** One that was made earlier in the run may have been put beside another tree. */
function uncompared({ before: _, findings, ...verdict }: Verdict): Verdict {
  return { ...verdict, findings: findings.filter(({ about }) => about !== 'tests') };
}

function beside(verdict: Verdict, check: Check, earlier: Earlier): Verdict {
  if (verdict.tests === undefined) return verdict;
  const { passed, failed, skipped } = earlier.tests;
  const before = { tree: earlier.tree, passed, failed, skipped, coverage: earlier.coverage };
  const isFailed = check.fewerTests === 'fail';
  const lost = lostTests(verdict.tests, earlier, isFailed ? 'blocking' : 'major');
  if (lost === null) return { ...verdict, before };
  const findings = [...verdict.findings, lost];
  return { ...verdict, before, findings, ok: !isFailed };
}

/** Who comes while it is being found out waits for it; who was stopped has found out nothing. */
async function once(
  known: Measured,
  key: string,
  signal: AbortSignal,
  measure: () => Promise<Earlier | null>,
): Promise<Earlier | null> {
  const there = known.get(key);
  if (there !== undefined) return there;
  const measuring = measure();
  known.set(key, measuring);
  const forget = (): void => {
    if (known.get(key) === measuring) known.delete(key);
  };
  for (const oldest of known.keys()) {
    if (known.size <= MOST_KEPT) break;
    known.delete(oldest);
  }
  try {
    return await measuring;
  } catch (error) {
    forget();
    throw error;
  } finally {
    if (signal.aborted) forget();
  }
}

function knownOf(workshop: Workshop): Measured {
  const known: Measured = KNOWN.get(workshop) ?? new Map<string, Promise<Earlier | null>>();
  KNOWN.set(workshop, known);
  return known;
}

/** The last verdict of the same check on that tree. */
async function fromStore(
  { store }: Workshop,
  run: string,
  { check, tree }: { check: Check; tree: string },
): Promise<Earlier | null> {
  const rows = await store.verdicts(run);
  const row = rows.findLast(
    ({ verdict }) =>
      verdict.tree === tree && verdict.command === check.run && verdict.tests !== undefined,
  );
  return row === undefined ? null : earlierOf(row.verdict, tree);
}

async function onTree(
  workshop: Workshop,
  judging: Judging,
  { check, tree }: { check: Check; tree: string },
): Promise<Earlier | null> {
  const [verdict] = await judgeTree(workshop, { ...judging, checks: [check] });
  return verdict === undefined ? null : earlierOf(verdict, tree);
}

function earlierOf({ tests, coverage }: Verdict, tree: string): Earlier | null {
  return tests === undefined ? null : { tree, tests, coverage: coverage ?? null };
}
