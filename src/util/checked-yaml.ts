// Reads a YAML or JSON text by a schema and says everything that is wrong with it at once, each
// problem with its line and column.

import { z } from 'zod';

import { plainJson } from './plain-json.ts';
import { problemsOf } from './schema-problems.ts';
import { readTree } from './yaml-tree.ts';
import type { Path, Place, Problem, Tree } from './yaml-tree.ts';

export type { Path, Place, Problem } from './yaml-tree.ts';

/** The value, or everything that is wrong. */
export type Checked<T> =
  | {
      readonly ok: true;
      readonly value: T;
      /** Where a value was written, for problems that are found later. */
      readonly place: (path: Path) => Place;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A file with more mistakes than this is another kind of file. */
const MAX_PROBLEMS = 200;
/** Characters that are surely within the limit of bytes: longer texts are for the careful reader. */
const MAX_PLAIN = 262_144;

/**
 * Reads a YAML or JSON text by a schema. JSON is read as the YAML that it is.
 *
 * @param text - The text, at most 1 MiB of it.
 * @param schema - What it must hold.
 * @returns The value with the places of everything in it, or all problems in the order of the text.
 */
export function readChecked<T>(text: string, schema: z.ZodType<T>): Checked<T> {
  const value = text.length <= MAX_PLAIN ? plainJson(text) : undefined;
  const plain = value === undefined ? null : schema.safeParse(value);
  if (plain?.success === true) return { ok: true, value: plain.data, place: placesIn(text) };
  const read = readTree(text);
  return read.ok ? checkTree(read.tree, schema) : refuse(read.problems);
}

/**
 * Checks a document that was read before.
 *
 * @param tree - Its values with their places.
 * @param schema - What it must hold.
 * @returns As `readChecked` does.
 */
export function checkTree<T>(tree: Tree, schema: z.ZodType<T>): Checked<T> {
  // Where the schema found a key unknown it also knows the right ones, but does not report them.
  const knownKeys = new Map<readonly string[], readonly string[]>();
  const parsed = schema.safeParse(tree.value, {
    reportInput: true,
    error(issue) {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const { inst } = issue;
      if (inst instanceof z.ZodObject) knownKeys.set(issue.keys, Object.keys(inst.shape));
      return undefined;
    },
  });
  if (!parsed.success) return refuse(problemsOf(parsed.error.issues, tree, knownKeys));
  return { ok: true, value: parsed.data, place: tree.place };
}

/** Where things were written: looked for when somebody asks. */
function placesIn(text: string): (path: Path) => Place {
  let read: ReturnType<typeof readTree> | null = null;
  return (path) => {
    read ??= readTree(text);
    return read.ok ? read.tree.place(path) : { line: 1, column: 1 };
  };
}

function refuse<T>(found: readonly Problem[]): Checked<T> {
  const problems = found.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, problems: problems.slice(0, MAX_PROBLEMS) };
}
