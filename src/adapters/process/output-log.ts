import { closeSync, fsync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

import type { RedactedStream } from '../../util/redact.ts';

const COPY_BYTES = 65_536;

/**
 * A log that keeps the head and the tail of what is written. The head goes straight into the file;
 * what comes after it goes round in a second file, so that memory stays flat and nothing is lost
 * when this process dies. It is there from the first byte on. Writing is synchronous: it keeps the
 * order of stdout and stderr, and the page cache takes it at once.
 */
export class OutputLog {
  readonly #path: string;
  readonly #headBytes: number;
  readonly #tailBytes: number;
  readonly #redacted: RedactedStream | null;
  #head: number | null = null;
  #tail: number | null = null;
  #written = 0;
  /** The disk is full or the folder is gone: the process is worth more than its log. */
  #broken = false;

  /**
   * @param path - The file.
   * @param limitBytes - How much of head and tail is kept together.
   * @param redacted - What everything goes through first, so that no secret gets into the file.
   */
  constructor(path: string, limitBytes: number, redacted: RedactedStream | null = null) {
    this.#redacted = redacted;
    this.#path = path;
    this.#headBytes = Math.ceil(limitBytes / 2);
    this.#tailBytes = Math.floor(limitBytes / 2);
  }

  /**
   * Takes what was printed.
   *
   * @param chunk The bytes.
   */
  write(chunk: Uint8Array): void {
    if (!this.#broken) this.#keep(this.#redacted === null ? chunk : this.#redacted.push(chunk));
  }

  #keep(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    try {
      this.#head ??= this.#open();
      const room = Math.max(this.#headBytes - this.#written, 0);
      writeAll(this.#head, chunk.subarray(0, room), null);
      this.#written += Math.min(room, chunk.length);
      if (chunk.length > room) this.#writeTail(chunk.subarray(room));
    } catch {
      this.#broken = true;
    }
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true });
    return openSync(this.#path, 'a');
  }

  #writeTail(chunk: Uint8Array): void {
    this.#tail ??= openSync(`${this.#path}.tail`, 'w+');
    const skipped = Math.max(chunk.length - this.#tailBytes, 0);
    this.#written += skipped;
    let rest = chunk.subarray(skipped);
    while (rest.length > 0) {
      const at = (this.#written - this.#headBytes) % this.#tailBytes;
      const part = rest.subarray(0, this.#tailBytes - at);
      writeAll(this.#tail, part, at);
      this.#written += part.length;
      rest = rest.subarray(part.length);
    }
  }

  /** Puts head and tail together. Resolves when the log is on disk. */
  async close(): Promise<void> {
    if (this.#redacted !== null && !this.#broken) this.#keep(this.#redacted.end());
    if (this.#head === null) return;
    try {
      if (this.#tail !== null) this.#joinTail(this.#head, this.#tail);
      await promisify(fsync)(this.#head);
    } catch {
      this.#broken = true;
    }
    if (this.#tail !== null) closeSync(this.#tail);
    closeSync(this.#head);
    if (this.#tail !== null) rmSync(`${this.#path}.tail`, { force: true });
  }

  #joinTail(head: number, tail: number): void {
    const came = this.#written - this.#headBytes;
    const cut = Math.max(came - this.#tailBytes, 0);
    if (cut > 0) writeAll(head, Buffer.from(`\n[… ${cut} bytes cut …]\n`), null);
    const buffer = Buffer.allocUnsafe(COPY_BYTES);
    for (let at = cut; at < came;) {
      const from = at % this.#tailBytes;
      const length = Math.min(came - at, this.#tailBytes - from, buffer.length);
      const n = readSync(tail, buffer, 0, length, from);
      if (n === 0) return;
      writeAll(head, buffer.subarray(0, n), null);
      at += n;
    }
  }
}

function writeAll(fd: number, bytes: Uint8Array, position: number | null): void {
  let done = 0;
  while (done < bytes.length) {
    const at = position === null ? null : position + done;
    done += writeSync(fd, bytes, done, bytes.length - done, at);
  }
}
