// What an agent did last, in a file for whoever looks from another process. Nothing is decided by it,
// and it costs an agent at work at most a small write a second.

import type { Attempt } from '../model/attempt.ts';
import type { AgentEvent } from '../ports/agent-runtime.ts';
import type { Clock } from '../ports/clock.ts';
import type { RunFiles } from '../ports/run-files.ts';
import { boundedText } from '../util/bounded-text.ts';
import { parseJson } from '../util/parse-json.ts';

/** The file's name, in the folder of the task. */
const ACTION_FILE = 'action.json';

const EVERY_MS = 1000;
const LONGEST_TEXT = 400;

/** What the file holds. */
export interface Action {
  readonly attempt: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly text: string;
}

/** Notes down what one attempt did last. */
export class LastAction {
  readonly #clock: Clock;
  readonly #files: RunFiles;
  readonly #attempt: Attempt;
  #latest: Action | null = null;
  #wroteAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(clock: Clock, files: RunFiles, attempt: Attempt) {
    this.#clock = clock;
    this.#files = files;
    this.#attempt = attempt;
  }

  /** Hears what the agent does. */
  hear(event: AgentEvent): void {
    const text = actionOf(event);
    if (text === null) return;
    const { key } = this.#attempt;
    this.#latest = { attempt: key, at: this.#clock.now(), text: boundedText(text, LONGEST_TEXT) };
    const rest = this.#wroteAt + EVERY_MS - this.#clock.monotonic();
    if (rest <= 0) this.#write();
    else this.#cancel ??= this.#clock.after(rest, () => this.#write());
  }

  /** Ends it: the task's folder is left alone from then on. */
  async close(): Promise<void> {
    this.#cancel?.();
    this.#latest = null;
    await this.#writing;
  }

  #write(): void {
    this.#cancel?.();
    this.#cancel = null;
    const latest = this.#latest;
    if (latest === null) return;
    this.#latest = null;
    this.#wroteAt = this.#clock.monotonic();
    const { task } = this.#attempt;
    this.#writing = this.#writing
      .then(() => this.#files.write(task, ACTION_FILE, JSON.stringify(latest)))
      // A note that cannot be written, as on a full disk, is no trouble of the agent's.
      .catch(() => {});
  }
}

/**
 * Says in a line what an agent does.
 *
 * @param event - What it does.
 * @returns The line, or `null` where there is nothing to see.
 */
function actionOf(event: AgentEvent): string | null {
  if (event.type === 'tool_use') return `${event.name} ${event.summary}`.trim();
  if (event.type === 'text') return event.text.trim() === '' ? null : event.text.trim();
  if (event.type === 'denied') return `was refused ${event.tool} ${event.summary}`.trim();
  return null;
}

/**
 * Reads what an attempt did last.
 *
 * @param files - The files about runs.
 * @param attempt - The attempt.
 * @returns What it did, or `null` where nothing is known.
 */
export async function readLastAction(
  files: RunFiles,
  attempt: Pick<Attempt, 'key' | 'task'>,
): Promise<Action | null> {
  const text = await files.read(attempt.task, ACTION_FILE, 8 * LONGEST_TEXT);
  if (text === null) return null;
  const action = parse(text);
  return action?.attempt === attempt.key ? action : null;
}

function parse(text: string): Action | null {
  const value = parseJson(text);
  return isAction(value) ? value : null;
}

function isAction(value: unknown): value is Action {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'attempt' in value &&
    typeof value.attempt === 'string' &&
    'at' in value &&
    typeof value.at === 'number' &&
    'text' in value &&
    typeof value.text === 'string'
  );
}
