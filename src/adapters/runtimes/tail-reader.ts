// Reads a program of which nothing is known but that its exit code says whether it went well, and
// its output what came of it.

import type { Usage } from '../../model/attempt.ts';
import { NO_USAGE } from '../../model/attempt.ts';
import { failure } from '../../model/failure.ts';
import { textTail } from '../../util/bounded-text.ts';
import type { Exit, Outcome, OutputReader } from './cli-session.ts';

const SUMMARY_CHARS = 2_000;
/** More than the summary: an answer may be the last document of the output. */
const TAIL_BYTES = 64 * 1024;

/** Keeps the end of the output, and nothing else: thousands of commands start in a run. */
export class TailReader implements OutputReader {
  readonly sessionId: null = null;
  readonly tokens: Usage = NO_USAGE;
  readonly costUsd: number | null;
  readonly #name: string;
  readonly #hint: string;
  #chunks: Uint8Array[] = [];
  #length = 0;

  /**
   * @param name - What it is called in messages.
   * @param costUsd - What it costs; `null` = nobody knows.
   * @param hint - What may be why it failed, in a line after its own words.
   */
  constructor(name: string, costUsd: number | null, hint = '') {
    this.#name = name;
    this.#hint = hint;
    this.costUsd = costUsd;
  }

  read(chunk: Uint8Array): readonly [] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length > 4 * TAIL_BYTES || this.#chunks.length > 256) this.#compact();
    return [];
  }

  end(): readonly [] {
    return [];
  }

  outcome(exit: Exit): Outcome {
    this.#compact();
    const text = Buffer.concat(this.#chunks).toString('utf8');
    const summary = textTail(text.trim(), SUMMARY_CHARS);
    if (exit.code === 0) return { failure: null, structured: undefined, text, summary };
    const said = textTail(`${text}\n${exit.stderr}`.trim(), SUMMARY_CHARS);
    const how = exit.code === null ? `ended by ${exit.signal ?? 'a signal'}` : `exit ${exit.code}`;
    const what = `${this.#name} failed: ${how}`;
    const message = `${said === '' ? what : `${what}\n${said}`}${this.#hint}`;
    return { failure: failure('agent_error', message), structured: undefined, text, summary };
  }

  #compact(): void {
    const all = Buffer.concat(this.#chunks);
    const tail = new Uint8Array(all.subarray(Math.max(0, all.length - TAIL_BYTES)));
    this.#chunks = [tail];
    this.#length = tail.length;
  }
}
