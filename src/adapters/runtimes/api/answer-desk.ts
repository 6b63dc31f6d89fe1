// Where the agent hands in its answer: a tool whose input has the shape that is asked for, which every
// provider can do. A wrong answer is sent back once, with what is wrong with it.

import { z } from 'zod';

import { isRecord } from '../../../util/is-record.ts';
import { lastJsonDocument } from '../../../util/last-json.ts';

/** What the tool is called. */
export const ANSWER = 'answer';

type Json = Readonly<Record<string, unknown>>;

/** What became of something handed in. */
export type HandedIn =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string };

/** Takes an answer of one shape. */
export class AnswerDesk {
  readonly #schema: Record<string, unknown>;
  readonly #shape: z.ZodType;

  constructor(schema: Json) {
    this.#schema = withTypes(schema);
    this.#shape = z.fromJSONSchema(this.#schema);
  }

  /** The shape, as a model is told of it. */
  get schema(): Record<string, unknown> {
    return this.#schema;
  }

  /** Judges what was handed in. */
  take(value: unknown): HandedIn {
    const read = this.#shape.safeParse(value);
    if (read.success) return { ok: true, value };
    return { ok: false, problem: z.prettifyError(read.error) };
  }

  /** Some models write the answer instead of calling a tool. */
  takeText(text: string): HandedIn {
    const found = lastJsonDocument(text);
    return found === undefined ? { ok: false, problem: 'there is no answer' } : this.take(found);
  }
}

/** Google wants a type beside every choice. */
function withTypes(schema: Json): Record<string, unknown> {
  const typed = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      Array.isArray(value)
        ? value.map((item: unknown) => (isRecord(item) ? withTypes(item) : item))
        : isRecord(value)
          ? withTypes(value)
          : value,
    ]),
  );
  const choices = schema['enum'];
  const ofTexts = Array.isArray(choices) && choices.every((choice) => typeof choice === 'string');
  return ofTexts && schema['type'] === undefined ? { ...typed, type: 'string' } : typed;
}
