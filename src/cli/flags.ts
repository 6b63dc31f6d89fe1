// The flags that are the same everywhere.

import type { CommonFlags } from './context.ts';

/** No flag at all. */
const NO_FLAGS: CommonFlags = {
  json: false,
  jsonl: false,
  quiet: false,
  color: true,
  yes: false,
  input: true,
  dir: null,
};

/** The common flags as the help shows them. */
export const COMMON_OPTIONS: readonly (readonly [flags: string, about: string])[] = [
  ['--json', 'print one JSON document on stdout, nothing else'],
  [
    '--jsonl',
    'print one JSON event a line as it happens (run, resume, plan execute, stage, logs, status)',
  ],
  ['-q, --quiet', 'say nothing about progress'],
  ['--no-color', 'no colours (also NO_COLOR=1)'],
  ['-y, --yes', 'answer yes to what tutti itself would ask'],
  ['--no-input', 'never ask anything'],
  ['-C, --directory <dir>', 'work in this folder'],
];

const SIMPLE: Readonly<Record<string, Partial<CommonFlags> | undefined>> = {
  '--json': { json: true },
  '--quiet': { quiet: true },
  '-q': { quiet: true },
  '--no-color': { color: false },
  '--yes': { yes: true },
  '-y': { yes: true },
  '--no-input': { input: false },
};

/**
 * Reads a plain look (`tutti` or `tutti status`) without the library that reads all other calls.
 *
 * @param args - The arguments.
 * @returns The flags; `null` when the call is anything else.
 */
export function plainStatus(args: readonly string[]): CommonFlags | null {
  const flags: { -readonly [Name in keyof CommonFlags]: CommonFlags[Name] } = { ...NO_FLAGS };
  let verbs = 0;
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    const next = args[at + 1];
    const simple = SIMPLE[word];
    if (simple !== undefined) Object.assign(flags, simple);
    else if (word === '-C' && next !== undefined) {
      flags.dir = next;
      at += 1;
    } else if (word === 'status' && verbs === 0) verbs += 1;
    else return null;
  }
  return flags;
}

/**
 * Takes the common flags from what was read.
 *
 * @param options - Options by their camel-case names.
 * @returns The flags.
 */
export function commonFlags(options: Readonly<Record<string, unknown>>): CommonFlags {
  const { directory } = options;
  return {
    json: options['json'] === true,
    jsonl: options['jsonl'] === true,
    quiet: options['quiet'] === true,
    color: options['color'] !== false,
    yes: options['yes'] === true,
    input: options['input'] !== false,
    dir: typeof directory === 'string' ? directory : null,
  };
}
