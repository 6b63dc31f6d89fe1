// How much folders have grown. A program of the system adds it up, so that it costs this process
// nothing; it is asked the sooner the more the watched processes say to have written.

import { execFile, type ChildProcess } from 'node:child_process';

/** So often without any sign that much was written, in looks. */
const LOOKS = 15;
/** Adding up takes at most this part of the time. */
const REST = 4;
const LONGEST_MS = 120_000;

/** Watches the size of some folders. */
export class DiskWatch {
  /** By how much they have grown since the first look. */
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
    this.#measure();
  }

  /** Ends it. */
  close(): void {
    this.#child?.kill('SIGKILL');
  }

  #measure(): void {
    const begin = performance.now();
    const options = { env: { PATH: '/usr/bin:/bin' }, cwd: '/', timeout: LONGEST_MS };
    this.#child = execFile('du', ['-skx', '--', ...this.#folders], options, (_, stdout) => {
      this.#child = null;
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
