// The way from the arguments to a verb. A plain look is so frequent, in prompts and scripts, that it
// gets by without the library that reads all other calls.

import type { Exit, Outside } from './context.ts';
import { plainStatus } from './flags.ts';
import { runVerb } from './run-verb.ts';
import { status } from './status.ts';

/**
 * Does what the arguments say.
 *
 * @param args - The arguments.
 * @param outside - The outside of the program.
 * @returns The exit code.
 */
export async function start(args: readonly string[], outside: Outside): Promise<Exit> {
  const flags = plainStatus(args);
  if (flags === null) return (await import('./program.ts')).runProgram(args, outside);
  return runVerb(outside, {
    flags,
    given: { words: [], options: {} },
    config: {},
    load: async () => status,
  });
}
