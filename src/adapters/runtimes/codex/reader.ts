// Reads what `codex exec --json` prints. Verified with 0.169.0:
//
//   thread.started   the session's id
//   item.started     a tool is at work; not all of them say so
//   item.completed   a tool has ended, or what it says; an `error` among them is only a warning
//   error            a request has failed; it may be tried again
//   turn.completed   the only good end, with the tokens of the whole session, also of before
//   turn.failed      why not

import type { Usage } from '../../../model/attempt.ts';
import { NO_USAGE } from '../../../model/attempt.ts';
import type { Failure } from '../../../model/failure.ts';
import type { AgentEvent } from '../../../ports/agent-runtime.ts';
import { boundedText } from '../../../util/bounded-text.ts';
import { isRecord } from '../../../util/is-record.ts';
import { LineSplitter } from '../../../util/line-splitter.ts';
import type { Exit, Outcome, OutputReader } from '../cli-session.ts';
import { JsonLines } from '../json-lines-reader.ts';
import { withoutNulls } from '../strict-schema.ts';
import { codexFailure, codexSleep, judgeCodex } from './outcome.ts';
import { codexTokens, usedSince } from './tokens.ts';

type Json = Readonly<Record<string, unknown>>;

const SESSION_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;
/** Of its log. */
const MAX_LINE = 64 * 1024;
const MAX_TEXT = 16_384;
/** Kept of its last words: an answer is far smaller. */
const MAX_ANSWER = 4 << 20;

/** What a reader has to know. */
interface CodexReading {
  /** What a session has used so far in all. */
  readonly used: (session: string) => Usage | null;
  /** What the continued session had used before. */
  readonly before: Usage;
  /** Whether it answers to a schema. */
  readonly answers: boolean;
}

/**
 * Tells whether a text is the id of a session of Codex and nothing else: it becomes an argument.
 *
 * @param value - Anything.
 * @returns Whether it is one.
 */
export function isCodexSession(value: unknown): value is string {
  return typeof value === 'string' && SESSION_ID.test(value);
}

/** Reads the stream of one process of Codex. */
export class CodexReader implements OutputReader {
  sessionId: string | null = null;
  /** What a request failed with that is tried again. */
  trouble: Failure | null = null;
  #total: Usage | null = null;
  #failed: string | null = null;
  #asleep: Failure | null = null;
  #text = '';
  readonly #open: Set<unknown> = new Set();
  readonly #lines: JsonLines = new JsonLines();
  readonly #log: LineSplitter = new LineSplitter(MAX_LINE);
  readonly #reading: CodexReading;

  /** @param reading - What it has to know. */
  constructor(reading: CodexReading) {
    this.#reading = reading;
  }

  read(chunk: Uint8Array): AgentEvent[] {
    return this.#lines.read(chunk, (line) => this.#take(line));
  }

  end(): AgentEvent[] {
    return this.#lines.read(null, (line) => this.#take(line));
  }

  /** It tells only in its log that it will sleep, for hours if its model says so. */
  readError(chunk: Uint8Array): boolean {
    for (const line of this.#log.push(chunk)) this.#asleep ??= codexSleep(line, Date.now());
    return this.#asleep !== null;
  }

  outcome(exit: Exit): Outcome {
    const seen = {
      completed: this.#total !== null,
      failed: this.#failed,
      asleep: this.#asleep,
      lost: this.#lines.lost,
      text: this.#text,
      structured: this.#reading.answers ? parsed(this.#text) : undefined,
    };
    return judgeCodex(exit, seen, Date.now());
  }

  /** A turn that was not completed tells nothing here: then its session's file does. */
  get tokens(): Usage {
    const { used, before } = this.#reading;
    const total = this.#total ?? (this.sessionId === null ? null : used(this.sessionId));
    return total === null ? NO_USAGE : usedSince(total, before);
  }

  /** It knows no prices; but no tokens have no price. */
  get costUsd(): number | null {
    const { input, output, cached } = this.tokens;
    const isOver = this.sessionId === null || (this.#failed ?? this.#asleep) !== null;
    return isOver && input + output + cached === 0 ? 0 : null;
  }

  #take(line: Json): AgentEvent[] {
    switch (line['type']) {
      case 'thread.started':
        return this.#session(line['thread_id']);
      case 'item.started':
        return this.#started(item(line));
      case 'item.completed':
        return this.#completed(item(line));
      case 'error':
        this.trouble = codexFailure(message(line), Date.now());
        return [];
      case 'turn.failed':
        this.#failed ??= message(line['error']) || 'it does not say why';
        return [];
      case 'turn.completed':
        this.#total = codexTokens(line['usage']);
        return [{ type: 'usage', tokens: this.tokens, costUsd: null }];
      default:
        return [];
    }
  }

  #session(id: unknown): AgentEvent[] {
    if (this.sessionId !== null || !isCodexSession(id)) return [];
    this.sessionId = id;
    return [{ type: 'session', sessionId: id }];
  }

  #started(what: Json): AgentEvent[] {
    this.trouble = null;
    const used = toolUse(what);
    if (used.length > 0) this.#open.add(what['id']);
    return used;
  }

  #completed(what: Json): AgentEvent[] {
    this.trouble = null;
    if (what['type'] === 'agent_message') {
      const text = typeof what['text'] === 'string' ? what['text'] : '';
      this.#text = text.length > MAX_ANSWER ? text.slice(-MAX_ANSWER) : text;
      return [{ type: 'text', text: boundedText(text, MAX_TEXT) }];
    }
    const used = toolUse(what);
    if (used.length === 0) return [];
    const before = this.#open.delete(what['id']) ? [] : used;
    return [...before, { type: 'tool_result', ok: what['status'] !== 'failed' }];
  }
}

function item(line: Json): Json {
  return isRecord(line['item']) ? line['item'] : {};
}

function message(value: unknown): string {
  return isRecord(value) && typeof value['message'] === 'string' ? value['message'] : '';
}

/** Kinds of items that are tools, and where the telling part of each stands. */
const TOOLS: Readonly<Record<string, string>> = {
  command_execution: 'command',
  file_change: 'changes',
  mcp_tool_call: 'tool',
  web_search: 'query',
};

function toolUse(what: Json): AgentEvent[] {
  const kind = typeof what['type'] === 'string' ? what['type'] : '';
  const key = Object.hasOwn(TOOLS, kind) ? TOOLS[kind] : undefined;
  if (key === undefined) return [];
  const told = what[key];
  const text = Array.isArray(told)
    ? told.map((one) => (isRecord(one) ? String(one['path']) : '')).join(', ')
    : typeof told === 'string'
      ? told
      : '';
  const summary = boundedText(text, 200).replaceAll(/\s+/gu, ' ');
  return [{ type: 'tool_use', name: kind, summary }];
}

function parsed(text: string): unknown {
  try {
    return withoutNulls(JSON.parse(text));
  } catch {
    return undefined; // no JSON, or nested deeper than the stack
  }
}
