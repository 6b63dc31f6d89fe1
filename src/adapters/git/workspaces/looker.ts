// The port `Looker`. What it sees is written to a folder of objects of its own, that goes with it:
// what an agent has half done, a secret perhaps, never gets into the repository.
//
//   <state>/looks/<pid>-<random>/objects    trees, commits and new files of workspaces
//   <state>/looks/<pid>-<random>/<name>     its index over a workspace, so that the next look reads
//                                           only what has changed since
//
// Agents write large files again and again, and each look keeps what it sees of them: when that has
// become much more than a first look needs, all of it goes, and the next look begins anew.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Look, Looker } from '../../../ports/workspace.ts';
import { isRunning } from '../../../util/is-running.ts';
import { isSystemError } from '../../../util/system-error.ts';
import { git, GitFailure } from '../git.ts';
import { own } from '../layout.ts';
import type { Layout } from '../layout.ts';
import { Predictor } from '../predict.ts';
import { lookAt } from './change.ts';
import type { WorkspaceRecord } from './change.ts';
import { copyIndex } from './clone.ts';

/** A workspace, as it is remembered. */
interface Place {
  readonly record: WorkspaceRecord;
  readonly index: string;
}

/** So much is kept of earlier looks. */
const MOST_KIB = 256 * 1024;

/**
 * Begins to look at workspaces.
 *
 * @param layout - The repository's.
 * @param stateDir - Where workspaces lie.
 * @param placeOf - Finds a workspace by its name; `null` = there is none.
 * @param mostKib - So much is kept of earlier looks.
 * @returns The looker.
 */
export async function createLooker(
  layout: Layout,
  stateDir: string,
  placeOf: (name: string) => Promise<Place | null>,
  mostKib: number = MOST_KIB,
): Promise<Looker> {
  const looks = join(stateDir, 'looks');
  await dropLeft(looks);
  const dir = join(looks, `${process.pid}-${randomBytes(6).toString('hex')}`);
  const objects = join(dir, 'objects');
  const begin = (): Promise<unknown> => mkdir(objects, { recursive: true, mode: 0o700 });
  await begin();
  const env = {
    GIT_OBJECT_DIRECTORY: objects,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: join(layout.commonDir, 'objects'),
  };
  const predictor = new Predictor(layout, env);
  let first: number | null = null;
  const limit = async (): Promise<void> => {
    const size = await ownKib(layout, env);
    first ??= size;
    if (size <= mostKib + 2 * first) return;
    first = null;
    // The indexes too: what they name would be missing.
    await rm(dir, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    await begin();
  };
  return {
    look: async (name) => {
      const place = await placeOf(name);
      if (place === null) return null;
      const index = join(dir, name);
      try {
        // One of an earlier attempt tells git to read all files anew, no more.
        if (!existsSync(index)) await copyIndex(place.index, index);
        return await lookAt(layout, place, { index, env });
      } catch (error) {
        return unreadable(error);
      }
    },
    among: async (commits, until) => {
      const predicted = await predictor.among(commits, until);
      // Only now: what was seen last has been compared.
      await limit();
      return predicted;
    },
    end: () => rm(dir, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** How much lies in the folder of objects, whatever git has borrowed. */
async function ownKib(layout: Layout, env: Readonly<Record<string, string>>): Promise<number> {
  const plain = own(layout);
  const { stdout } = await git(['count-objects', '-v'], {
    ...plain,
    env: { ...plain.env, ...env },
  });
  const sizes = stdout.toString('utf8').matchAll(/^size(?:-pack)?: (\d+)$/gmu);
  return [...sizes].reduce((sum, [, kib]) => sum + Number(kib), 0);
}

/** Somebody is at work there: files come and go while git reads them, and so does the folder. */
function unreadable(error: unknown): Look | null {
  if (error instanceof GitFailure || isSystemError(error)) return null;
  throw error;
}

/** What lookers have left that were killed. */
async function dropLeft(looks: string): Promise<void> {
  for (const name of await readdir(looks).catch(() => [])) {
    const pid = Number(name.split('-')[0]);
    if (!isRunning(pid)) await rm(join(looks, name), { recursive: true, force: true });
  }
}
