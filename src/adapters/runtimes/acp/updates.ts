// What an agent tells while it works on a prompt: what it says, what it uses, what it costs.

import type { Usage } from '../../../model/attempt.ts';
import type { AgentEvent } from '../../../ports/agent-runtime.ts';
import { boundedText } from '../../../util/bounded-text.ts';
import { isRecord } from '../../../util/is-record.ts';
import { readTokens, readUsd } from '../amounts.ts';

type Json = Readonly<Record<string, unknown>>;

const MAX_TEXT = 16_384;
/** An answer is its last text; what is longer is no answer. */
const MAX_ANSWER = 4 << 20;
const MAX_CALLS = 10_000;

/** Reads the updates of one session. */
export class AcpUpdates {
  readonly #push: (event: AgentEvent) => void;
  /** What is known of the calls of its tools, by their ids. */
  readonly #calls = new Map<string, Json>();
  #text = '';
  #begun = false;
  /** What the session had cost before, where it tells. */
  #costBefore: number | null = null;
  #cost: number | null = null;

  /** @param push - Takes what happens. */
  constructor(push: (event: AgentEvent) => void) {
    this.#push = push;
  }

  /** What it said after its last tool. */
  get text(): string {
    return this.#text;
  }

  /** `null` = it does not tell. */
  get costUsd(): number | null {
    return this.#cost === null ? null : Math.max(0, this.#cost - (this.#costBefore ?? 0));
  }

  /** The prompt goes out: what came before was the history of a session that is continued. */
  begin(): void {
    this.#begun = true;
    this.#text = '';
  }

  /** Takes an update. */
  take(update: unknown): void {
    if (!isRecord(update)) return;
    switch (update['sessionUpdate']) {
      case 'user_message_chunk':
        // History may still come in after the prompt went out.
        this.#text = '';
        return;
      case 'agent_message_chunk':
        this.#said(update['content']);
        return;
      case 'tool_call':
      case 'tool_call_update':
        this.takeCall(update);
        return;
      case 'usage_update':
        this.#used(update);
        return;
      default:
    }
  }

  /** Takes what is told of a call of a tool; some tell of it first when they ask for it. */
  takeCall(call: Json): void {
    const id = call['toolCallId'];
    if (typeof id !== 'string') return;
    const before = this.#calls.get(id);
    const known = { ...before, ...given(call) };
    if (this.#calls.size < MAX_CALLS) this.#calls.set(id, known);
    if (!this.#begun) return;
    this.#text = '';
    if (before === undefined) {
      const name = typeof known['kind'] === 'string' ? known['kind'] : 'tool';
      const title = typeof known['title'] === 'string' ? known['title'] : '';
      const summary = boundedText(title, 200).replaceAll(/\s+/gu, ' ');
      this.#push({ type: 'tool_use', name: boundedText(name, 100), summary });
    }
    const { status } = call;
    const isNew = before?.['status'] !== status;
    if (isNew && (status === 'completed' || status === 'failed')) {
      this.#push({ type: 'tool_result', ok: status === 'completed' });
    }
  }

  /**
   * Tells what is known of a call.
   *
   * @param id - The call's id.
   * @returns What was told of it so far.
   */
  knownOf(id: string): Json {
    return this.#calls.get(id) ?? {};
  }

  /**
   * Takes the end of a prompt.
   *
   * @param result - The answer to the prompt, as it came.
   * @returns The tokens it used; `null` = it does not tell.
   */
  finish(result: Json): Usage | null {
    const tokens = readUsage(result);
    if (tokens !== null) this.#push({ type: 'usage', tokens, costUsd: this.costUsd });
    return tokens;
  }

  #said(content: unknown): void {
    if (!this.#begun || !isRecord(content) || typeof content['text'] !== 'string') return;
    const { text } = content;
    if (this.#text.length + text.length <= MAX_ANSWER) this.#text += text;
    this.#push({ type: 'text', text: boundedText(text, MAX_TEXT) });
  }

  #used({ cost }: Json): void {
    if (!isRecord(cost) || cost['currency'] !== 'USD') return;
    const amount = readUsd(cost['amount']);
    if (this.#begun) this.#cost = amount;
    else this.#costBefore = amount;
  }
}

/** What is `null` says nothing. */
function given(call: Json): Json {
  return Object.fromEntries(Object.entries(call).filter(([, value]) => value !== null));
}

/** OpenCode tells its tokens beside the stop reason, Gemini in its own corner. */
function readUsage(result: Json): Usage | null {
  const { usage, _meta: meta } = result;
  if (isRecord(usage)) {
    return {
      input: readTokens(usage['inputTokens']) + readTokens(usage['cachedWriteTokens']),
      output: readTokens(usage['outputTokens']) + readTokens(usage['thoughtTokens']),
      cached: readTokens(usage['cachedReadTokens']),
    };
  }
  const quota = isRecord(meta) && isRecord(meta['quota']) ? meta['quota'] : {};
  const count = quota['token_count'];
  if (!isRecord(count)) return null;
  return {
    input: readTokens(count['input_tokens']),
    output: readTokens(count['output_tokens']),
    cached: readTokens(count['cached_tokens']),
  };
}
