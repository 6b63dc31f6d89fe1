// The part of a terminal that is drawn again and again in place: the live view, and below it at most
// one question. Whatever happens, the terminal is left as it was found.

import { emitKeypressEvents } from 'node:readline';

import type { Screen as Frame } from '../app/face.ts';
import { cutToWidth, displayWidth, sanitizeTerminal } from '../util/terminal-text.ts';
import type { Context } from './context.ts';

/** A question on the screen. */
export interface Question {
  /** What is asked; drawn anew each time, for the width may change. */
  readonly lines: (frame: Frame) => readonly string[];
  /** In front of what is typed. */
  readonly label: string;
}

/** What a person typed: `null` = the input has ended, `undefined` = the question was taken back. */
export type Typed = string | null | undefined;

interface Key {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
}

const HIDE = '\u001B[?25l';
const SHOW = '\u001B[?25h';
const ERASE_BELOW = '\u001B[J';
const REDRAW_MS = 1000;
/** Changes come in bursts; the eye needs no more frames than this. */
const BURST_MS = 50;

/** Draws on stderr and reads what is typed below it. */
export class LiveScreen {
  readonly #context: Context;
  readonly #draw: (frame: Frame) => readonly string[];
  readonly #interrupt: () => void;
  /** The lines that are on the terminal now; the cursor is behind the last one. */
  #shown: readonly string[] = [];
  #question: { question: Question; typed: string; done: (typed: Typed) => void } | null = null;
  #every: NodeJS.Timeout | null = null;
  #soon: NodeJS.Timeout | null = null;
  #reading = false;
  #ended = false;

  constructor(context: Context, draw: (frame: Frame) => readonly string[], interrupt: () => void) {
    this.#context = context;
    this.#draw = draw;
    this.#interrupt = interrupt;
    context.outside.stdin.on('error', this.#inputEnded);
    process.once('exit', this.#restore);
    context.outside.stderr.on('resize', this.#redraw);
    this.#every = setInterval(this.#redraw, REDRAW_MS);
    this.#redraw();
  }

  /** Something has changed. */
  changed(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      this.#redraw();
    }, BURST_MS);
  }

  /** Writes something that stays, above what is drawn. */
  print(text: string): void {
    this.#write(`${this.#erased()}${text}\n`);
    this.#shown = [];
    this.#redraw();
  }

  /**
   * Asks something; one question at a time.
   *
   * @param question - The question.
   * @returns What was typed.
   */
  async ask(question: Question): Promise<Typed> {
    this.#read(true);
    const typed = await new Promise<Typed>((done) => {
      this.#question = { question, typed: '', done };
      this.#redraw();
    });
    this.#question = null;
    this.#read(false);
    this.#redraw();
    return typed;
  }

  /** Takes the question back that is asked now. */
  takeBack(): void {
    this.#question?.done(undefined);
  }

  /** Draws a last time and lets the terminal go. */
  end(): void {
    if (this.#ended) return;
    this.takeBack();
    this.#question = null;
    this.#redraw();
    this.#restore();
  }

  readonly #restore = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#every !== null) clearInterval(this.#every);
    if (this.#soon !== null) clearTimeout(this.#soon);
    this.#context.outside.stderr.off('resize', this.#redraw);
    process.off('exit', this.#restore);
    this.#read(false);
    this.#write(`${this.#shown.length > 0 ? '\n' : ''}${SHOW}`);
  };

  readonly #redraw = (): void => {
    if (this.#ended) return;
    const { stderr } = this.#context.outside;
    const { style } = this.#context.progressView;
    // A full last column would make some terminals wrap.
    const width = Math.max(20, stderr.columns - 1);
    const question = this.#questionLines({ width, height: stderr.rows, style });
    const height = Math.max(1, stderr.rows - 1 - question.length);
    const lines = [...this.#draw({ width, height, style }), ...question];
    const cursor = this.#question === null ? HIDE : SHOW;
    this.#write(`${this.#erased()}${lines.join('\n')}${cursor}`);
    this.#shown = lines;
  };

  #questionLines(frame: Frame): string[] {
    if (this.#question === null) return [];
    const { question, typed } = this.#question;
    const room = Math.max(1, frame.width - question.label.length - 1);
    // The end of a long answer is where the person types.
    let tail = typed;
    while (displayWidth(tail) > room) tail = Array.from(tail).slice(1).join('');
    return ['', ...question.lines(frame), `${question.label}${tail}`];
  }

  /** What takes away the lines that are shown, however the terminal has wrapped them by now. */
  #erased(): string {
    const { columns } = this.#context.outside.stderr;
    const rows = this.#shown
      .map((line) => Math.max(1, Math.ceil(displayWidth(sanitizeTerminal(line)) / columns)))
      .reduce((sum, one) => sum + one, 0);
    return `\r${rows > 1 ? `\u001B[${rows - 1}A` : ''}${ERASE_BELOW}`;
  }

  #write(text: string): void {
    this.#context.outside.stderr.write(this.#context.app.secrets.redact(text));
  }

  // ---- what is typed ----

  #read(on: boolean): void {
    const { stdin } = this.#context.outside;
    if (on === this.#reading) return;
    this.#reading = on;
    if (on) {
      emitKeypressEvents(stdin);
      stdin.on('keypress', this.#typed).on('end', this.#inputEnded);
      this.#setRaw(true);
      stdin.resume();
    } else {
      stdin.off('keypress', this.#typed).off('end', this.#inputEnded);
      this.#setRaw(false);
      stdin.pause();
    }
  }

  #setRaw(raw: boolean): void {
    try {
      this.#context.outside.stdin.setRawMode(raw);
    } catch {
      // The terminal is gone, and with it whoever could type; SIGHUP says so.
    }
  }

  readonly #inputEnded = (): void => {
    this.#question?.done(null);
  };

  readonly #typed = (text: string | undefined, key: Key): void => {
    if (key.ctrl === true && key.name === 'c') this.#interrupt();
    const asked = this.#question;
    if (asked === null) return;
    if (key.name === 'return' || key.name === 'enter') asked.done(asked.typed);
    else if (key.name === 'escape') asked.done('');
    else if (key.ctrl === true && key.name === 'd' && asked.typed === '') asked.done(null);
    else {
      asked.typed = edited(asked.typed, text ?? '', key);
      this.#redraw();
    }
  };
}

function edited(typed: string, text: string, key: Key): string {
  if (key.name === 'backspace') return Array.from(typed).slice(0, -1).join('');
  if (key.ctrl === true && key.name === 'u') return '';
  if (key.ctrl === true && key.name === 'w') return typed.replace(/\S*\s*$/u, '');
  if (key.ctrl === true || key.meta === true) return typed;
  return typed + sanitizeTerminal(text).replaceAll(/[\n\t]/gu, ' ');
}

/**
 * Cuts lines so that none is wrapped.
 *
 * @param lines - Lines without emphasis.
 * @param frame - Where they are drawn.
 * @returns The lines.
 */
export function cutLines(lines: readonly string[], frame: Frame): string[] {
  return lines.map((line) => cutToWidth(line, frame.width));
}
