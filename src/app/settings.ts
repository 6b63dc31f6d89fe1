// The configuration that is in force here.

import { readFile } from 'node:fs/promises';

import type { PartialConfig } from '../config/config.ts';
import { configPaths } from '../config/find.ts';
import { loadConfig } from '../config/load.ts';
import type { ConfigFile, ConfigProblem } from '../config/load.ts';
import type { LoadedSettings } from './app.ts';
import { repositoryReviewers } from './repository-reviewers.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import { readTrust } from './trust.ts';

/**
 * Loads the configuration from all its sources.
 *
 * @param root - The project's main work tree.
 * @param call - The environment and what the flags change.
 * @returns The configuration, or everything that is wrong with it.
 */
export async function loadSettings(
  root: string,
  call: {
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly flags: PartialConfig;
  },
): Promise<Result<LoadedSettings>> {
  const paths = configPaths(root, call.environment);
  const project = await readIfThere(paths.project);
  const person = paths.person === null ? null : await readIfThere(paths.person);
  const isTrusted = await readTrust({ root, environment: call.environment });
  const loaded = loadConfig({ ...call, project, person, isTrusted });
  if (!loaded.ok) return badConfig(loaded.problems);
  const { config, sources } = loaded;
  const reviewers = await repositoryReviewers(root);
  return ok({
    config,
    sources,
    widening: [...loaded.widening, ...reviewers],
    untrusted: [...loaded.untrusted, ...reviewers.filter(({ id }) => !isTrusted(id))],
    initialized: project !== null,
  });
}

async function readIfThere(path: string): Promise<ConfigFile | null> {
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (missing) return null;
    // Unreadable is not absent: going on with defaults would be a surprise.
    return { path, text: `unreadable: ${error instanceof Error ? error.message : ''}` };
  }
}

function badConfig(problems: readonly ConfigProblem[]): Result<never> {
  const lines = problems.map(({ file, line, column, path, message, hint }) => {
    const where = `${file}:${line}:${column}`;
    return `${where}: ${path === '' ? '' : `${path}: `}${message}${hint === null ? '' : ` (${hint})`}`;
  });
  const count = lines.length === 1 ? 'a problem' : `${lines.length} problems`;
  const message = [`the configuration has ${count}:`, ...lines].join('\n');
  return no('bad_config', message, 'mend it, then see: tutti config check');
}
