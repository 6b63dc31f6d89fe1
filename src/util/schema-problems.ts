// Words for what a schema refused, in the terms of the person who wrote the text.

import type { z } from 'zod';

import { nearest } from './nearest.ts';
import { pathText, quote } from './yaml-tree.ts';
import type { Path, Problem, Tree } from './yaml-tree.ts';

type Issue = z.core.$ZodIssue;
interface Wording {
  readonly message: string;
  readonly hint: string | null;
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys',
  record: 'a mapping of keys',
  null: 'null',
};

/**
 * Words and locates what a schema refused.
 *
 * @param issues - The schema's findings.
 * @param tree - The text they are about.
 * @param knownKeys - The keys that would have been right, by the list of unknown ones.
 * @returns A problem for each finding, one for each unknown key.
 */
export function problemsOf(
  issues: readonly Issue[],
  tree: Tree,
  knownKeys: ReadonlyMap<readonly string[], readonly string[]>,
): Problem[] {
  const problems: Problem[] = [];
  for (const issue of issues.flatMap((each) => flatten(each, []))) {
    const path = textPath(issue.path);
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys.get(issue.keys) ?? [];
      for (const key of issue.keys) {
        const message = `unknown key ${quote(key)}`;
        const place = tree.keyPlace(path, key);
        problems.push({
          message,
          path: pathText([...path, key]),
          ...place,
          hint: meant(key, known),
        });
      }
    } else {
      const key = path.at(-1);
      // A wrong key is found at the key, everything else at the value.
      const place =
        issue.code === 'invalid_key' && typeof key === 'string'
          ? tree.keyPlace(path.slice(0, -1), key)
          : tree.place(path);
      problems.push({ ...word(issue, path), path: pathText(path), ...place });
    }
  }
  return problems;
}

/**
 * Replaces "no alternative fits" by what is wrong with the alternative that fits best: the one whose
 * first finding lies deepest, then the one with the fewest findings.
 *
 * @param issue - A finding.
 * @param prefix - The path of what contains it.
 * @returns Findings with whole paths.
 */
function flatten(issue: Issue, prefix: Path): Issue[] {
  const path = [...prefix, ...textPath(issue.path)];
  const whole: Issue = { ...issue, path };
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [whole];
  const [best] = issue.errors.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length);
  if (best === undefined || depth(best) === 0) return [whole];
  return best.flatMap((each) => flatten(each, path));
}

function textPath(path: readonly PropertyKey[]): (string | number)[] {
  return path.map((part) => (typeof part === 'number' ? part : String(part)));
}

function depth(issues: readonly Issue[]): number {
  return Math.max(
    ...issues.map((each) => each.path.length + (each.code === 'unrecognized_keys' ? 1 : 0)),
  );
}

function word(issue: Issue, path: Path): Wording {
  const name = nameOf(path);
  const is = describe(issue.input);
  switch (issue.code) {
    case 'invalid_type':
      return wordType(issue, name);
    case 'invalid_value':
      return wordValue(issue, name);
    case 'too_small':
      return { message: `${name} ${bound(issue, issue.minimum, true)}, not ${is}`, hint: null };
    case 'too_big':
      return { message: `${name} ${bound(issue, issue.maximum, false)}, not ${is}`, hint: null };
    case 'invalid_key': {
      const why = issue.issues[0]?.message ?? 'cannot be a key';
      return { message: `${quote(String(path.at(-1)))} ${why}`, hint: null };
    }
    case 'custom': {
      const hint: unknown = issue.params?.['hint'];
      // A message that begins with its verb lacks the subject, which only this place knows.
      const message = /^(?:must|may|is|would) /u.test(issue.message)
        ? `${name} ${issue.message}, not ${is}`
        : issue.message;
      return { message, hint: typeof hint === 'string' ? hint : null };
    }
    case 'invalid_union': {
      const types = issue.errors
        .flat()
        .map((each) => (each.code === 'invalid_type' ? EXPECTED[each.expected] : undefined))
        .filter((each) => each !== undefined);
      const allowed = types.length === 0 ? 'something else' : [...new Set(types)].join(' or ');
      return { message: `${name} must be ${allowed}, not ${is}`, hint: null };
    }
    default:
      // Formats: the schema's own words, with the offending text.
      return { message: `${name} ${issue.message}, not ${is}`, hint: null };
  }
}

/** The last key, with the places in lists that follow it: `checks[0]`. */
function nameOf(path: Path): string {
  const key = path.findLastIndex((part) => typeof part === 'string');
  return path.length === 0
    ? 'the document'
    : pathText(path.slice(Math.max(0, key))).replace(/^\["|"\]$/gu, '');
}

function wordType(issue: z.core.$ZodIssueInvalidType, name: string): Wording {
  const { input } = issue;
  const expected = EXPECTED[issue.expected] ?? issue.expected;
  if (input === undefined) return { message: `${name} is missing`, hint: `it is ${expected}` };
  let hint: string | null = null;
  if (issue.expected === 'array' && typeof input === 'string') {
    hint = `write [${input.slice(0, 40)}]`;
  } else if (
    issue.expected === 'string' &&
    (typeof input === 'number' || typeof input === 'boolean')
  ) {
    hint = `write "${input}"`;
  }
  return { message: `${name} must be ${expected}, not ${describe(input)}`, hint };
}

function wordValue(issue: z.core.$ZodIssueInvalidValue, name: string): Wording {
  const values = issue.values.map(String);
  const allowed = values.length === 1 ? values.join('') : `one of ${values.join(', ')}`;
  if (issue.input === undefined) return { message: `${name} is missing`, hint: `it is ${allowed}` };
  const near = typeof issue.input === 'string' ? nearest(issue.input, values) : null;
  return {
    message: `${name} must be ${allowed}, not ${describe(issue.input)}`,
    hint: near === null ? null : `did you mean ${near}?`,
  };
}

function bound(
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  limit: number | bigint,
  least: boolean,
): string {
  const { origin } = issue;
  if (origin === 'string' || origin === 'array') {
    const unit = origin === 'string' ? 'characters' : 'entries';
    if (least && Number(limit) === 1) return 'must not be empty';
    return `must have ${least ? 'at least' : 'at most'} ${limit} ${unit}`;
  }
  if (issue.inclusive === false) return `must be ${least ? 'more' : 'less'} than ${limit}`;
  return `must be at ${least ? 'least' : 'most'} ${limit}`;
}

/**
 * Names a value in a message.
 *
 * @param value - What was written.
 * @returns Its text, or its kind where it is long.
 */
function describe(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'object' && value !== null) return 'a mapping of keys';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'nothing';
}

function meant(key: string, known: readonly string[]): string | null {
  const near = nearest(key, known);
  if (near !== null) return `did you mean ${near}?`;
  return known.length === 0 ? null : `known here: ${known.join(', ')}`;
}
