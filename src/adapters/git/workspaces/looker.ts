// The port `Looker`. What it sees is written to a folder of objects of its own, that goes with it:
// what an agent has half done, a secret perhaps, never gets into the repository.
//
//   <state>/looks/<pid>-<random>/objects    trees, commits and new files of workspaces
//   <state>/looks/<pid>-<random>/<name>     its index over a workspace, so that the next look reads
//                                           only what has changed since

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Look, Looker } from '../../../ports/workspace.ts';
import { isRunning } from '../../../util/is-running.ts';
import { isSystemError } from '../../../util/system-error.ts';
import { GitFailure } from '../git.ts';
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

/**
 * Begins to look at workspaces.
 *
 * @param layout - The repository's.
 * @param stateDir - Where workspaces lie.
 * @param placeOf - Finds a workspace by its name; `null` = there is none.
 * @returns The looker.
 */
export async function createLooker(
  layout: Layout,
  stateDir: string,
  placeOf: (name: string) => Promise<Place | null>,
): Promise<Looker> {
  const looks = join(stateDir, 'looks');
  await dropLeft(looks);
  const dir = join(looks, `${process.pid}-${randomBytes(6).toString('hex')}`);
  const objects = join(dir, 'objects');
  await mkdir(objects, { recursive: true, mode: 0o700 });
  const env = {
    GIT_OBJECT_DIRECTORY: objects,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: join(layout.commonDir, 'objects'),
  };
  const predictor = new Predictor(layout, env);
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
    among: (commits, until) => predictor.among(commits, until),
    end: () => rm(dir, { recursive: true, force: true, maxRetries: 3 }),
  };
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
