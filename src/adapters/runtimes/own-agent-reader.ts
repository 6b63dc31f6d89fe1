// Reads what agents of our own say: one JSON document a line, and one result at the end.

import type { Usage } from '../../model/attempt.ts';
import { NO_USAGE } from '../../model/attempt.ts';
import { failure, FAILURE_REASONS } from '../../model/failure.ts';
import type { AgentEvent } from '../../ports/agent-runtime.ts';
import { boundedText, textTail } from '../../util/bounded-text.ts';
import { readTokens, readUsd } from './amounts.ts';
import type { Exit, Outcome, OutputReader } from './cli-session.ts';
import { JsonLines } from './json-lines-reader.ts';

type Json = Readonly<Record<string, unknown>>;

const MAX_TEXT = 16_384;

/** Reads one process of an agent of our own. */
export class OwnAgentReader implements OutputReader {
  sessionId: string | null = null;
  tokens: Usage = NO_USAGE;
  costUsd: number | null;
  readonly #name: string;
  #structured: unknown = undefined;
  #result: Json | null = null;
  readonly #lines: JsonLines = new JsonLines();

  /**
   * @param name - What it is called in messages.
   * @param costUsd - What it costs where it says nothing; `null` = nobody knows.
   */
  constructor(name: string, costUsd: number | null) {
    this.#name = name;
    this.costUsd = costUsd;
  }

  read(chunk: Uint8Array): AgentEvent[] {
    return this.#lines.read(chunk, (line) => this.#take(line));
  }

  end(): AgentEvent[] {
    return this.#lines.read(null, (line) => this.#take(line));
  }

  outcome(exit: Exit): Outcome {
    const text = string(this.#result?.['text']);
    const said = { structured: this.#structured, text, summary: text };
    if (exit.code === 0 && this.#result?.['ok'] === true) return { ...said, failure: null };
    const reason = FAILURE_REASONS.find((known) => known === this.#result?.['reason']);
    const how = exit.code === null ? (exit.signal ?? 'a signal') : `exit ${exit.code}`;
    const message =
      string(this.#result?.['message']) ||
      textTail(`${this.#name} ended without a result: ${how}\n${exit.stderr}`.trim(), 2_000);
    const retryAt = this.#result?.['retryAt'];
    const why = failure(reason ?? 'agent_error', message);
    return { ...said, failure: typeof retryAt === 'number' ? { ...why, retryAt } : why };
  }

  #take(line: Json): AgentEvent[] {
    const [name, summary] = [string(line['name']), string(line['summary'])];
    switch (line['type']) {
      case 'session':
        this.sessionId = string(line['id']);
        return [{ type: 'session', sessionId: this.sessionId }];
      case 'text':
        return [{ type: 'text', text: boundedText(string(line['text']), MAX_TEXT) }];
      case 'tool_use':
        return [{ type: 'tool_use', name, summary }];
      case 'tool_result':
        return [{ type: 'tool_result', ok: line['ok'] === true }];
      case 'denied':
        return [{ type: 'denied', tool: name, summary }];
      case 'usage':
        this.#takeUsage(line);
        return [{ type: 'usage', tokens: this.tokens, costUsd: this.costUsd }];
      case 'answer':
        this.#structured = line['value'];
        return [];
      case 'result':
        this.#result ??= line;
        // The model never answered: that costs nothing, whatever its price.
        if (this.tokens === NO_USAGE) this.costUsd ??= 0;
        return [];
      default:
        return [];
    }
  }

  #takeUsage(line: Json): void {
    this.tokens = {
      input: readTokens(line['input']),
      output: readTokens(line['output']),
      cached: readTokens(line['cached']),
    };
    if (this.costUsd !== null) this.costUsd = readUsd(line['costUsd']);
  }
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
