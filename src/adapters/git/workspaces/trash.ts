// Removes folders that somebody else filled: renamed away first, so that they are gone at once even
// if this process dies, then deleted by programs that cope with any depth and any mode.

import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { run } from './programs.ts';

/** So long the end of everything waits for deletions; what is left then goes another time. */
const PATIENCE_MS = 3000;

/** So many things are deleted by one program at most. */
const MOST_AT_ONCE = 100;
/** So long whoever needs the room waits for deletions: what cannot be deleted holds nobody up. */
const LONGEST_WAIT_MS = 60_000;

/** In the place of what had to stay elsewhere: a link to it, so that it is found by whoever empties all. */
const ELSEWHERE = '.elsewhere';

/** Where what is removed lies until it is deleted, in the background, by one program at a time. */
export class Trash {
  readonly #folder: string;
  readonly #waiting: string[] = [];
  /** Those that are being deleted just now, and until when. */
  #current: { readonly count: number; readonly done: Promise<void> } | null = null;
  #working: Promise<void> | null = null;
  #impatient = new AbortController();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Deletes something in the background. */
  eraseLater(path: string): void {
    this.#waiting.push(path);
    this.#working ??= this.#work();
  }

  /** Resolves when no more than so many things are left to be deleted, or when that takes too long. */
  async downTo(most: number): Promise<void> {
    const tired = new AbortController();
    const timeout = new Promise<void>((resolve) => {
      tired.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const timer = setTimeout(() => tired.abort(), LONGEST_WAIT_MS);
    while ((this.#current?.count ?? 0) + this.#waiting.length > most && !tired.signal.aborted) {
      await Promise.race([this.#current?.done ?? setImmediate(), timeout]);
    }
    clearTimeout(timer);
  }

  /** Resolves when nothing is being deleted any more; a long deletion is broken off. */
  async rest(): Promise<void> {
    const impatience = setTimeout(() => this.#impatient.abort(), PATIENCE_MS);
    await this.#working;
    clearTimeout(impatience);
    if (this.#impatient.signal.aborted) this.#impatient = new AbortController();
  }

  /** All that is here, and elsewhere: what somebody else left, or was cut short, too. */
  async list(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return await Promise.all(
      names.map(async (name) => {
        const path = join(this.#folder, name);
        const target = name.endsWith(ELSEWHERE) ? await readlink(path).catch(() => null) : null;
        return target !== null && `${randomOf(target)}${ELSEWHERE}` === name ? target : path;
      }),
    );
  }

  /**
   * Deletes all that is here, as far as that is possible. The folder itself stays: somebody may be moving
   * something into it.
   */
  async empty(): Promise<void> {
    const problems: string[] = [];
    const paths = await this.list();
    for (let at = 0; at < paths.length; at += MOST_AT_ONCE) {
      const some = paths.slice(at, at + MOST_AT_ONCE);
      // One that cannot be deleted keeps no other from it.
      await erase(some).catch((error: unknown) => {
        problems.push(error instanceof Error ? error.message : String(error));
      });
      await this.#forget(some);
    }
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  /** Moves something here, or beside itself where that cannot be; `null` when it is not there. */
  async putAway(path: string): Promise<string | null> {
    const random = randomBytes(8).toString('hex');
    const inside = join(this.#folder, random);
    // Another file system, or a folder we may not move to another parent: stay beside it.
    const beside = join(dirname(path), `.${basename(path)}.trash-${random}`);
    // Mostly the folder is there: it is made only when the first rename fails.
    for (const target of [inside, inside, beside]) {
      try {
        // Before it has that name: a kill in between leaves a link to nothing. Without room it goes without.
        if (target === beside) {
          await symlink(beside, `${inside}${ELSEWHERE}`).catch(() => undefined);
        }
        await rename(path, target);
        return target;
      } catch (error) {
        await this.#forget([beside]);
        if ((await lstat(path).catch(() => null)) === null) return null;
        if (target === beside) throw error;
        await mkdir(this.#folder, { recursive: true });
      }
    }
    return null;
  }

  /** Moves something back to where it was. */
  async putBack(target: string, path: string): Promise<void> {
    await rename(target, path).catch(() => undefined);
    await this.#forget([target]);
  }

  /** Of what is elsewhere and gone nobody need know. */
  async #forget(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const random = randomOf(path);
      if (random === null || (await lstat(path).catch(() => null)) !== null) continue;
      await rm(join(this.#folder, `${random}${ELSEWHERE}`), { force: true }).catch(() => undefined);
    }
  }

  async #work(): Promise<void> {
    // Starting a program stops this one for milliseconds: whoever has removed something goes on first.
    await setImmediate();
    while (this.#waiting.length > 0) {
      const paths = this.#waiting.splice(0, MOST_AT_ONCE);
      // What cannot be deleted stays, and is tried again by whoever empties it.
      const done = erase(paths, this.#impatient.signal)
        .catch(() => undefined)
        .then(() => this.#forget(paths));
      this.#current = { count: paths.length, done };
      await done;
    }
    this.#current = null;
    this.#working = null;
  }
}

/**
 * Removes a file or folder, whatever is in it; one that is not there is fine. It is gone when this
 * resolves, and deleted some time later.
 *
 * @param path - What goes. A symbolic link goes itself, not what it leads to.
 * @param trash - Where it is put until it is deleted.
 * @param may - Asked once more between the two: after a no it is put back where it was.
 * @returns Whether it is gone.
 */
export async function discard(
  path: string,
  trash: Trash,
  may: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<boolean> {
  const target = await trash.putAway(path);
  if (target === null) return true;
  if (await may()) {
    trash.eraseLater(target);
    return true;
  }
  // Whoever works in it has not lost it: to them a folder that is moved stays the same folder.
  await trash.putBack(target, path);
  return false;
}

/** Of something that is elsewhere; `null` = it is not. */
function randomOf(path: string): string | null {
  return /\.trash-([\da-f]{16})$/u.exec(basename(path))?.[1] ?? null;
}

/**
 * Deletes files and folders, whatever is in them; one that is not there is fine.
 *
 * @param paths - What goes.
 * @param signal - Breaks it off.
 */
async function erase(paths: readonly string[], signal?: AbortSignal): Promise<void> {
  if ((await run('rm', ['-rf', '--', ...paths], signal)) === '') return;
  if (signal?.aborted === true) return;
  await run('chmod', ['-R', 'u+rwx', '--', ...paths], signal);
  const problem = await run('rm', ['-rf', '--', ...paths], signal);
  // It names what it could not remove.
  if (problem !== '') throw new Error(problem);
}
