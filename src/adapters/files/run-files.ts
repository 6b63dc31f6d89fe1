import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runOf, taskNumber } from '../../model/key.ts';
import type { RunFiles } from '../../ports/run-files.ts';

/** What belongs to one attempt of a task and is moved away before the next. */
const OF_ATTEMPT = new Set([
  'prompt.md',
  'result.md',
  'result.json',
  'output.log',
  'repair.log',
  'action.json',
  'changes.patch',
  'verdicts.json',
  'artifacts',
  'artifacts.json',
  'context.md',
]);

/**
 * Keeps the files about runs in the project's `.tutti/runs`, which ignores itself, so that the
 * user's own files stay as they are.
 *
 * @param root - The project's main work tree.
 * @param redact - Takes secrets out of what is written.
 * @returns The files.
 */
export function createRunFiles(
  root: string,
  redact: (text: string) => string = (text) => text,
): RunFiles {
  const runs = join(root, '.tutti', 'runs');
  let prepared: Promise<void> | null = null;

  const folder = (key: string): string =>
    Number.isNaN(taskNumber(key))
      ? join(runs, runOf(key))
      : join(runs, runOf(key), 'tasks', key.replace(/#.*$/u, ''));

  const prepare = async (): Promise<void> => {
    await mkdir(runs, { recursive: true });
    await writeFile(join(runs, '.gitignore'), '*\n');
  };

  const make = async (key: string): Promise<string> => {
    prepared ??= prepare();
    await prepared;
    const path = folder(key);
    await mkdir(path, { recursive: true });
    return path;
  };

  return {
    folder,

    async begin(task, attempt) {
      const path = await make(task);
      if (attempt === 1) return;
      const old = join(path, `attempt-${attempt - 1}`);
      for (const name of await readdir(path)) {
        if (!OF_ATTEMPT.has(name)) continue;
        await mkdir(old, { recursive: true });
        await rename(join(path, name), join(old, name));
      }
    },

    async write(key, name, text) {
      const path = join(await make(key), name);
      const half = `${path}.new`;
      await writeFile(half, redact(text));
      await rename(half, path).catch(async (error: unknown) => {
        await rm(half, { force: true });
        throw error;
      });
    },

    async read(key, name, limit) {
      const handle = await open(join(folder(key), name), 'r').catch(() => null);
      if (handle === null) return null;
      try {
        const { size } = await handle.stat();
        const buffer = Buffer.alloc(Math.min(size, limit));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
        return buffer.toString('utf8', 0, bytesRead);
      } finally {
        await handle.close();
      }
    },
  };
}
