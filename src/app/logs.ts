// What happened, and what was printed: the events of a run, the output of an attempt. Both can be
// followed while they go on.

import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Attempt } from '../model/attempt.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { LoggedEvent } from '../model/summary.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Task } from '../model/task.ts';
import type { Store } from '../ports/store.ts';
import { sanitizeTerminal } from '../util/terminal-text.ts';
import type { App } from './app.ts';
import { eventJson, eventLine } from './face.ts';
import { find } from './find.ts';
import type { Found } from './find.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';

/** How logs are read. */
export interface LogOptions {
  /** Until the run or the attempt is over, or the signal comes. */
  readonly follow: boolean;
  /** With control characters, as it came. */
  readonly raw: boolean;
  readonly signal: AbortSignal;
  /** Called with pieces of the text; each ends with a line. */
  readonly onText: (text: string) => void;
  /** Called with each piece as scripts see it. */
  readonly onJson: (line: Readonly<Record<string, unknown>>) => void;
}

/** How often whoever follows looks again. */
const FOLLOW_MS = 200;
/** A piece of output that has no line end for so long is passed on without one. */
const LONGEST_LINE = 1_048_576;

/**
 * Reads a log to its end, and on.
 *
 * @param app - The application.
 * @param key - A run: its events. A task or an attempt: what it printed.
 * @param options - How, and who takes it.
 * @returns Nothing; or why there is no such log.
 */
export async function readLogs(app: App, key: string, options: LogOptions): Promise<Result<null>> {
  const found = await find(app, key);
  if (!found.ok) return found;
  if (found.value.key.kind === 'ask') {
    return no(
      'usage',
      `${key} is a question; it has no log`,
      `tutti show '${found.value.key.ask}'`,
    );
  }
  const { store, run, task } = found.value;
  if (task === null) await followRun(app, { store, run }, options);
  else await followOutput(app, { ...found.value, task }, options);
  return ok(null);
}

async function followRun(
  app: App,
  { store, run }: { store: Store; run: Run },
  options: LogOptions,
): Promise<void> {
  let last = 0;
  let version = -1;
  for (;;) {
    const now = await store.version();
    if (now !== version) {
      version = now;
      // The state first: what is over has no events after those that are read then.
      const summary = await store.summary(run.key);
      for (const happened of await store.eventsAfter(run.key, last)) {
        last = happened.seq;
        showEvent(happened, options);
      }
      if (summary === null || RUN_OVER[summary.run.status.state]) return;
    }
    if (!options.follow || (await aborted(app, options.signal))) return;
  }
}

function showEvent(happened: LoggedEvent, { onText, onJson }: LogOptions): void {
  onJson({ seq: happened.seq, ...eventJson(happened) });
  const line = eventLine(happened);
  if (line !== null) onText(`${clockTime(happened.at)}  ${line}\n`);
}

/** Local time: logs are read beside other things that happened today. */
function clockTime(at: number): string {
  const minutesWest = new Date(at).getTimezoneOffset();
  const local = new Date(at - minutesWest * 60_000).toISOString();
  return local.slice(0, 19).replace('T', ' ');
}

// ---- output ----

/** The task or attempt whose output is wanted. */
type Wanted = Found & { readonly task: Task };

async function followOutput(app: App, wanted: Wanted, options: LogOptions): Promise<void> {
  let { run } = wanted;
  let reader = new OutputReader(null, options);
  for (;;) {
    // As it was before the output is read: what was over then has printed everything.
    const task = run.tasks.find(({ key }) => key === wanted.task.key) ?? wanted.task;
    for (const attempt of attemptsOf(wanted, task, reader.attempt)) {
      if (reader.attempt !== attempt.key) {
        reader.end();
        if (reader.attempt !== null) options.onText(`--- ${attempt.key} ---\n`);
        reader = new OutputReader(attempt.key, options);
      }
      await reader.read(outputPath(app, task, attempt));
    }
    if (!options.follow || isOver(wanted, run, task)) break;
    if (await aborted(app, options.signal)) break;
    run = (await wanted.store.run(run.key)) ?? run;
  }
  reader.end();
}

/** Of a task the latest attempt, and those after the one that is being read. */
function attemptsOf({ attempt }: Wanted, task: Task, reading: string | null): readonly Attempt[] {
  if (attempt !== null) return task.attempts.filter(({ key }) => key === attempt.key);
  const at = task.attempts.findIndex(({ key }) => key === reading);
  return task.attempts.slice(at === -1 ? -1 : at);
}

function isOver({ attempt }: Wanted, run: Run, task: Task): boolean {
  if (attempt === null) return TASK_OVER[task.status.state] || RUN_OVER[run.status.state];
  return task.attempts.find(({ key }) => key === attempt.key)?.status.state === 'ended';
}

/** The output of the latest attempt lies in the task's folder, that of earlier ones below it. */
function outputPath(app: App, task: Task, attempt: Attempt): string {
  const folder = app.files.folder(task.key);
  const old = join(folder, `attempt-${attempt.number}`, 'output.log');
  const isLast = task.attempts.at(-1)?.key === attempt.key;
  return isLast && !existsSync(old) ? join(folder, 'output.log') : old;
}

/** Reads what an attempt printed, piece by piece; whatever its size, little of it is in memory. */
class OutputReader {
  /** Its key; `null` while there is nothing to read. */
  readonly attempt: string | null;
  readonly #options: LogOptions;
  readonly #decoder = new TextDecoder();
  #offset = 0;
  #rest = '';

  constructor(attempt: string | null, options: LogOptions) {
    this.attempt = attempt;
    this.#options = options;
  }

  /** Reads what has come since the last time. */
  async read(path: string): Promise<void> {
    if (!existsSync(path)) return;
    for await (const chunk of createReadStream(path, { start: this.#offset })) {
      if (!(chunk instanceof Uint8Array)) continue;
      this.#offset += chunk.length;
      this.#take(this.#decoder.decode(chunk, { stream: true }));
      if (this.#options.signal.aborted) return;
    }
  }

  /** Passes on what has no line end. */
  end(): void {
    this.#take(this.#decoder.decode());
    if (this.#rest !== '') this.#pass(`${this.#rest}\n`);
    this.#rest = '';
  }

  #take(text: string): void {
    const whole = this.#rest + text;
    const end = whole.lastIndexOf('\n') + 1;
    // Control sequences are told by their line, so lines are passed on whole.
    const cut = whole.length - end > LONGEST_LINE ? whole.length : end;
    this.#rest = whole.slice(cut);
    if (cut > 0) this.#pass(whole.slice(0, cut));
  }

  #pass(text: string): void {
    const { raw, onText, onJson } = this.#options;
    const shown = raw ? text : sanitizeTerminal(text);
    onText(shown);
    onJson({ attempt: this.attempt, text: shown });
  }
}

/** Waits a little; tells whether there is no need to go on. */
async function aborted(app: App, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return true;
  return new Promise((resolve) => {
    const done = (): void => {
      takeBack();
      signal.removeEventListener('abort', done);
      resolve(signal.aborted);
    };
    const takeBack = app.clock.after(FOLLOW_MS, done);
    signal.addEventListener('abort', done, { once: true });
  });
}
