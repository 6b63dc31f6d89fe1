/** Chunks on their way to one reader, who may be slow, come late, leave early or never come. */
export class ByteQueue implements AsyncIterable<Uint8Array> {
  readonly #fullBytes: number;
  readonly #onRoom: () => void;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #ended = false;
  #left = false;
  #notify: () => void = () => {};

  constructor(fullBytes: number, onRoom: () => void) {
    this.#fullBytes = fullBytes;
    this.#onRoom = onRoom;
  }

  /** Whether the source should wait until `onRoom` is called. */
  get full(): boolean {
    return this.#bytes >= this.#fullBytes;
  }

  /**
   * Adds a chunk; full or not, it is taken.
   *
   * @param chunk The bytes.
   */
  push(chunk: Uint8Array): void {
    if (this.#left || this.#ended) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#notify();
  }

  /** Says that nothing will follow. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    try {
      for (;;) {
        const chunk = this.#take();
        if (chunk !== null) yield chunk;
        else if (this.#ended) return undefined;
        else {
          await new Promise<void>((resolve) => {
            this.#notify = resolve;
          });
        }
      }
    } finally {
      // Nobody wants the rest, and the source must not wait for a reader who left.
      this.#left = true;
      this.#chunks = [];
      this.#bytes = 0;
      this.#onRoom();
    }
  }

  #take(): Uint8Array | null {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return null;
    const wasFull = this.full;
    this.#bytes -= chunk.length;
    if (wasFull && !this.full) this.#onRoom();
    return chunk;
  }
}
