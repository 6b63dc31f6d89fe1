// What every verb is given: the application, the flags that are the same everywhere, and the one way
// in which answers, progress and problems leave the program.

import type { App } from '../app/app.ts';
import type { DemoStage } from '../app/demo-project.ts';
import type { StartRehearsalModel } from '../app/rehearse.ts';
import type { ExitCode, Result } from '../app/result.ts';
import type { Shown, View } from '../app/shown.ts';
import type { PartialConfig } from '../config/config.ts';

/** Where a verb works. */
export interface Place {
  readonly dir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The outside of the program, as main.ts hands it in. */
export interface Outside {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  /** Aborted when nobody reads stdout any more. */
  readonly deaf: AbortSignal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly compose: (call: Place & { readonly flags: PartialConfig }) => Result<App>;
  /** What the demo is made of. */
  readonly demoStage: () => Promise<DemoStage>;
  /** Starts the model that a rehearsal plays with. */
  readonly rehearsalModel: StartRehearsalModel;
}

/** Flags that every verb knows. */
export interface CommonFlags {
  readonly json: boolean;
  readonly jsonl: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** Answers what tutti itself would ask. */
  readonly yes: boolean;
  /** False = never ask. */
  readonly input: boolean;
  /** The folder to work in; `null` = where we are. */
  readonly dir: string | null;
}

/** What was written after the verb. */
export interface Given {
  /** The arguments; optional ones that were left out are missing, variadic ones come one by one. */
  readonly words: readonly string[];
  /** The verb's own flags by their camel-case names. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** How a verb ends: an exit code of its own, or that of a signal. */
export type Exit = ExitCode | 129 | 130 | 143;

/** What a verb works with. */
export interface Context {
  readonly flags: CommonFlags;
  readonly app: App;
  /** How texts are laid out on stdout. */
  readonly view: View;
  /** How texts are laid out on stderr. */
  readonly progressView: View;
  readonly outside: Outside;
  /** Whether a person is there who can be asked: a terminal on both sides, and no `--no-input`. */
  readonly interactive: boolean;
  /** Aborted when nobody reads stdout any more; whoever listens ends in good order. */
  readonly deaf: AbortSignal;
  /** Says something about progress: on stderr, unless `--quiet`. */
  readonly say: (line: string) => void;
  /** Writes the answer: the JSON document or the text, on stdout. */
  readonly show: (shown: Shown) => void;
  /** Writes to stdout as it is; for streams such as `--jsonl` and `logs -f`. */
  readonly write: (text: string) => void;
}

/** What a verb does; it ends with the exit code. */
export type Verb = (context: Context, given: Given) => Promise<Result<Exit>>;

/** Headings of the help, in this order. */
export type VerbGroup =
  | 'Start:'
  | 'Ask for work:'
  | 'Plan:'
  | 'Watch:'
  | 'Steer:'
  | 'Finish:'
  | 'Look around:';

/** A flag, such as `['--now', 'stop agents too']`; with the words it takes, that it takes a
 * number, or that it may be given many times. */
export type OptionSpec = readonly [
  flags: string,
  about: string,
  values?: readonly string[] | 'number' | 'many',
];

/** A verb as the help shows it, and where its action is. */
export interface VerbSpec {
  /** Such as `show` or `plan approve`; what a group of verbs shares comes first. */
  readonly name: string;
  readonly group: VerbGroup;
  readonly summary: string;
  /** Such as `['<key>', 'the run']`, `['[goal]', …]`, `['<answer...>', …]`. */
  readonly args?: readonly (readonly [name: string, about: string])[];
  readonly options?: readonly OptionSpec[];
  /** Whole command lines. */
  readonly examples: readonly string[];
  /** Whether `--jsonl` means something. */
  readonly jsonl?: boolean;
  /** What its flags change in the configuration. */
  readonly config?: (given: Given) => PartialConfig;
  /** Whether it starts something: then what the repository widens must be trusted before. */
  readonly starts?: boolean;
  /** Makes the place where it works, when that is not where it was called. */
  readonly place?: (outside: Outside, given: Given) => Promise<Result<Place>>;
  /** Loads its action: nothing is loaded before the verb is known. */
  readonly load: () => Promise<Verb>;
}
