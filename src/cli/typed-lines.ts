// Lines that a person types, one answer each. The terminal stays as it is, so that whoever kills the
// program finds it as before; what is typed ahead waits for its question.

import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';

import type { Context } from './context.ts';
import { hearSignals } from './signals.ts';
import type { Signals } from './signals.ts';

/** What was typed: `null` = nobody can type any more, or does not want to. */
export type TypedLine = string | null;

/** Asks one question after the other. */
export class TypedLines {
  readonly #context: Context;
  readonly #queue: string[] = [];
  #reader: Interface | null = null;
  #signals: Signals | null = null;
  #ended = false;
  #code: 129 | 130 | 143 | null = null;
  #waiting: ((typed: TypedLine) => void) | null = null;

  constructor(context: Context) {
    this.#context = context;
  }

  /** The exit code of the signal that ended it; `null` = none did. */
  get code(): 129 | 130 | 143 | null {
    return this.#code;
  }

  /**
   * Asks something.
   *
   * @param label - In front of what is typed.
   * @returns The line, without what surrounds it; `null` when there will be none.
   */
  async ask(label: string): Promise<TypedLine> {
    if (this.#ended && this.#queue.length === 0) return null;
    this.#open();
    this.#context.outside.stderr.write(this.#context.app.secrets.redact(label));
    const known = this.#queue.shift();
    if (known !== undefined) return known.trim();
    const typed = await new Promise<TypedLine>((resolve) => {
      this.#waiting = resolve;
    });
    this.#waiting = null;
    if (typed === null) this.#context.outside.stderr.write('\n');
    return typed?.trim() ?? null;
  }

  /** Lets go of the terminal: something else reads it, or is interrupted, until the next question. */
  release(): void {
    this.#signals?.dispose();
    this.#signals = null;
    this.#reader?.pause();
  }

  /** Ends it. */
  close(): void {
    this.release();
    this.#ended = true;
    this.#reader?.close();
    this.#context.outside.stdin.pause();
  }

  #open(): void {
    if (this.#signals === null) {
      const signals = hearSignals(() => {
        this.#code = signals.code();
        this.#end();
      });
      this.#signals = signals;
    }
    if (this.#reader === null) {
      const { stdin } = this.#context.outside;
      this.#reader = createInterface({ input: stdin, terminal: false });
      this.#reader.on('line', (line) => {
        if (this.#waiting === null) this.#queue.push(line);
        else this.#waiting(line);
      });
      this.#reader.once('close', () => this.#end());
      stdin.once('error', () => this.#end());
    } else this.#reader.resume();
  }

  #end(): void {
    this.#ended = true;
    this.#waiting?.(null);
  }
}
