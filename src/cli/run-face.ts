// What a person sees of runs that are carried on, and what they are asked: on a terminal a live view
// with at most one question below it, else one line an event.

import type { Carrier } from '../app/carry.ts';
import { askText, drawRuns, eventJson, eventLine, foreseenText, planText } from '../app/face.ts';
import type { Proposal, Screen } from '../app/face.ts';
import type { Approver } from '../app/proceed.ts';
import { resolveByHand } from '../app/resolve.ts';
import { send } from '../app/send.ts';
import type { NotesOf } from '../app/specialists.ts';
import { isResolved } from '../app/steer.ts';
import type { Ask } from '../model/ask.ts';
import type { RunEvent } from '../model/event.ts';
import type { Foreseen } from '../model/foreseen.ts';
import type { Run } from '../model/run.ts';
import { oneLine } from '../util/terminal-text.ts';
import type { Context } from './context.ts';
import { LiveScreen, cutLines } from './screen.ts';
import type { Signals } from './signals.ts';

type AgentEvent = Parameters<NonNullable<Carrier['onAgentEvent']>>[1];
type Decision = 'approve' | 'reject' | 'later';

/** What is known before it begins. */
interface Known {
  /** How many events of a run were there before. */
  readonly old?: ReadonlyMap<string, number>;
  /** What is said of an agent and the runtime that plays it. */
  readonly notesOf?: NotesOf;
}

/** The face of runs that are carried on. */
export class RunFace implements Carrier, Approver {
  readonly interrupted: AbortSignal;
  readonly hurried: AbortSignal;
  readonly #context: Context;
  readonly #screen: LiveScreen | null;
  /** How many events of a run were there before: they are no news. */
  readonly #old: Map<string, number>;
  readonly #runs = new Map<string, Run>();
  readonly #lastAction = new Map<string, string>();
  readonly #foreseen = new Map<string, readonly Foreseen[]>();
  readonly #startedAt: number;
  readonly #notesOf: NotesOf;
  /** What was said already of agents and their runtimes. */
  readonly #noted = new Set<string>();
  /** Asks that the person does not want to answer now. */
  readonly #deferred = new Set<string>();
  #asking: string | null = null;
  /** The one whose answer is on its way: that it is answered is no news. */
  #answering: string | null = null;
  #inputEnded = false;
  #recheck: () => void = () => {};

  constructor(
    context: Context,
    signals: Signals,
    { old = new Map(), notesOf = () => [] }: Known = {},
  ) {
    const { flags, interactive, app, outside } = context;
    this.#context = context;
    this.#old = new Map(old);
    this.#notesOf = notesOf;
    this.#startedAt = app.clock.now();
    this.interrupted = signals.interrupted;
    this.hurried = signals.hurried;
    const live = outside.stderr.isTTY && !flags.quiet && !flags.jsonl && !isDumb(context);
    const draw = live ? (frame: Screen): string[] => this.#draw(frame) : (): string[] => [];
    const raise = (): void => signals.raise('SIGINT');
    this.#screen = live || interactive ? new LiveScreen(context, draw, raise) : null;
    this.#live = live;
    signals.interrupted.addEventListener('abort', () => this.#screen?.takeBack(), { once: true });
  }

  readonly #live: boolean;

  /** Says something about progress, above what is drawn. */
  say(line: string): void {
    if (this.#context.flags.quiet) return;
    if (this.#screen === null) this.#context.say(line);
    else this.#screen.print(line);
  }

  /** Draws a last time and lets the terminal go. */
  end(): void {
    this.#screen?.end();
  }

  /** Lets the person read; it goes on by itself when nobody presses Enter. */
  async pause(label: string, limitMs: number): Promise<void> {
    const { interactive, app } = this.#context;
    if (!interactive || this.#screen === null || this.interrupted.aborted) return;
    const cancel = app.clock.after(limitMs, () => this.#screen?.takeBack());
    await this.#screen.ask({ lines: () => [], label });
    cancel();
  }

  // ---- carrier ----

  readonly onEvents = (events: readonly RunEvent[], runs: readonly Run[]): void => {
    for (const run of runs) this.#runs.set(run.key, run);
    for (const happened of events) this.#tell(happened);
    this.#screen?.changed();
    void this.#askNext();
  };

  readonly onAgentEvent = (attempt: string, event: AgentEvent): void => {
    if (event.type === 'tool_use') this.#lastAction.set(attempt, `${event.name} ${event.summary}`);
    else if (event.type === 'text') this.#lastAction.set(attempt, event.text);
    else return;
    this.#screen?.changed();
  };

  readonly onForeseen = (run: string, conflicts: readonly Foreseen[]): void => {
    const known = new Set(this.#foreseen.get(run)?.map((one) => foreseenText(one)));
    this.#foreseen.set(run, conflicts);
    this.#screen?.changed();
    if (this.#live || this.#context.flags.jsonl) return;
    for (const one of conflicts) {
      const text = foreseenText(one);
      if (!known.has(text)) this.say(text);
    }
  };

  readonly onFollow = (pid: number): void => {
    this.say(`process ${pid} is at work in this project; it takes this on (Ctrl-C only detaches)`);
  };

  readonly onTakenOver = (): void => {
    this.say(
      'this process stood still for too long: another process has taken over; it starts and moves nothing any more',
    );
  };

  readonly onRemark = (line: string): void => {
    this.say(line);
  };

  readonly mayAnswer = (): boolean => this.#nextAsk() !== undefined;

  readonly listen = (recheck: () => void): void => {
    this.#recheck = recheck;
  };

  #tell(happened: RunEvent): void {
    const left = this.#old.get(happened.run) ?? 0;
    if (left > 0) {
      this.#old.set(happened.run, left - 1);
      return;
    }
    this.#takeBack(happened);
    this.#note(happened);
    if (this.#context.flags.jsonl) {
      this.#context.write(`${JSON.stringify(eventJson(happened))}\n`);
    } else if (!this.#live) {
      const line = eventLine(happened);
      if (line !== null) this.say(line);
    }
  }

  /** Says once what the runtime of a starting attempt cannot honour of its agent. */
  #note({ event }: RunEvent): void {
    if (event.type !== 'attempt-leased') return;
    for (const note of this.#notesOf(event.agent, event.runtime)) {
      const line = `${event.agent}: ${note}`;
      if (this.#noted.has(line)) continue;
      this.#noted.add(line);
      this.say(oneLine(line));
    }
  }

  /** Closes the question that somebody else has settled. */
  #takeBack({ event }: RunEvent): void {
    if (event.type !== 'ask-answered' && event.type !== 'ask-withdrawn') return;
    if (event.ask !== this.#asking || event.ask === this.#answering) return;
    this.#screen?.takeBack();
    if (event.type === 'ask-withdrawn') this.say(`${event.ask} needs no answer any more`);
    else this.say(`${event.ask} was answered by ${oneLine(event.by)}: ${oneLine(event.answer)}`);
  }

  #draw(frame: Screen): string[] {
    if (this.#runs.size === 0) return [];
    const now = this.#context.app.clock.now();
    const about = {
      lastAction: this.#lastAction,
      foreseen: this.#foreseen,
      startedAt: this.#startedAt,
      now,
    };
    return drawRuns([...this.#runs.values()], about, frame);
  }

  // ---- questions of agents ----

  #nextAsk(): Ask | undefined {
    if (!this.#context.interactive || this.#inputEnded || this.interrupted.aborted)
      return undefined;
    return [...this.#runs.values()]
      .flatMap(({ asks }) => asks)
      .find(({ key, status }) => status.state === 'open' && !this.#deferred.has(key));
  }

  /** Asks one after the other, while the runs go on. */
  async #askNext(): Promise<void> {
    const ask = this.#nextAsk();
    if (ask === undefined || this.#screen === null || this.#asking !== null) return;
    this.#asking = ask.key;
    const typed = await this.#screen.ask({
      lines: (frame) => askText(ask, this.#context.app.clock.now(), frame),
      label: 'Your answer (empty = later): ',
    });
    if (typed === null) this.#inputEnded = true;
    else if (typed === '') this.#deferred.add(ask.key);
    else if (typed !== undefined) await this.#answer(ask, typed);
    this.#asking = null;
    if (this.#nextAsk() === undefined) this.#recheck();
    else await this.#askNext();
  }

  async #answer(ask: Ask, typed: string): Promise<void> {
    const near = ask.choices.filter((choice) => choice.startsWith(typed.trim().toLowerCase()));
    const answer = !ask.freeText && near.length === 1 ? (near[0] ?? typed) : typed;
    const { app } = this.#context;
    this.#answering = ask.key;
    if (isResolved(ask, typed)) {
      await this.#takeByHand(ask);
      return;
    }
    const said = await send(app, { type: 'answer', ask: ask.key, answer, by: app.person });
    if (said.ok) {
      // Its event may be a moment away; it is not to be asked again meanwhile.
      this.#deferred.add(ask.key);
      return;
    }
    const { message, hint } = said.problem;
    this.#screen?.print(oneLine(`${message}; ${hint}`));
  }

  /** What the person has made of a conflict in another window. */
  async #takeByHand(ask: Ask): Promise<void> {
    const taken = await resolveByHand(this.#context.app, ask.key, {
      done: true,
      anew: false,
      confirm: async (question) => {
        const lines = (frame: Screen): string[] => cutLines(question.split('\n'), frame);
        const typed = await this.#screen?.ask({ lines, label: 'y or n [n]: ' });
        return typed?.trim().toLowerCase().startsWith('y') === true;
      },
    });
    if (taken.ok) this.#deferred.add(ask.key);
    else this.#screen?.print(`${taken.problem.message}\n  → ${taken.problem.hint}`);
  }

  // ---- plans ----

  readonly approve = async (proposal: Proposal): Promise<Decision> => {
    const { flags, interactive } = this.#context;
    if (flags.yes) return 'approve';
    const text = planText(proposal, this.#context.progressView);
    if (!interactive || this.#screen === null || this.#inputEnded) {
      this.say(text);
      return 'later';
    }
    this.#screen.print(text);
    for (;;) {
      const typed = await this.#screen.ask({
        lines: (frame) => cutLines([`Carry out the plan of ${proposal.run.key}?`], frame),
        label: 'approve, reject or later [later]: ',
      });
      if (typed === null) this.#inputEnded = true;
      const word = (typed ?? '').trim().toLowerCase();
      if (word === '') return 'later';
      const decision = (['approve', 'reject', 'later'] as const).find((one) =>
        one.startsWith(word),
      );
      if (decision !== undefined) return decision;
      if (word === 'y' || word === 'yes') return 'approve';
    }
  };
}

function isDumb({ outside }: Context): boolean {
  return outside.environment['TERM'] === 'dumb';
}
