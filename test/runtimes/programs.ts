// The programs that the lock file of this folder names, as their makers publish them.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

function program(...names: readonly string[]): string {
  const folder = new URL('node_modules/', import.meta.url);
  const found = names
    .map((name) => fileURLToPath(new URL(name, folder)))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('run `npm ci --prefix test/runtimes` first');
  return found;
}

const SYSTEM = `${process.platform}-${process.arch}`;

/**
 * Finds Claude Code. Its package links it into place by an install script; those are off here, so the
 * package of the platform is used directly.
 *
 * @returns Its path.
 */
export function claudeProgram(): string {
  const names = [SYSTEM, `${SYSTEM}-musl`];
  return program(...names.map((name) => `@anthropic-ai/claude-code-${name}/claude`));
}

/**
 * Finds Codex, as npm links it: a script that would start the real program.
 *
 * @returns Its path.
 */
export function codexProgram(): string {
  return program('.bin/codex');
}

/**
 * Finds Gemini CLI.
 *
 * @returns Its path.
 */
export function geminiProgram(): string {
  return program('.bin/gemini');
}

/**
 * Finds OpenCode: the package of the platform, for the other one needs an install script.
 *
 * @returns Its path; `null` where the lock file names none for this system.
 */
export function opencodeProgram(): string | null {
  return SYSTEM === 'linux-x64' ? program('opencode-linux-x64/bin/opencode') : null;
}
