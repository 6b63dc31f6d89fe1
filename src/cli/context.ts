// What every verb shares: the flags that are the same everywhere, the application, and the one way
// in which results, errors and exit codes leave the program.

import type { App } from '../app/app.ts';
import type { Problem, Result } from '../app/result.ts';
import type { Shown, View } from '../app/shown.ts';

/** The outside of the program: given by main.ts, replaced in tests. */
export interface Terminal {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
}

/** Flags that every verb knows. */
export interface CommonFlags {
  readonly json: boolean;
  readonly jsonl: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** Answers what tutti itself would ask. */
  readonly yes: boolean;
  /** Never ask. */
  readonly input: boolean;
}

/** What a verb works with. */
export interface Context {
  readonly flags: CommonFlags;
  readonly app: App;
  /** How texts are laid out on stdout. */
  readonly view: View;
  /** Whether a person is there who can be asked: a terminal on both sides, and no `--no-input`. */
  readonly interactive: boolean;
  /** Says something about progress: on stderr, unless `--quiet`. */
  say(line: string): void;
  /** Writes the answer: the JSON document or the text, on stdout. */
  show(shown: Shown): void;
}

/** What a verb does; it ends with the exit code. */
export type Verb = (context: Context) => Promise<Result<number>>;

/** How a problem is said on stderr: what is wrong and where, then what to do next. */
export type SayProblem = (problem: Problem) => void;
