const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * Cuts a stream of bytes into lines. A carriage return ends a line as well, so that a progress bar
 * does not swallow what follows it. A line above the limit is dropped and counted, so that memory
 * stays bounded whatever comes.
 */
export class LineSplitter {
  /** How many lines were too long and are lost. */
  dropped = 0;
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  /** @param maxBytes - The longest line that is kept. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes the next bytes.
   *
   * @param chunk - The bytes; not kept beyond the end of their line.
   * @returns The lines that they complete, without their ends, empty ones left out.
   */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    while (start < chunk.length) {
      const end = lineEnd(chunk, start);
      this.#add(chunk.subarray(start, end < 0 ? chunk.length : end));
      if (end < 0) break;
      this.#flush(lines);
      start = end + 1;
    }
    return lines;
  }

  /**
   * Takes the end of the stream.
   *
   * @returns The last line, where it has no line end.
   */
  end(): string[] {
    const lines: string[] = [];
    this.#flush(lines);
    return lines;
  }

  #add(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#length <= this.#maxBytes) this.#parts.push(new Uint8Array(part));
    else this.#parts = [];
  }

  #flush(lines: string[]): void {
    if (this.#length > this.#maxBytes) this.dropped += 1;
    else if (this.#length > 0) lines.push(Buffer.concat(this.#parts).toString('utf8'));
    this.#parts = [];
    this.#length = 0;
  }
}

function lineEnd(chunk: Uint8Array, start: number): number {
  const newline = chunk.indexOf(NEWLINE, start);
  const before = newline < 0 ? chunk.length : newline;
  const carriage = chunk.subarray(start, before).indexOf(RETURN);
  return carriage < 0 ? newline : start + carriage;
}
