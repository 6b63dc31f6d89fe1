// What a repository's own configuration may not do by itself: whoever can commit to a repository could
// be an attacker, so what widens what may happen counts only where a person on this machine has said
// so. Lowering is always allowed.

import { createHash } from 'node:crypto';

import { canonicalJson } from '../util/canonical-json.ts';
import type { Path, Place } from '../util/checked-yaml.ts';
import { pathText } from '../util/yaml-tree.ts';
import type { Config } from './config.ts';
import { maskSecrets } from './mask.ts';
import { leaves, valueAt } from './values-by-path.ts';

/** A value of the repository's that widens what may happen. */
export interface Widening extends Place {
  /** The value's key, such as `sandbox.mode`; of an agent `agents.NAME`. */
  readonly path: string;
  /** The value for a person to read, secrets hidden. */
  readonly shown: string;
  readonly file: string;
  /** What trust is given to: key and value, whatever file they stand in. */
  readonly id: string;
}

/** Keys that widen with any value but an empty one; `*` stands for any name. */
const ANY_VALUE: readonly string[] = [
  'sandbox.read',
  'sandbox.write',
  'runtimes.*.binary',
  'runtimes.*.args',
  'runtimes.*.env',
  'runtimes.*.key_command',
  // Where a key of the person's is sent, and which variable is sent there.
  'runtimes.*.key_env',
  'runtimes.*.base_url',
  'workspace.copy',
  'workspace.dir',
  'workspace.env',
  'workspace.git_filters',
  'forge.api_url',
  'forge.hosts',
  'notify.webhooks',
  // Who says that a model costs nothing has no budget.
  'prices',
];

/** Folders of packages and build results, which whoever set the project up could have made. */
const REMAKABLE =
  /(?:^|\/)(?:node_modules|\.venv|venv|vendor|target|build|dist|\.gradle|\.next|\.turbo|\.nx|\.cache|__pycache__|\.tox|\.yarn|\.pnpm-store|Pods|deps|_build)\/*$/u;

/** Keys that widen with one value, whatever held before. */
const ONE_VALUE: Readonly<Record<string, unknown>> = {
  'runtimes.*.trust_project_config': true,
  'orchestration.confirm_before_execute': false,
  'budget.hard': false,
};

/** From the narrowest to the widest. */
const SCALES: Readonly<Record<string, readonly unknown[]>> = {
  'sandbox.mode': ['on', 'auto', 'off'],
  'sandbox.network': ['none', 'loopback', 'full'],
};

/** Numbers that widen when they grow; `null` is without a limit. */
const MORE: readonly string[] = [
  'budget.usd',
  'budget.tokens',
  'limits.memory_mb',
  'limits.processes',
  'limits.disk_mb',
  'orchestration.max_tasks',
  'orchestration.max_parallel',
  'orchestration.max_attempts',
  'orchestration.max_replans',
  'orchestration.max_review_rounds',
  'orchestration.max_same_failures',
  'orchestration.run_timeout_secs',
  'orchestration.task_timeout_secs',
  'orchestration.idle_timeout_secs',
  'workspace.max',
  'workspace.max_file_mb',
  'runtimes.*.max_parallel',
  'runtimes.*.starts_per_minute',
  'runtimes.*.max_steps',
  'agents.max_parallel.*',
];

/** Time limits that stand for the general one where they say nothing. */
const TIMES: readonly string[] = [
  'orchestration.stages.*.timeout',
  'orchestration.stages.*.timeout_per_task',
  'orchestration.custom_stages.*.timeout',
  'runtimes.*.timeout',
];

/** What the repository's file says. */
interface ProjectValues {
  readonly raw: unknown;
  readonly file: string;
  readonly place: (path: Path) => Place;
}

/**
 * Lists what a repository's own configuration widens.
 *
 * @param project - What its file says.
 * @param without - The configuration as it is without that file.
 * @param isOwn - Whether a value counts, because no later source says another.
 * @returns The values, in the file's order.
 */
export function widenings(
  project: ProjectValues,
  without: Config,
  isOwn: (path: Path) => boolean,
): Widening[] {
  return leaves(project.raw)
    .filter((path) => path.length > 0 && isOwn(path))
    .filter((path) => widens(path, valueAt(project.raw, path), without))
    .map((path) => {
      const value = valueAt(project.raw, path);
      const { line, column } = project.place(path);
      const text = pathText(path);
      const shown = shownAt(path, value);
      return { path: text, shown, file: project.file, line, column, id: trustId(text, value) };
    });
}

/**
 * Makes what trust is recorded as: a hash of a key and its value.
 *
 * @param path - The key.
 * @param value - Its value.
 * @returns Hexadecimal digits.
 */
export function trustId(path: string, value: unknown): string {
  return createHash('sha256')
    .update(canonicalJson([path, value]))
    .digest('hex');
}

function widens(path: Path, value: unknown, without: Config): boolean {
  const keys = path.map(String);
  if (value === undefined) return false;
  if (matches(ANY_VALUE, keys)) return !saysNothing(value);
  if (keys.join('.') === 'workspace.warm') return !isRemakable(value);
  const one = Object.keys(ONE_VALUE).find((pattern) => matches([pattern], keys));
  if (one !== undefined) return ONE_VALUE[one] === value && valueAt(without, path) !== value;
  const scale = SCALES[keys.join('.')];
  if (scale !== undefined) {
    return scale.indexOf(value) > scale.indexOf(valueAt(without, path));
  }
  if (matches(MORE, keys)) return amount(value) > amount(valueAt(without, path));
  if (!matches(TIMES, keys)) return false;
  const general = without.orchestration.task_timeout_secs;
  const before = valueAt(without, path) ?? general;
  return amount(value ?? general) > amount(before);
}

function matches(patterns: readonly string[], keys: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern
      .split('.')
      .every((part, at) => keys[at] !== undefined && (part === '*' || part === keys[at])),
  );
}

/** Anything else could be what the person keeps beside the project, as with `copy`. */
function isRemakable(value: unknown): boolean {
  return (
    Array.isArray(value) && value.every((path) => typeof path === 'string' && REMAKABLE.test(path))
  );
}

function saysNothing(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function amount(value: unknown): number {
  return typeof value === 'number' ? value : Infinity;
}

/**
 * Hidden as everywhere else; the way there tells whether it is secret. But a variable that only a
 * repository's file says is no secret for whoever has the repository, and has to be seen to be trusted.
 */
function shownAt(path: Path, value: unknown): string {
  if (path[0] === 'runtimes' && path[2] === 'env' && path.length > 3) {
    return shownAt(path.slice(3), value);
  }
  let nested: unknown = value;
  for (const key of path.toReversed()) nested = { [key]: nested };
  const masked = valueAt(maskSecrets(nested), path);
  return typeof masked === 'string' ? masked : JSON.stringify(masked);
}
