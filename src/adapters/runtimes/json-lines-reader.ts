import type { AgentEvent } from '../../ports/agent-runtime.ts';
import { isRecord } from '../../util/is-record.ts';
import { LineSplitter } from '../../util/line-splitter.ts';

/** A line holds one event, of which a large file written by a tool is the largest seen. */
const MAX_LINE_BYTES = 16 << 20;

/** Takes one JSON line and tells what happened. */
export type TakeLine = (line: Readonly<Record<string, unknown>>) => readonly AgentEvent[];

/**
 * Reads JSON lines with anything between them. What does not begin like an object is noise; what
 * does, but is none, is counted: there an event may have been lost.
 */
export class JsonLines {
  #unreadable = 0;
  #noise = 0;
  #understood = 0;
  readonly #lines: LineSplitter = new LineSplitter(MAX_LINE_BYTES);

  /**
   * How many lines may have been events and could not be read. Noise counts only where there was
   * nothing else: then this is not what it should be at all.
   */
  get lost(): number {
    const noise = this.#understood === 0 ? this.#noise : 0;
    return this.#unreadable + this.#lines.dropped + noise;
  }

  /**
   * Takes the next bytes.
   *
   * @param chunk - Bytes of stdout; `null` at its end.
   * @param take - Called with every line that is a JSON object.
   * @returns What happened, in order.
   */
  read(chunk: Uint8Array | null, take: TakeLine): AgentEvent[] {
    const lines = chunk === null ? this.#lines.end() : this.#lines.push(chunk);
    const events: AgentEvent[] = [];
    for (const line of lines) {
      const value = this.#parse(line);
      if (value !== undefined) events.push(...take(value));
    }
    return events;
  }

  #parse(line: string): Readonly<Record<string, unknown>> | undefined {
    if (!line.trimStart().startsWith('{')) {
      this.#noise += 1;
      return undefined;
    }
    try {
      const value: unknown = JSON.parse(line);
      this.#understood += 1;
      return isRecord(value) ? value : undefined;
    } catch {
      this.#unreadable += 1;
      return undefined;
    }
  }
}
