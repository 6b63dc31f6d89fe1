// Some programs try a failed request again without end and say so only in their log on stderr.

import type { Failure } from '../../model/failure.ts';
import { LineSplitter } from '../../util/line-splitter.ts';

const MAX_LINE = 64 * 1024;

/** Counts the requests that failed in a row. */
export class FailedRequests {
  /** What was said to the last one; `null` when something else has happened since. */
  last: Failure | null = null;
  #count = 0;
  readonly #lines: LineSplitter = new LineSplitter(MAX_LINE);
  readonly #read: (line: string) => Failure | null;
  readonly #most: number;

  /**
   * @param most - How many in a row are enough.
   * @param read - Tells why a request failed, from a line that says that one did.
   */
  constructor(most: number, read: (line: string) => Failure | null) {
    this.#most = most;
    this.#read = read;
  }

  /**
   * Takes the next bytes of stderr.
   *
   * @param chunk - The bytes.
   * @returns Whether it has failed often enough.
   */
  take(chunk: Uint8Array): boolean {
    for (const line of this.#lines.push(chunk)) {
      const why = this.#read(line);
      if (why === null) continue;
      this.#count += 1;
      this.last = why;
    }
    return this.#count >= this.#most;
  }

  /** Something else has happened: the next failure is the first one again. */
  forget(): void {
    this.#count = 0;
    this.last = null;
  }
}
