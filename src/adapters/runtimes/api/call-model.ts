// One answer of the model, as it comes. What may heal by itself is tried again here, twice; whatever
// lasts longer is for whoever plans attempts.

import { setTimeout as pause } from 'node:timers/promises';

import type { ModelMessage, ToolSet } from 'ai';

import type { Usage } from '../../../model/attempt.ts';
import { failure } from '../../../model/failure.ts';
import type { Failure } from '../../../model/failure.ts';
import { boundedText } from '../../../util/bounded-text.ts';
import { isRecord } from '../../../util/is-record.ts';
import { callFailure, mayHeal, readCallError } from './call-failure.ts';
import type { CallError } from './call-failure.ts';
import type { Model } from './model.ts';
import type { Say } from './report.ts';

/** A tool that the model wants used. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** What the model said. */
export interface Reply {
  readonly messages: readonly ModelMessage[];
  readonly text: string;
  readonly calls: readonly ToolCall[];
  readonly usage: Usage;
  /** `length` = cut off; `refused` = the provider or the model would not. */
  readonly end: 'stop' | 'length' | 'refused';
}

/** What is asked of it. */
export interface Question {
  readonly model: Model;
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: ToolSet;
  readonly signal: AbortSignal;
  readonly say: Say;
}

/** A reply, or why there is none. */
export type Called =
  | { readonly ok: true; readonly reply: Reply }
  | { readonly ok: false; readonly failure: Failure; readonly status: number | null };

/** It may be anything: a page of a proxy, another program at that address. */
const NO_ANSWER = { statusCode: 502, message: 'what came is no answer of a model' };
const TOO_MUCH = { statusCode: 413, message: 'the model said more than can be kept' };
/** How a model says that it has ended; some say nothing more. */
const ENDS: ReadonlySet<string> = new Set(['stop', 'length', 'content-filter', 'tool-calls']);
const TRIES = 3;
const FIRST_PAUSE_MS = 500;
const BEAT_MS = 5_000;
/** More than any model says at once: whoever sends more is none. */
const MAX_TEXT = 4 << 20;
const MAX_SHOWN = 16_384;
/** Models that nobody here knows would be cut off after a few thousand. */
const MAX_OUTPUT_TOKENS = 32_000;

/**
 * Asks the model.
 *
 * @param question - What.
 * @returns What it said, or why it did not.
 */
export async function callModel(question: Question): Promise<Called> {
  for (let attempt = 1; ; attempt += 1) {
    const got = await callOnce(question);
    if ('reply' in got) return { ok: true, reply: got.reply };
    const { error } = got;
    if (attempt === TRIES || !mayHeal(error) || question.signal.aborted) {
      return { ok: false, failure: callFailure(error, Date.now()), status: error.status };
    }
    question.say({ type: 'retry', message: error.message });
    await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
  }
}

async function callOnce(
  question: Question,
): Promise<{ readonly reply: Reply } | { readonly error: CallError }> {
  const { streamText } = await import('ai');
  const { model, system, messages, tools, signal, say } = question;
  const stream = streamText({
    model: model.model,
    system,
    messages: model.keep(messages),
    tools,
    maxRetries: 0,
    // Some refusals are nothing but text to the SDK.
    includeRawChunks: true,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    abortSignal: signal,
    providerOptions: model.options,
    // It would write to the console by itself.
    onError: () => {},
  });
  const calls: ToolCall[] = [];
  let [text, block] = ['', ''];
  let refuses = false;
  let saidAt = Date.now();
  for await (const part of stream.fullStream) {
    if (part.type === 'error') return { error: readCallError(part.error) };
    if (part.type === 'raw') refuses ||= isRefusal(part.rawValue);
    if (part.type === 'text-delta') block += part.text;
    if (text.length + block.length > MAX_TEXT) return { error: readCallError(TOO_MUCH) };
    if (part.type === 'text-end') {
      if (block.trim() !== '') say({ type: 'text', text: boundedText(block, MAX_SHOWN) });
      text += block;
      block = '';
    }
    if (part.type === 'tool-call') {
      calls.push({ id: part.toolCallId, name: part.toolName, input: part.input });
    }
    if (Date.now() - saidAt > BEAT_MS) {
      saidAt = Date.now();
      say({ type: 'beat' });
    }
  }
  try {
    const said = (await stream.response).messages;
    const finish = await stream.finishReason;
    const reply: Reply = {
      messages: said.filter(({ role }) => role === 'assistant'),
      text: text + block,
      calls,
      usage: usageOf(await stream.usage),
      end: refuses ? 'refused' : endOf(finish),
    };
    return isNothing(reply) && !ENDS.has(finish) ? { error: readCallError(NO_ANSWER) } : { reply };
  } catch (error) {
    return { error: readCallError(error) };
  }
}

/** How OpenAI's APIs say that the words are those of a refusal. */
function isRefusal(chunk: unknown): boolean {
  if (!isRecord(chunk)) return false;
  if (chunk['type'] === 'response.refusal.delta') return true;
  const choices: readonly unknown[] = Array.isArray(chunk['choices']) ? chunk['choices'] : [];
  return choices.some((choice) => {
    const delta = isRecord(choice) ? choice['delta'] : null;
    return isRecord(delta) && typeof delta['refusal'] === 'string' && delta['refusal'] !== '';
  });
}

function isNothing({ text, calls, end }: Reply): boolean {
  return text === '' && calls.length === 0 && end === 'stop';
}

function endOf(reason: string): Reply['end'] {
  if (reason === 'content-filter') return 'refused';
  return reason === 'length' ? 'length' : 'stop';
}

function usageOf(usage: {
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly inputTokenDetails: { readonly cacheReadTokens?: number | undefined };
}): Usage {
  const cached = usage.inputTokenDetails.cacheReadTokens ?? 0;
  const input = Math.max(0, (usage.inputTokens ?? 0) - cached);
  return { input, output: usage.outputTokens ?? 0, cached };
}

/**
 * The failure of a model that would not.
 *
 * @param text - What it said about it.
 * @returns The failure.
 */
export function refused(text: string): Failure {
  return failure('refused', text.trim() === '' ? 'the model refused to do this' : text.trim());
}
