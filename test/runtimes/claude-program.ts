import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Finds the program that the lock file of this folder names. Its package links it into place by an
 * install script; those are off here, so the package of the platform is used directly.
 *
 * @returns Its path.
 */
export function claudeProgram(): string {
  const { platform, arch } = process;
  const folder = new URL('node_modules/@anthropic-ai/', import.meta.url);
  const names = [`${platform}-${arch}`, `${platform}-${arch}-musl`];
  const found = names
    .map((name) => fileURLToPath(new URL(`claude-code-${name}/claude`, folder)))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('run `npm ci --prefix test/runtimes` first');
  return found;
}
