// Bugs, planted into copies of the core's own source: one changed piece of text each. The core is put
// together in one file for each of them, which takes a fraction of what loading its modules does.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { rolldown } from 'rolldown';

import type { Core } from '../simulated-world.ts';
import type { Invariant } from './watch.ts';

/** A bug. */
export interface Mutant {
  readonly bug: string;
  /** Where: a file of the schedule or the stages, the batch, or the store of the simulated world. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** What finds it. Without these, it passes unseen. */
  readonly caughtBy: readonly Invariant[];
}

const src = fileURLToPath(new URL('../../src/', import.meta.url));
const store = fileURLToPath(new URL('store.ts', import.meta.url));
const ENTRY = 'virtual:core';
const PARTS = [
  join(src, 'schedule/apply.ts'),
  join(src, 'schedule/decide.ts'),
  join(src, 'schedule/effects.ts'),
  join(src, 'run/batch.ts'),
  store,
];

/** Whether bugs may be planted there. */
function isOfTheCore(path: string): boolean {
  if (path.startsWith(join(src, 'schedule/')) || path.startsWith(join(src, 'stages/'))) return true;
  return PARTS.includes(path);
}

/**
 * Builds the core with a bug in it.
 *
 * @param mutant - The bug.
 * @returns The core.
 */
export async function plant({ bug, file, from, to }: Mutant): Promise<Core> {
  let places = 0;
  const planted = {
    name: 'planted',
    resolveId: (id: string): string | null => (id === ENTRY ? id : null),
    load: (id: string): string | null => {
      if (id === ENTRY) return PARTS.map((part) => `export * from '${part}';`).join('\n');
      if (basename(id) !== file || !isOfTheCore(id)) return null;
      const text = readFileSync(id, 'utf8');
      places += text.split(from).length - 1;
      return text.replace(from, () => to);
    },
  };
  const bundle = await rolldown({
    input: ENTRY,
    platform: 'node',
    external: /^node:/u,
    plugins: [planted],
  });
  const dir = mkdtempSync(join(tmpdir(), 'tutti-mutant-'));
  try {
    const core = join(dir, 'core.mjs');
    await bundle.write({ file: core, format: 'esm' });
    if (places !== 1) throw new Error(`"${bug}" finds ${places} places in ${file}, not one`);
    // It exports what the originals do.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return (await import(/* @vite-ignore */ pathToFileURL(core).href)) as Core;
  } finally {
    await bundle.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
