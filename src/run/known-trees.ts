// What checks have found out about trees in a run: a tree that has passed is not checked again. It
// follows from the verdicts in the store, so a restart forgets nothing. Failures are not kept, nor is
// a pass that took more than one try.

import type { RunKey } from '../model/key.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Store } from '../ports/store.ts';

/** The verdicts of a run that hold for their trees whoever asks. */
type Passed = Map<string, Verdict>;

/** What is known of the trees of every run. */
export class KnownTrees {
  readonly #store: Pick<Store, 'verdicts'>;
  readonly #runs = new Map<RunKey, Promise<Passed>>();

  constructor(store: Pick<Store, 'verdicts'>) {
    this.#store = store;
  }

  /** The verdict on a tree under the same conditions; `null` when it has to be found out. */
  async find(run: RunKey, tree: string, conditions: string): Promise<Verdict | null> {
    return (await this.#of(run)).get(nameOf(tree, conditions)) ?? null;
  }

  async learn(run: RunKey, verdicts: readonly Verdict[]): Promise<void> {
    const passed = await this.#of(run);
    for (const verdict of verdicts) keep(passed, verdict);
  }

  #of(run: RunKey): Promise<Passed> {
    const known = this.#runs.get(run);
    if (known !== undefined) return known;
    const read = this.#store.verdicts(run).then((rows) => {
      const passed: Passed = new Map();
      for (const { verdict } of rows) keep(passed, verdict);
      return passed;
    });
    this.#runs.set(run, read);
    return read;
  }
}

function keep(passed: Passed, verdict: Verdict): void {
  const { ok, flaky, tree, conditions } = verdict;
  if (!ok || flaky === true || tree === null || conditions === undefined) return;
  // What it was compared with does not belong to the tree.
  const { before: _, ...alone } = verdict;
  passed.set(nameOf(tree, conditions), { ...alone, findings: [] });
}

function nameOf(tree: string, conditions: string): string {
  return `${tree} ${conditions}`;
}
