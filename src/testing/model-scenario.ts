// What a scripted model plays. A file looks so:
//
//   plays:
//     - when: "Write the login"   # a text in the prompt; left out: any prompt
//       moves:                    # the next move follows on the result of a tool
//         - write: { path: src/login.js, content: "…" }
//         - run: npm test
//         - say: done
//     - when: "# Plan this goal"
//       moves:
//         - answer: { goal: Shop, tasks: [] }
//
// The first play that fits is played. A prompt may also hide its moves, see `marker`.

import { z } from 'zod';

import { readChecked, type Problem } from '../util/checked-yaml.ts';

/** What the model does next: one of these. */
export type ModelMove =
  /** Says something, and that is its last word. */
  | { readonly say: string }
  /** Writes a file, with whichever tool it is offered. */
  | { readonly write: { readonly path: string; readonly content: string } }
  /** Runs a shell command. */
  | { readonly run: string }
  /** Runs a shell command over and over: it never ends by itself. */
  | { readonly loop: string }
  /** Starts a command in a session of its own, which outlives the tool. */
  | { readonly spawn: string }
  /** Uses a tool by its name. */
  | { readonly use: { readonly tool: string; readonly input: Readonly<Record<string, unknown>> } }
  /** Gives the structured answer: by the tool for it where there is one, else as its last word. */
  | { readonly answer: Readonly<Record<string, unknown>> }
  | { readonly fail: ModelError }
  /** Refuses on its own account. */
  | { readonly refuse: string }
  /** Takes the request and never answers. */
  | { readonly hang: true }
  /** Says so many bytes. */
  | { readonly flood: number };

/** An error of the API. */
export interface ModelError {
  readonly status: number;
  readonly message?: string;
  /** Only so often; then the move after it is played. Left out: always. */
  readonly times?: number;
  readonly retry_after_secs?: number;
  /** The limit of a plan is used up, until then: said as the API in question says it. */
  readonly resets_in_secs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is played for a prompt. */
export interface ModelPlay {
  /** A text that the prompt has in it; left out: any prompt. */
  readonly when?: string | undefined;
  readonly moves: readonly ModelMove[];
}

/** All that a model plays. */
export interface ModelScenario {
  readonly plays: readonly ModelPlay[];
}

const text = z.string();
const times = z.int().min(1).max(1000);
const seconds = z.number().min(0).max(100_000_000);
/** More than anybody wants to wait for. */
const MAX_FLOOD = 1_073_741_824;

const error = z.strictObject({
  status: z.int().min(400).max(599),
  message: text.exactOptional(),
  times: times.exactOptional(),
  retry_after_secs: seconds.exactOptional(),
  resets_in_secs: seconds.exactOptional(),
  headers: z.record(text, text).exactOptional(),
});

/** One key says what is done: a mapping with all of them reads better in messages than a union. */
const move = z
  .strictObject({
    say: text.exactOptional(),
    write: z.strictObject({ path: text.min(1), content: text }).exactOptional(),
    run: text.min(1).exactOptional(),
    loop: text.min(1).exactOptional(),
    spawn: text.min(1).exactOptional(),
    use: z.strictObject({ tool: text.min(1), input: z.record(text, z.unknown()) }).exactOptional(),
    answer: z.record(text, z.unknown()).exactOptional(),
    fail: error.exactOptional(),
    refuse: text.exactOptional(),
    hang: z.literal(true).exactOptional(),
    flood: z.int().min(1).max(MAX_FLOOD).exactOptional(),
  })
  .refine((value) => Object.keys(value).length === 1, 'a move does exactly one thing')
  .pipe(z.custom<ModelMove>());

const scenario: z.ZodType<ModelScenario> = z.strictObject({
  plays: z
    .array(z.strictObject({ when: text.exactOptional(), moves: z.array(move).min(1).max(1000) }))
    .max(1000),
});

/** The scenario, or everything that is wrong with it. */
export type ReadScenario =
  | { readonly ok: true; readonly scenario: ModelScenario }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads a scenario.
 *
 * @param source - A YAML or JSON text.
 * @returns The scenario, or every problem with its line and column.
 */
export function readModelScenario(source: string): ReadScenario {
  const read = readChecked(source, scenario);
  return read.ok ? { ok: true, scenario: read.value } : read;
}
