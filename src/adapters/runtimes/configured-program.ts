import { isAbsolute, resolve } from 'node:path';

import { findProgram } from '../../util/find-program.ts';

/**
 * Finds a program that the configuration names. A relative path of it counts from the project's root:
 * what lies in a workspace is an agent's work.
 *
 * @param name - As it was named; `null` = it was not.
 * @param root - The project's root.
 * @param path - The variable `PATH`.
 * @returns Where it is; `null` = nowhere.
 */
export function configuredProgram(
  name: string | null,
  root: string,
  path: string | undefined,
): string | null {
  if (name === null) return null;
  const program = name.includes('/') && !isAbsolute(name) ? resolve(root, name) : name;
  return findProgram(program, path ?? '');
}
