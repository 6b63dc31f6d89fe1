// Files that a check writes what it has counted to. They lie where untrusted code has been at work: only a
// plain file below the checkout is read, and never by a link.

import { constants } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';

import { isSystemError } from '../util/system-error.ts';
import type { Results } from './read-results.ts';
import { readReport } from './read-results.ts';
import { Tally } from './tally.ts';

const MOST_BYTES = 8 * 1024 * 1024;

/** The reports of one run of a check. */
export class Reports {
  readonly #root: string;
  /** What each was before, so that one that came with the tree says nothing. */
  readonly #before: ReadonlyMap<string, string | null>;

  private constructor(root: string, before: ReadonlyMap<string, string | null>) {
    this.#root = root;
    this.#before = before;
  }

  /**
   * Looks at the files before the check runs.
   *
   * @param root - The checkout.
   * @param paths - The files, from there.
   * @returns The reports.
   */
  static async before(root: string, paths: readonly string[]): Promise<Reports> {
    const before = new Map<string, string | null>();
    for (const path of paths) before.set(path, await stateOf(join(root, path)));
    return new Reports(root, before);
  }

  /** Reads them when the check has ended, as far as it wrote them. */
  async read(): Promise<Results> {
    const tests = new Tally();
    let coverage: number | null = null;
    for (const [path, before] of this.#before) {
      const text = await readInside(this.#root, path, before);
      if (text === null) continue;
      const found = readReport(text);
      tests.include(found.tests);
      coverage ??= found.coverage;
    }
    return { tests: tests.result(), coverage };
  }
}

async function stateOf(path: string): Promise<string | null> {
  const found = await lstat(path, { bigint: true }).catch(() => null);
  return found === null ? null : `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
}

/** A file's text; `null` = it is not there, not new, too large, or not a file of this checkout. */
async function readInside(
  root: string,
  path: string,
  before: string | null,
): Promise<string | null> {
  const whole = join(root, path);
  if (before !== null && (await stateOf(whole)) === before) return null;
  try {
    const base = await realpath(root);
    // A folder of it that is a link would lead elsewhere; the check is over, nobody changes it now.
    if ((await realpath(whole)) !== join(base, path)) return null;
    const file = await open(
      whole,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      const stat = await file.stat();
      if (!stat.isFile() || stat.size > MOST_BYTES) return null;
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}
