import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { isRecord } from './is-record.ts';

/** A program lies this deep in its package at most. */
const LEVELS = 4;

/**
 * Tells the version of the npm package that a program comes from, without starting it.
 *
 * @param program - The program, or a link to it.
 * @param name - The package's name.
 * @returns The version; `null` where the program is of no such package.
 */
export function packageVersion(program: string, name: string): string | null {
  try {
    let folder = dirname(realpathSync(program));
    for (let level = 0; level < LEVELS; level += 1) {
      const version = versionIn(join(folder, 'package.json'), name);
      if (version !== null) return version;
      folder = dirname(folder);
    }
    return null;
  } catch {
    return null;
  }
}

function versionIn(path: string, name: string): string | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!isRecord(value) || value['name'] !== name) return null;
    return typeof value['version'] === 'string' ? value['version'] : null;
  } catch {
    return null; // not every folder has one
  }
}
