// The kinds of value that the configuration is made of, with their ranges.

import { isAbsolute, posix } from 'node:path';

import { z } from 'zod';

// A timer of Node holds 24.8 days; what is longer fires at once.
const MAX_SECS = 2_000_000;

/** Text with something in it. */
export const text: z.ZodType<string> = z
  .string()
  .min(1)
  .max(10_000)
  .refine((value) => value.trim() !== '', { error: 'must not be blank' })
  .refine((value) => !value.includes('\0'), { error: 'must not hold a NUL' });

/** The name of a check, a stage, an action, a capability. */
export const name: z.ZodType<string> = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._:-]{0,79}$/u, 'must be a name of letters, digits and ._:-');

/** The name of an agent. */
export const agentName: z.ZodType<string> = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,63}$/u, 'must be an agent name of letters, digits and ._-');

/** The name of a runtime or a stage, which is a key of the file. */
export const KEY_NAME: RegExp = /^[a-z][a-z0-9_-]{0,39}$/u;

/** The name of an environment variable. */
export const variable: z.ZodType<string> = z
  .string()
  .regex(/^[A-Za-z_]\w{0,99}$/u, 'must be the name of an environment variable');

/** A time limit in whole seconds. */
export const secs: z.ZodType<number> = z.int().min(1).max(MAX_SECS);

/** A pause in seconds, zero and parts allowed. */
export const pauseSecs: z.ZodType<number> = z.number().min(0).max(MAX_SECS);

/**
 * A whole number in a range.
 *
 * @param least - The smallest allowed.
 * @param most - The largest allowed.
 * @returns Its schema.
 */
export function count(least: number, most: number): z.ZodType<number> {
  return z.int().min(least).max(most);
}

/**
 * Tells whether a path stays inside the folder it is relative to, whatever the system's separators.
 *
 * @param path - What was written.
 * @returns False for absolute paths, for those that climb out, and for git's own folder.
 */
function staysInside(path: string): boolean {
  const normal = posix.normalize(path.replaceAll('\\', '/'));
  const first = normal.split('/', 1)[0] ?? '';
  if (isAbsolute(path) || normal.startsWith('/') || /^[a-z]:/iu.test(path)) return false;
  return first !== '..' && first.toLowerCase() !== '.git' && !first.startsWith('~');
}

/** A path inside the project. */
export const insidePath: z.ZodType<string> = text.refine(staysInside, {
  error: 'must be a path inside the project',
  params: { hint: 'relative to the project, without .. and outside .git' },
});

/** Where a stage writes: a path inside the project with no placeholder but the run's key. */
export const outputPath: z.ZodType<string> = insidePath.refine(
  (path) => !/[{}]/u.test(path.replaceAll('{task_id}', '')),
  { error: 'may hold no placeholder but {task_id}' },
);

/** A branch name, or the beginning of one, that git accepts and no program takes for an option. */
export const branch: z.ZodType<string> = z
  .string()
  .max(200)
  .refine((value) => isBranch(value), { error: 'is not a valid branch name' });

/** What is put before the names of branches: empty, or such as `team/`. */
export const branchPrefix: z.ZodType<string> = z
  .string()
  .max(80)
  .refine((value) => value === '' || isBranch(`${value}x`), {
    error: 'would not give valid branch names',
  });

function isBranch(value: string): boolean {
  if (!/^[^\s~^:?*[\\\u007f]+$/u.test(value) || value.startsWith('-') || value === '@')
    return false;
  if (value.includes('..') || value.includes('@{') || value.endsWith('.')) return false;
  return value.split('/').every((part) => part !== '' && !/^\.|\.lock$/u.test(part));
}

/** An address that may be called. */
export const webAddress: z.ZodType<string> = z
  .string()
  .max(2000)
  .refine((value) => /^https?:$/u.test(protocolOf(value)), {
    error: 'must be an http or https address',
  });

function protocolOf(address: string): string {
  try {
    return new URL(address).protocol;
  } catch {
    return '';
  }
}
