// Bugs, planted into copies of the core's own source: one changed piece of text each.

import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { onTestFinished } from 'vitest';

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

const FILES = ['apply.ts', 'batch.ts', 'decide.ts', 'effects.ts', 'store.ts'];

const src = fileURLToPath(new URL('../../src', import.meta.url));

/**
 * Builds the core with a bug in it.
 *
 * @param mutant - The bug.
 * @returns The core.
 */
export async function plant({ bug, file, from, to }: Mutant): Promise<Core> {
  const dir = mkdtempSync(join(tmpdir(), 'tutti-mutant-'));
  onTestFinished(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  cpSync(join(src, 'schedule'), dir, { recursive: true });
  cpSync(join(src, 'stages'), dir, { recursive: true });
  cpSync(join(src, 'run/batch.ts'), join(dir, 'batch.ts'));
  cpSync(fileURLToPath(new URL('store.ts', import.meta.url)), join(dir, 'store.ts'));
  for (const name of readdirSync(dir)) {
    if (name.endsWith('.test.ts')) {
      rmSync(join(dir, name));
      continue;
    }
    const text = readFileSync(join(dir, name), 'utf8')
      .replaceAll("'../schedule/", "'./")
      .replaceAll("'../stages/", "'./")
      .replaceAll("'../../src/", `'${src}/`)
      .replaceAll("'../", `'${src}/`);
    if (name === file && text.split(from).length !== 2) {
      throw new Error(`"${bug}" does not find its one place in ${file}`);
    }
    writeFileSync(join(dir, name), name === file ? text.replace(from, () => to) : text);
  }
  const load = async (name: string): Promise<unknown> =>
    await import(/* @vite-ignore */ pathToFileURL(join(dir, name)).href);
  const parts = await Promise.all(FILES.map(load));
  // The copies export what the originals do.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.assign({}, ...parts) as Core;
}
