// How much folders have grown. A program of the system adds it up, so that it costs this process
// nothing; it is asked the sooner the more the watched processes say to have written.

import { execFile, type ChildProcess } from 'node:child_process';

import type { ProcessLimits } from '../../ports/process.ts';

/** So often without any sign that much was written, in looks. */
const LOOKS = 15;
/** Adding up takes at most this part of the time. */
const REST = 4;
const LONGEST_MS = 120_000;

/** Whoever waits for the first look waits no longer than this. */
const LONGEST_FIRST_MS = 5_000;

/** Watches the size of some folders. */
export class DiskWatch {
  /** By how much they have grown since they were measured first. */
  grownBytes = 0;
  readonly #folders: readonly string[];
  #first: number | null = null;
  #child: ChildProcess | null = null;
  /** What was written when they were measured last. */
  #writtenThen = 0;
  #looks = 0;
  #restUntil = 0;

  /** @param folders - The folders; one that is not there is empty. */
  constructor(folders: readonly string[]) {
    this.#folders = folders;
  }

  /**
   * Measures them as they are before anything is written. Without it that is done at the first look,
   * and what was written until then does not count.
   *
   * @returns Resolves when it is done, or takes too long.
   */
  begin(): Promise<void> {
    return new Promise((resolve) => {
      this.#measure(LONGEST_FIRST_MS, resolve);
    });
  }

  /**
   * Measures them, where it is time to.
   *
   * @param written What all processes together have written until now, no matter where to.
   * @param limitBytes By how much the folders may grow.
   */
  look(written: number, limitBytes: number): void {
    this.#looks += 1;
    if (this.#child !== null || performance.now() < this.#restUntil) return;
    // Whoever has written less than what is left cannot be over it, save in ways that nobody counts.
    const left = limitBytes - this.grownBytes;
    const mayBeOver = Math.abs(written - this.#writtenThen) > left / 2;
    if (this.#first !== null && !mayBeOver && this.#looks < LOOKS) return;
    this.#looks = 0;
    this.#writtenThen = written;
    this.#measure(LONGEST_MS);
  }

  /** Ends it. */
  close(): void {
    this.#child?.kill('SIGKILL');
  }

  #measure(timeout: number, done?: () => void): void {
    const begin = performance.now();
    const options = { env: { PATH: '/usr/bin:/bin' }, cwd: '/', timeout };
    this.#child = execFile('du', ['-skx', '--', ...this.#folders], options, (error, stdout) => {
      this.#child = null;
      done?.();
      // One that was ended has not seen all.
      if (error?.killed === true) return;
      const now = performance.now();
      this.#restUntil = now + (now - begin) * REST;
      // Files come and go while it looks, about which it complains: the sums count all the same.
      const sizes = stdout.split('\n').filter((line) => line !== '');
      const bytes = sizes.reduce((sum, line) => sum + Number.parseInt(line, 10) * 1024, 0);
      if (sizes.length === 0) return;
      this.#first ??= bytes;
      this.grownBytes = Math.max(0, bytes - this.#first);
    });
    this.#child.unref();
  }
}

/**
 * Makes what watches the folders of a process.
 *
 * @param limits - What it may use.
 * @returns The watch; `null` = there is nothing to watch.
 */
export function diskWatchOf({ diskBytes, folders }: ProcessLimits): DiskWatch | null {
  return diskBytes === null || folders.length === 0 ? null : new DiskWatch(folders);
}
