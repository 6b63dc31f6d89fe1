import { realpathSync, statSync } from 'node:fs';
import { arch, platform, release } from 'node:os';

import { findProgram } from './find-program.ts';

const MOST_WORDS = 100;

/**
 * Tells which programs a line for a shell may run, as their files are now: another version of one is
 * another file. So is another machine.
 *
 * @param line - The line.
 * @param searchPath - The value of `PATH`.
 * @returns One line each; the first is the machine's.
 */
export function toolStamps(line: string, searchPath: string): readonly string[] {
  const words = [...new Set(line.match(/[\w.+-]+/gu))].toSorted().slice(0, MOST_WORDS);
  const stamps = words.flatMap((word) => {
    const path = findProgram(word, searchPath);
    return path === null ? [] : stampOf(path);
  });
  return [[platform(), arch(), release()].join(' '), ...stamps];
}

function stampOf(path: string): string[] {
  try {
    const real = realpathSync(path);
    const { size, mtimeMs } = statSync(real);
    return [[real, size, mtimeMs].join(' ')];
  } catch {
    return []; // it went away while we looked
  }
}
