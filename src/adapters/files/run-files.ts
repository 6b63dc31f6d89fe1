import { lstat, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
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

/** Whole or not at all. */
async function replace(path: string, text: string): Promise<void> {
  const half = `${path}.new`;
  // One that is there may be a link that the repository brings.
  await rm(half, { force: true });
  await writeFile(half, text, { flag: 'wx' });
  await rename(half, path).catch(async (error: unknown) => {
    await rm(half, { force: true });
    throw error;
  });
}

/** What the repository brings in the place of our folders and files would be written through. */
async function dropLinks(run: string): Promise<void> {
  const about = await lstat(run).catch(() => null);
  if (about === null) return;
  if (!about.isDirectory()) {
    await rm(run, { force: true });
    return;
  }
  for (const entry of await readdir(run, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() || entry.isDirectory()) continue;
    await rm(join(entry.parentPath, entry.name), { force: true });
  }
}

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
  const cleaned = new Map<string, Promise<void>>();

  const folder = (key: string): string =>
    Number.isNaN(taskNumber(key))
      ? join(runs, runOf(key))
      : join(runs, runOf(key), 'tasks', key.replace(/#.*$/u, ''));

  const prepare = async (): Promise<void> => {
    await mkdir(runs, { recursive: true });
    await replace(join(runs, '.gitignore'), '*\n');
  };

  const make = async (key: string): Promise<string> => {
    prepared ??= prepare();
    await prepared;
    const run = join(runs, runOf(key));
    const clean = cleaned.get(run) ?? dropLinks(run);
    cleaned.set(run, clean);
    await clean;
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

    write: async (key, name, text) => replace(join(await make(key), name), redact(text)),

    async writeAt(path, text) {
      const steps = path.split('/').filter((step) => step !== '' && step !== '.');
      if (steps.includes('..') || steps[0] === '.git' || steps.length === 0) return false;
      // Only runs keep themselves out of the user's status.
      prepared ??= prepare();
      await prepared;
      let at = root;
      for (const [index, step] of steps.entries()) {
        at = join(at, step);
        const found = await lstat(at).catch(() => null);
        const isLast = index === steps.length - 1;
        if (found === null && !isLast) await mkdir(at);
        else if (found !== null && (isLast ? !found.isFile() : !found.isDirectory())) return false;
      }
      await replace(at, redact(text));
      return true;
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
