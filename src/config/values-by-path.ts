// Reads, changes and merges plain values by the paths of their keys. A list is one value: it is
// replaced as a whole.

import { isRecord } from '../util/is-record.ts';
import { pathText } from '../util/yaml-tree.ts';
import type { Path } from '../util/yaml-tree.ts';

/**
 * Reads what is at a path.
 *
 * @param value - Where to look.
 * @param path - The way.
 * @returns The value; `undefined` where there is none.
 */
export function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const part of path) {
    if (Array.isArray(found) && typeof part === 'number') found = found[part];
    else if (isRecord(found) && Object.hasOwn(found, part)) found = found[part];
    else return undefined;
  }
  return found;
}

/**
 * Lays one source over another: mappings are merged key by key, everything else is replaced.
 *
 * @param base - What held so far.
 * @param over - What the later source says.
 * @returns What holds now.
 */
export function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isRecord(base) || !isRecord(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = merge(merged[key], value);
  return merged;
}

/**
 * Lists the paths of all single values; an empty mapping has none.
 *
 * @param value - A value of mappings.
 * @param path - Where it is.
 * @returns The paths in the order of the keys.
 */
export function leaves(value: unknown, path: Path = []): Path[] {
  if (!isRecord(value)) return [path];
  return Object.entries(value).flatMap(([key, child]) =>
    child === undefined ? [] : leaves(child, [...path, key]),
  );
}

/**
 * Leaves out what is known to be wrong, so that the rest can still be judged.
 *
 * @param value - What a source says.
 * @param wrong - The paths of its problems, as text.
 * @param path - Where the value is.
 * @returns The value without the wrong ones; a list with a wrong entry goes as a whole.
 */
export function prune(value: unknown, wrong: readonly string[], path: Path = []): unknown {
  const here = pathText(path);
  if (wrong.includes(here)) return undefined;
  if (Array.isArray(value)) {
    return wrong.some((each) => each.startsWith(`${here}[`)) ? undefined : value;
  }
  if (!isRecord(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value)) {
    const rest = prune(child, wrong, [...path, key]);
    if (rest !== undefined) kept[key] = rest;
  }
  return kept;
}

/**
 * Takes empty sections (`orchestration:` with nothing below it) for sections that say nothing.
 *
 * @param value - What a source says.
 * @param sections - A value that has a mapping wherever there is a section.
 * @returns The same with empty mappings for them.
 */
export function withoutEmptySections(value: unknown, sections: unknown): unknown {
  if (value === null && isRecord(sections)) return {};
  if (!isRecord(value) || !isRecord(sections)) return value;
  const filled = Object.entries(value).map(([key, child]) => [
    key,
    withoutEmptySections(child, valueAt(sections, [key])),
  ]);
  return Object.fromEntries(filled);
}
