// Reads what `gemini -o stream-json` prints. Verified with 0.61.0:
//
//   init         the session's id
//   message      what it says, in pieces; one with the role `user` only repeats the prompt
//   tool_use, tool_result
//   error        a warning, or what the result leaves out
//   result       the only line that counts for the outcome, with the tokens of this run

import type { Usage } from '../../../model/attempt.ts';
import { NO_USAGE } from '../../../model/attempt.ts';
import type { AgentEvent } from '../../../ports/agent-runtime.ts';
import { boundedText } from '../../../util/bounded-text.ts';
import { isRecord } from '../../../util/is-record.ts';
import { readTokens } from '../amounts.ts';
import type { Exit, Outcome, OutputReader } from '../cli-session.ts';
import { JsonLines } from '../json-lines-reader.ts';
import { summarizeInput } from '../tool-summary.ts';
import { judgeGemini } from './outcome.ts';

type Json = Readonly<Record<string, unknown>>;

const SESSION_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;
const MAX_TEXT = 16_384;
/** Kept of its last words: an answer is far smaller. */
const MAX_ANSWER = 4 << 20;

/**
 * Tells whether a text is the id of a session of Gemini CLI and nothing else: it becomes an argument.
 *
 * @param value - Anything.
 * @returns Whether it is one.
 */
export function isGeminiSession(value: unknown): value is string {
  return typeof value === 'string' && SESSION_ID.test(value);
}

/** Reads the stream of one process of Gemini CLI. */
export class GeminiReader implements OutputReader {
  sessionId: string | null = null;
  tokens: Usage = NO_USAGE;
  #result: Json | null = null;
  #error = '';
  #text = '';
  /** Tools at work, by their ids: what each is used on. */
  readonly #open: Map<unknown, { readonly name: string; readonly summary: string }> = new Map();
  readonly #lines: JsonLines = new JsonLines();

  read(chunk: Uint8Array): AgentEvent[] {
    return this.#lines.read(chunk, (line) => this.#take(line));
  }

  end(): AgentEvent[] {
    return this.#lines.read(null, (line) => this.#take(line));
  }

  outcome(exit: Exit): Outcome {
    const seen = {
      result: this.#result,
      error: this.#error,
      lost: this.#lines.lost,
      text: this.#text,
    };
    return judgeGemini(exit, seen, Date.now());
  }

  /** It knows no prices; but no tokens have no price. */
  get costUsd(): number | null {
    const { input, output, cached } = this.tokens;
    const isOver = this.sessionId === null || this.#result !== null;
    return isOver && input + output + cached === 0 ? 0 : null;
  }

  #take(line: Json): AgentEvent[] {
    switch (line['type']) {
      case 'init':
        return this.#session(line['session_id']);
      case 'message':
        return this.#said(line);
      case 'tool_use':
        return this.#used(line);
      case 'tool_result':
        return this.#gave(line);
      case 'error':
        this.#error = typeof line['message'] === 'string' ? line['message'] : '';
        return [];
      case 'result':
        return this.#takeResult(line);
      default:
        return [];
    }
  }

  #session(id: unknown): AgentEvent[] {
    if (this.sessionId !== null || !isGeminiSession(id)) return [];
    this.sessionId = id;
    return [{ type: 'session', sessionId: id }];
  }

  #said(line: Json): AgentEvent[] {
    const { content } = line;
    if (line['role'] !== 'assistant' || typeof content !== 'string') return [];
    const whole = this.#text + content;
    this.#text = whole.length > MAX_ANSWER ? whole.slice(-MAX_ANSWER) : whole;
    return [{ type: 'text', text: boundedText(content, MAX_TEXT) }];
  }

  #used(line: Json): AgentEvent[] {
    if (typeof line['tool_name'] !== 'string') return [];
    // What it said before a tool is not its answer.
    this.#text = '';
    const name = boundedText(line['tool_name'], 100);
    const summary = summarizeInput(line['parameters']);
    this.#open.set(line['tool_id'], { name, summary });
    return [{ type: 'tool_use', name, summary }];
  }

  #gave(line: Json): AgentEvent[] {
    const tool = this.#open.get(line['tool_id']);
    this.#open.delete(line['tool_id']);
    const ok = line['status'] === 'success';
    const error = isRecord(line['error']) ? line['error'] : {};
    const events: AgentEvent[] = [{ type: 'tool_result', ok }];
    if (ok || tool === undefined || !isDenial(error)) return events;
    return [...events, { type: 'denied', tool: tool.name, summary: tool.summary }];
  }

  /** There is one result; where there are more, an error is not turned into a success. */
  #takeResult(line: Json): AgentEvent[] {
    if (this.#result !== null && this.#result['status'] !== 'success') return [];
    this.#result = line;
    const stats = isRecord(line['stats']) ? line['stats'] : {};
    const cached = readTokens(stats['cached']);
    this.tokens = {
      input: Math.max(0, readTokens(stats['input_tokens']) - cached),
      output: readTokens(stats['output_tokens']),
      cached,
    };
    return [{ type: 'usage', tokens: this.tokens, costUsd: this.costUsd }];
  }
}

function isDenial(error: Json): boolean {
  const message = typeof error['message'] === 'string' ? error['message'] : '';
  return error['type'] === 'policy_violation' || /not in workspace|not allowed/iu.test(message);
}
