// Why a program of the person's own may not find what it needs: in the sandbox it sees the folder that
// it lies in, and those of PATH, but not every other path that its arguments name.

import { existsSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';

import type { AttemptSpec } from '../../ports/agent-runtime.ts';

const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/etc', '/opt', '/nix/store', '/dev'];

const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

/**
 * Says which of the paths it was started with it does not see.
 *
 * @param spec - The attempt.
 * @param program - The program's path.
 * @returns A line for a message; empty where there is nothing to say.
 */
export function hiddenHint({ confine, settings, cwd }: AttemptSpec, program: string): string {
  if (confine === null || confine === undefined) return '';
  const { read, write, home, personHome } = confine;
  const seen = [...SYSTEM, ...read, ...write, home, cwd, dirname(program)];
  const named = settings.args.filter((arg) => isAbsolute(arg) && existsSync(arg));
  const hidden = named.filter((path) => !seen.some((folder) => isWithin(path, folder)));
  // The folder of a program that lies right in the person's home is all they have.
  const isBare = personHome !== null && isWithin(personHome, dirname(program));
  const all = [...(isBare ? [program] : []), ...hidden];
  if (all.length === 0) return '';
  return `\nIn the sandbox it does not see ${all.join(', ')}: name the folder in sandbox.read of your own configuration.`;
}
