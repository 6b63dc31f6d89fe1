// Reads what `claude -p --output-format stream-json` prints. Verified with 2.1.197:
//
//   system/init     the session's id; not always the first line
//   assistant       text and tool_use blocks; its usage is that of the start of the message
//   user            tool_result blocks
//   rate_limit_event  what the provider announced about limits
//   result          the only line that counts for the outcome, the tokens and the cost
//
// Only lines of the main agent count; those of its sub-agents carry `parent_tool_use_id`.

import type { Usage } from '../../../model/attempt.ts';
import { NO_USAGE } from '../../../model/attempt.ts';
import type { AgentEvent } from '../../../ports/agent-runtime.ts';
import { boundedText } from '../../../util/bounded-text.ts';
import { isRecord } from '../../../util/is-record.ts';
import { addUsage, readTokens, readUsd } from '../amounts.ts';
import type { Exit, Outcome, OutputReader } from '../cli-session.ts';
import { JsonLines } from '../json-lines-reader.ts';
import { summarizeInput } from '../tool-summary.ts';
import { judgeClaude, isUnknownSession } from './outcome.ts';

type Json = Readonly<Record<string, unknown>>;

const SESSION_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;
const MAX_TEXT = 16_384;
const MAX_DENIALS = 100;

/**
 * Tells whether a text is a session's id and nothing else: it becomes an argument later.
 *
 * @param value - Anything.
 * @returns Whether it is one.
 */
export function isSessionId(value: unknown): value is string {
  return typeof value === 'string' && SESSION_ID.test(value);
}

/** Reads the stream of one process of Claude Code. */
export class ClaudeReader implements OutputReader {
  sessionId: string | null = null;
  tokens: Usage = NO_USAGE;
  #costUsd: number | null = null;
  #result: Json | null = null;
  #resetsAt: number | null = null;
  #lastMessage = '';
  readonly #lines: JsonLines = new JsonLines();

  read(chunk: Uint8Array): AgentEvent[] {
    return this.#lines.read(chunk, (line) => this.#take(line));
  }

  end(): AgentEvent[] {
    return this.#lines.read(null, (line) => this.#take(line));
  }

  outcome(exit: Exit): Outcome {
    return judgeClaude(exit, this.#result, { lost: this.#lines.lost, resetsAt: this.#resetsAt });
  }

  /** Only its result line tells: of a session that has none, nobody knows. */
  get costUsd(): number | null {
    return this.#costUsd ?? (this.sessionId === null ? 0 : null);
  }

  /** Whether the session to be continued does not exist (any more). */
  get sessionUnknown(): boolean {
    return this.#result !== null && isUnknownSession(this.#result);
  }

  #take(line: Json): AgentEvent[] {
    const events = this.#session(line);
    switch (line['type']) {
      case 'assistant':
        return [...events, ...this.#assistant(line)];
      case 'user':
        return [...events, ...blocks(line).flatMap(toolResult)];
      case 'rate_limit_event':
        this.#rateLimit(line['rate_limit_info']);
        return events;
      case 'result':
        return [...events, ...this.#takeResult(line)];
      default:
        return events;
    }
  }

  /** The first id counts: a later one is not the session this attempt started. */
  #session(line: Json): AgentEvent[] {
    const id = line['session_id'];
    const isFailedResume = line['type'] === 'result' && isUnknownSession(line);
    if (this.sessionId !== null || isFailedResume || !isSessionId(id)) return [];
    this.sessionId = id;
    return [{ type: 'session', sessionId: id }];
  }

  #assistant(line: Json): AgentEvent[] {
    const message = isRecord(line['message']) ? line['message'] : {};
    const events = blocks(line).flatMap(saidOrUsed);
    // One message comes as several lines, a block each, all with the same usage.
    const id = typeof message['id'] === 'string' ? message['id'] : '';
    if (!isRecord(message['usage']) || id === '' || id === this.#lastMessage) return events;
    this.#lastMessage = id;
    this.tokens = addUsage(this.tokens, readUsage(message['usage']));
    return [...events, { type: 'usage', tokens: this.tokens, costUsd: null }];
  }

  #rateLimit(info: unknown): void {
    if (!isRecord(info) || info['status'] !== 'rejected') return;
    this.#resetsAt = typeof info['resetsAt'] === 'number' ? info['resetsAt'] * 1000 : null;
  }

  /** There is one result; where there are more, an error is not turned into a success. */
  #takeResult(line: Json): AgentEvent[] {
    if (typeof line['parent_tool_use_id'] === 'string') return [];
    if (this.#result !== null && this.#result['is_error'] !== false) return [];
    this.#result = line;
    if (isRecord(line['usage'])) this.tokens = readUsage(line['usage']);
    this.#costUsd = Math.max(this.#costUsd ?? 0, readUsd(line['total_cost_usd']));
    const denials = Array.isArray(line['permission_denials']) ? line['permission_denials'] : [];
    return [
      ...denials.slice(0, MAX_DENIALS).flatMap(denied),
      { type: 'usage', tokens: this.tokens, costUsd: this.costUsd },
    ];
  }
}

function blocks(line: Json): Json[] {
  const message = isRecord(line['message']) ? line['message'] : {};
  return Array.isArray(message['content'])
    ? message['content'].filter((item) => isRecord(item))
    : [];
}

function saidOrUsed(block: Json): AgentEvent[] {
  if (block['type'] === 'text' && typeof block['text'] === 'string') {
    return [{ type: 'text', text: boundedText(block['text'], MAX_TEXT) }];
  }
  if (block['type'] !== 'tool_use' || typeof block['name'] !== 'string') return [];
  return [
    {
      type: 'tool_use',
      name: boundedText(block['name'], 100),
      summary: summarizeInput(block['input']),
    },
  ];
}

function toolResult(block: Json): AgentEvent[] {
  return block['type'] === 'tool_result'
    ? [{ type: 'tool_result', ok: block['is_error'] !== true }]
    : [];
}

function denied(item: unknown): AgentEvent[] {
  if (!isRecord(item) || typeof item['tool_name'] !== 'string') return [];
  const tool = boundedText(item['tool_name'], 100);
  return [{ type: 'denied', tool, summary: summarizeInput(item['tool_input']) }];
}

function readUsage(usage: Json): Usage {
  return {
    input: readTokens(usage['input_tokens']) + readTokens(usage['cache_creation_input_tokens']),
    output: readTokens(usage['output_tokens']),
    cached: readTokens(usage['cache_read_input_tokens']),
  };
}
