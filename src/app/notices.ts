// What is told to webhooks. It follows the log: a file beside the run says up to which event a webhook
// was told, so that a kill loses nothing. The last notice may be told twice then, with the same id.

import { createHash } from 'node:crypto';

import type { WebhookConfig } from '../config/config.ts';
import type { EventType, RunEvent } from '../model/event.ts';
import type { RunKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { LoggedEvent } from '../model/summary.ts';
import { EVENT_TYPES } from '../model/transitions.ts';
import type { Notifier, Told } from '../ports/notifier.ts';
import type { Store } from '../ports/store.ts';
import { runJson } from '../report/json.ts';
import { summarize } from '../report/summarize.ts';
import { isRecord } from '../util/is-record.ts';
import { parseJson } from '../util/parse-json.ts';
import { oneLine } from '../util/terminal-text.ts';
import type { App } from './app.ts';
import { eventJson } from './face.ts';

/** What a webhook hears of that names no events: what a person waits for. */
const USUAL: ReadonlySet<EventType> = new Set([
  'ask-opened',
  'plan-drafted',
  'run-paused',
  'run-completed',
  'run-failed',
  'run-canceled',
]);
/** Between one try and the next. */
const PAUSES_MS = [500, 2000] as const;
/** A webhook that was not reached is left alone for so long, or a run would wait for it. */
const LEFT_ALONE_MS = 30_000;
/** How long the end of a run may wait for the last notice. */
const AT_THE_END_MS = 10_000;
/** Of runs that are over, what nobody could be told is told later, but not for ever. */
const LATE_MS = 24 * 60 * 60 * 1000;
const LARGEST_BODY = 262_144;

/** Tells webhooks what happens. */
export interface Notices {
  /** Something has happened in runs; it is on disk. */
  onEvents(events: readonly RunEvent[]): void;
  /** Resolves when all is told that can be, at the latest after some seconds. */
  told(): Promise<void>;
}

/** Where notices come from and go to. */
interface Sender {
  readonly app: App;
  readonly store: Store;
  readonly notifier: Notifier;
  readonly say: (line: string) => void;
  /** Nobody waits any more. */
  readonly signal: AbortSignal;
}

/**
 * Begins to tell webhooks, with what they were not told before.
 *
 * @param app - The application.
 * @param webhooks - The webhooks of the configuration.
 * @param about - The runs that are carried on, and what says that a webhook is not to be reached.
 * @param about.keys - The runs.
 * @param about.say - Says it.
 * @returns What is to be told of events.
 */
export async function keepNotices(
  app: App,
  webhooks: readonly WebhookConfig[],
  { keys, say }: { readonly keys: readonly RunKey[]; readonly say: (line: string) => void },
): Promise<Notices> {
  const opened = webhooks.length === 0 ? null : await app.store();
  if (opened === null || !opened.ok) return { onEvents: () => {}, told: async () => {} };
  const ending = new AbortController();
  const { signal } = ending;
  const sender = { app, store: opened.value, notifier: await app.notifier(), say, signal };
  const hooks = webhooks.flatMap((config) => hookOf(sender, config) ?? []);
  const late = await unfinishedBusiness(sender);
  for (const hook of hooks) {
    for (const key of late) hook.follow(key, true);
    for (const key of keys) hook.follow(key, false);
  }
  return {
    onEvents: (events) => {
      for (const run of new Set(events.map((event) => event.run))) {
        for (const hook of hooks) hook.follow(run, false);
      }
    },
    told: async () => {
      const all = Promise.all(hooks.map((hook) => hook.done()));
      const takeBack = app.clock.after(AT_THE_END_MS, () => ending.abort());
      await all;
      takeBack();
    },
  };
}

function hookOf(sender: Sender, config: WebhookConfig): Hook | null {
  const { secret_env: name, url } = config;
  const secret = name === null ? null : (sender.app.environment[name] ?? '');
  if (secret !== '') return new Hook(sender, config, secret);
  sender.say(`the webhook at ${new URL(url).host} is told nothing: ${name} is not set`);
  return null;
}

function wantedBy({ events }: WebhookConfig): ReadonlySet<string> {
  if (events.includes('*')) return new Set(EVENT_TYPES);
  return events.length === 0 ? USUAL : new Set(events);
}

/** Runs that ended a short while ago. */
async function unfinishedBusiness({ app, store }: Sender): Promise<readonly RunKey[]> {
  const since = app.clock.now() - LATE_MS;
  const runs = await store.summaries({ unfinishedOnly: false });
  return runs.flatMap(({ run: { key, status } }) =>
    'finishedAt' in status && status.finishedAt > since ? [key] : [],
  );
}

function pause({ app, signal }: Sender, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const takeBack = app.clock.after(ms, resolve);
    const end = (): void => {
      takeBack();
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** One webhook, told one thing after the other. */
class Hook {
  readonly #sender: Sender;
  readonly #config: WebhookConfig;
  readonly #secret: string | null;
  readonly #wanted: ReadonlySet<string>;
  readonly #file: string;
  readonly #host: string;
  readonly #waiting = new Set<RunKey>();
  #last: Promise<void> = Promise.resolve();
  #leftAloneUntil = 0;
  #hasComplained = false;

  constructor(sender: Sender, config: WebhookConfig, secret: string | null) {
    this.#sender = sender;
    this.#config = config;
    this.#secret = secret;
    this.#wanted = wantedBy(config);
    const hash = createHash('sha256').update(config.url).digest('hex').slice(0, 8);
    this.#file = `notices-${hash}.json`;
    this.#host = new URL(config.url).host;
  }

  /** Tells what is new in a run; of one that is over only what was to be told before. */
  follow(key: RunKey, isLate: boolean): void {
    if (this.#waiting.has(key)) return;
    this.#waiting.add(key);
    this.#last = this.#next(this.#last, key, isLate);
  }

  async #next(before: Promise<void>, key: RunKey, isLate: boolean): Promise<void> {
    await before;
    this.#waiting.delete(key);
    // What cannot be read or noted now is read again when the next thing happens.
    await this.#catchUp(key, isLate).catch(() => undefined);
  }

  done(): Promise<void> {
    return this.#last;
  }

  async #catchUp(key: RunKey, isLate: boolean): Promise<void> {
    const { app, store, signal } = this.#sender;
    if (signal.aborted || app.clock.now() < this.#leftAloneUntil) return;
    const known = await app.files.read(key, this.#file, 1000);
    if (known === null && isLate) return;
    const run = await store.run(key);
    if (run === null) return;
    let told = known === null ? 0 : numberIn(known);
    for (const event of await store.eventsAfter(key, told)) {
      if (this.#wants(event, run) && !(await this.#tell(event, run))) return;
      told = event.seq;
      if (this.#wanted.has(event.event.type)) await this.#note(key, told);
    }
    await this.#note(key, told);
  }

  #wants({ event }: LoggedEvent, run: Run): boolean {
    if (!this.#wanted.has(event.type)) return false;
    // A plan that nobody has to look at is no news, unless somebody asked for it.
    return (
      event.type !== 'plan-drafted' ||
      this.#wanted !== USUAL ||
      run.status.state === 'awaiting_approval'
    );
  }

  #note(key: RunKey, told: number): Promise<void> {
    return this.#sender.app.files.write(key, this.#file, `${JSON.stringify({ told })}\n`);
  }

  /** Tells one thing; false = it could not be told now. */
  async #tell(event: LoggedEvent, run: Run): Promise<boolean> {
    const { app, notifier, signal } = this.#sender;
    const { url } = this.#config;
    const id = `${run.key}-${event.seq}-${event.hash.slice(0, 16)}`;
    const body = app.secrets.redact(bodyOf(id, event, run));
    for (let tries = 0; ; tries += 1) {
      const at = app.clock.now();
      const told = await notifier.tell({ url, secret: this.#secret, id, at, body }, signal);
      if (told.kind === 'told') {
        this.#hasComplained = false;
        return true;
      }
      const wait = PAUSES_MS[tries];
      if (told.kind === 'refused' || wait === undefined) return this.#complain(told);
      await pause(this.#sender, wait);
    }
  }

  #complain({ kind, why }: Exclude<Told, { kind: 'told' }>): boolean {
    const { app, say } = this.#sender;
    const isFinal = kind === 'refused';
    if (!this.#hasComplained) {
      const then = isFinal ? 'this is not told again' : 'it is told later';
      say(`the webhook at ${this.#host} was not told: ${oneLine(why).slice(0, 200)}; ${then}`);
    }
    this.#hasComplained = true;
    if (!isFinal) this.#leftAloneUntil = app.clock.now() + LEFT_ALONE_MS;
    return isFinal;
  }
}

function numberIn(text: string): number {
  const read = parseJson(text);
  const told = isRecord(read) ? read['told'] : null;
  return typeof told === 'number' && told >= 0 ? told : 0;
}

function bodyOf(id: string, event: LoggedEvent, run: Run): string {
  const { at, event: happened } = event;
  const facts = { id, type: happened.type, at: new Date(at).toISOString() };
  const whole = eventJson(event);
  const body = JSON.stringify({ ...facts, run: runJson(summarize(run)), event: whole });
  if (body.length <= LARGEST_BODY) return body;
  const { text } = whole;
  return JSON.stringify({ ...facts, run: { key: run.key }, event: { type: happened.type, text } });
}
