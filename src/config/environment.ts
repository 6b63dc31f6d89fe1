// The environment variables that say something about the configuration.

import type { Path } from '../util/yaml-tree.ts';

/** The key that each variable sets. */
const VARIABLES: Readonly<Record<string, Path>> = {
  TUTTI_BASE_BRANCH: ['project', 'base_branch'],
  TUTTI_MAX_ATTEMPTS: ['orchestration', 'max_attempts'],
  TUTTI_MAX_PARALLEL: ['orchestration', 'max_parallel'],
  TUTTI_MAX_TASKS: ['orchestration', 'max_tasks'],
  TUTTI_NETWORK: ['sandbox', 'network'],
  TUTTI_PLANNER: ['orchestration', 'planner'],
  TUTTI_PLANNER_MODEL: ['orchestration', 'planner_model'],
  TUTTI_RUNTIME: ['runtimes', 'default'],
  TUTTI_SANDBOX: ['sandbox', 'mode'],
};

/**
 * Reads what the environment says. An empty variable says nothing; a limit that looks like a number
 * is one.
 *
 * @param environment - The variables.
 * @returns Each variable that is set, with what it says.
 */
export function environmentValues(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly name: string; readonly value: unknown }[] {
  return Object.entries(VARIABLES).flatMap(([name, path]) => {
    const text = environment[name]?.trim();
    if (text === undefined || text === '') return [];
    // A branch, or a model, may have a number for a name.
    const counts = name.startsWith('TUTTI_MAX_') && /^-?\d+(?:\.\d+)?$/u.test(text);
    const single: unknown = counts ? Number(text) : text;
    return [{ name, value: path.reduceRight((value, key) => ({ [key]: value }), single) }];
  });
}
