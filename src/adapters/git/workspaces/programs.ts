// Programs of the system that do with folders of many files, or odd ones, what Node does slowly or not.

import { spawn } from 'node:child_process';

/**
 * Runs a system program quietly.
 *
 * @param program - Its name.
 * @param args - Its arguments.
 * @param signal - Ends it.
 * @returns What went wrong, or nothing.
 */
export function run(
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      resolve('it was broken off');
      return;
    }
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const stop = (): void => void child.kill();
    signal?.addEventListener('abort', stop, { once: true });
    let problem = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (problem.length < 1000) problem += chunk.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', (code) => {
      signal?.removeEventListener('abort', stop);
      resolve(code === 0 ? '' : problem.trim() || `${program} ended with ${code}`);
    });
  });
}
