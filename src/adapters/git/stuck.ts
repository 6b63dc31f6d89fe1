// Finds out whether a process waits for something that never comes. A pipe where git expects a file
// (`.gitignore`, `HEAD`, a file that a configuration includes …) keeps it waiting for ever, and there
// are too many such places to look at all of them before.

import { readFile } from 'node:fs/promises';

const EVERY_MS = 2_000;
/** No lock that git waits for, and no breath that a slow disk takes, lasts that long. */
const PATIENCE_MS = 14_000;

/**
 * Watches a process until it is told to stop. Only Linux tells what a process does; elsewhere nothing
 * is found out.
 *
 * @param pid - The process.
 * @param onStuck - Called once when it has done nothing at all for a while, and waits for nothing that
 *   a disk or a child of its own would bring.
 * @returns Stops watching.
 */
export function watchForStuck(pid: number, onStuck: () => void): () => void {
  let last = '';
  let since = 0;
  let over = false;
  const look = async (): Promise<void> => {
    const now = await progressOf(pid);
    if (over) return;
    if (now === null || now !== last) {
      last = now ?? '';
      since = performance.now();
      return;
    }
    if (performance.now() - since < PATIENCE_MS) return;
    clearInterval(timer);
    onStuck();
  };
  const timer = setInterval(() => void look(), EVERY_MS);
  timer.unref();
  return () => {
    over = true;
    clearInterval(timer);
  };
}

/** What it has done so far; `null` while it runs, or nothing can be said. */
async function progressOf(pid: number): Promise<string | null> {
  const of = (name: string): Promise<string | null> =>
    readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => null);
  const [stat, io, children] = await Promise.all([
    of('stat'),
    of('io'),
    of(`task/${pid}/children`),
  ]);
  if (stat === null || io === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Asleep, without a child: a disk that is slow would show as `D`.
  if (fields[0] !== 'S' || (children ?? '').trim() !== '') return null;
  // Processor time, and everything read and written.
  return `${fields[11] ?? ''} ${fields[12] ?? ''} ${io}`;
}
