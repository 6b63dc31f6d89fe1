// The configuration that is in force here.

import { lstat, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { PartialConfig } from '../config/config.ts';
import { configPaths } from '../config/find.ts';
import { loadConfig } from '../config/load.ts';
import type { ConfigFile, ConfigProblem } from '../config/load.ts';
import { errorCode } from '../util/system-error.ts';
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
  const link = await linkAmongOurs(dirname(paths.project));
  if (link !== null) {
    const what = `${link} is a link: what is written there would be elsewhere`;
    return no('unwritable', what, 'move it away');
  }
  const project = await readIfThere(paths.project);
  const person = paths.person === null ? null : await readIfThere(paths.person);
  if (typeof project === 'string') return unreadableConfig(project);
  if (typeof person === 'string') return unreadableConfig(person);
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

/** More than any configuration: what a repository brings could be of any size. */
const LARGEST_FILE = 1_048_576;

/** A link that a repository brings would let us write anywhere. */
async function linkAmongOurs(folder: string): Promise<string | null> {
  for (const path of [folder, join(folder, 'runs')]) {
    if ((await lstat(path).catch(() => null))?.isSymbolicLink() === true) return path;
  }
  return null;
}

/** Unreadable is not absent, going on with defaults would be a surprise: then it is said why. */
async function readIfThere(path: string): Promise<ConfigFile | string | null> {
  const unreadable = (why: string): string => `${path} cannot be read: ${why}`;
  try {
    // It may be a pipe, or a link to a device: reading them never ends.
    const about = await stat(path);
    if (!about.isFile()) return unreadable('it is not a file');
    if (about.size > LARGEST_FILE) return unreadable('it is larger than 1 MiB');
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    const missing = errorCode(error) === 'ENOENT';
    return missing ? null : unreadable(error instanceof Error ? error.message : 'no reason');
  }
}

function unreadableConfig(message: string): Result<never> {
  return no('bad_config', message, 'mend it, or move it away');
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
