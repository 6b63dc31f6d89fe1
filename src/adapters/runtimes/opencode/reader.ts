// Reads what `opencode run --format json` prints. Verified with 1.18.33:
//
//   step_start    a request to the model is answered
//   text          what it says, whole
//   tool_use      a tool, when it has ended
//   step_finish   tokens and cost of one step; `stop` is the only good end
//   error         the model's side has failed for good
//
// On stderr come its own errors, of which the failed requests count: it tries them again without end
// and says nothing about it on stdout.

import type { Usage } from '../../../model/attempt.ts';
import { NO_USAGE } from '../../../model/attempt.ts';
import type { Failure } from '../../../model/failure.ts';
import type { AgentEvent } from '../../../ports/agent-runtime.ts';
import { boundedText } from '../../../util/bounded-text.ts';
import { isRecord } from '../../../util/is-record.ts';
import { addUsage, readTokens, readUsd } from '../amounts.ts';
import type { Exit, Outcome, OutputReader } from '../cli-session.ts';
import { FailedRequests } from '../failed-requests.ts';
import { JsonLines } from '../json-lines-reader.ts';
import { providerFailure } from '../provider-failure.ts';
import { summarizeInput } from '../tool-summary.ts';
import { judgeOpencode, OPENCODE_LOG_IN } from './outcome.ts';

type Json = Readonly<Record<string, unknown>>;

const SESSION_ID = /^ses_\w{1,100}$/u;
const MAX_TEXT = 16_384;
/** So often the same request may fail: its waits have grown to half a minute by then. */
const MAX_FAILED_REQUESTS = 4;

const FAILED_REQUEST = /message="stream error".*?\berror\.error="(?<why>(?:[^"\\]|\\.)*)"/u;
const DENIED = /specified a rule which prevents|rejected permission/iu;

/**
 * Tells whether a text is the id of a session of OpenCode and nothing else.
 *
 * @param value - Anything.
 * @returns Whether it is one.
 */
export function isOpencodeSession(value: unknown): value is string {
  return typeof value === 'string' && SESSION_ID.test(value);
}

/**
 * Counts the requests of OpenCode that failed, which it tries again without end.
 *
 * @returns The counter.
 */
export function opencodeFailures(): FailedRequests {
  return new FailedRequests(MAX_FAILED_REQUESTS, (line) => {
    const why = FAILED_REQUEST.exec(line)?.groups?.['why'];
    if (why === undefined) return null;
    return providerFailure(why.replaceAll(/\\(.)/gu, '$1'), OPENCODE_LOG_IN, 'provider');
  });
}

/** Reads the outputs of one process of OpenCode. */
export class OpencodeReader implements OutputReader {
  sessionId: string | null = null;
  tokens: Usage = NO_USAGE;
  #cost = 0;
  #finish: string | null = null;
  #error: Json | null = null;
  #denied: string | null = null;
  #texts: string[] = [];
  readonly #lines: JsonLines = new JsonLines();
  readonly #failed: FailedRequests = opencodeFailures();

  read(chunk: Uint8Array): AgentEvent[] {
    return this.#lines.read(chunk, (line) => this.#take(line));
  }

  end(): AgentEvent[] {
    return this.#lines.read(null, (line) => this.#take(line));
  }

  /** Tells whether it has failed often enough. */
  readError(chunk: Uint8Array): boolean {
    return this.#failed.take(chunk);
  }

  /** What its provider said to the request that it still tries again. */
  get trouble(): Failure | null {
    return this.#failed.last;
  }

  outcome(exit: Exit): Outcome {
    return judgeOpencode(exit, {
      finish: this.#finish,
      error: this.#error,
      trouble: this.trouble,
      denied: this.#denied,
      lost: this.#lines.lost,
      text: this.#texts.join('\n\n'),
    });
  }

  /** It knows the prices of most models; for the others it counts nothing. */
  get costUsd(): number | null {
    const { input, output, cached } = this.tokens;
    return this.#cost === 0 && input + output + cached > 0 ? null : this.#cost;
  }

  #take(line: Json): AgentEvent[] {
    const events = this.#session(line);
    this.#failed.forget();
    const part = isRecord(line['part']) ? line['part'] : {};
    switch (line['type']) {
      case 'text':
        return [...events, ...this.#said(part)];
      case 'tool_use':
        return [...events, ...this.#used(part)];
      case 'step_finish':
        return [...events, this.#finished(part)];
      case 'error':
        this.#error = isRecord(line['error']) ? line['error'] : {};
        return events;
      default:
        return events;
    }
  }

  #session(line: Json): AgentEvent[] {
    const id = line['sessionID'];
    if (this.sessionId !== null || !isOpencodeSession(id)) return [];
    this.sessionId = id;
    return [{ type: 'session', sessionId: id }];
  }

  #said(part: Json): AgentEvent[] {
    if (typeof part['text'] !== 'string') return [];
    this.#texts.push(part['text']);
    return [{ type: 'text', text: boundedText(part['text'], MAX_TEXT) }];
  }

  #used(part: Json): AgentEvent[] {
    if (typeof part['tool'] !== 'string') return [];
    // What it said before a tool is not its answer.
    this.#texts = [];
    const name = boundedText(part['tool'], 100);
    const state = isRecord(part['state']) ? part['state'] : {};
    const summary = summarizeInput(state['input']);
    const ok = state['status'] === 'completed';
    const error = typeof state['error'] === 'string' ? state['error'] : '';
    const events: AgentEvent[] = [
      { type: 'tool_use', name, summary },
      { type: 'tool_result', ok },
    ];
    if (ok || !DENIED.test(error)) return events;
    this.#denied = summary === '' ? name : `${name}: ${summary}`;
    return [...events, { type: 'denied', tool: name, summary }];
  }

  #finished(part: Json): AgentEvent {
    this.#finish = typeof part['reason'] === 'string' ? part['reason'] : 'unknown';
    this.tokens = addUsage(this.tokens, readUsage(part['tokens']));
    this.#cost += readUsd(part['cost']);
    return { type: 'usage', tokens: this.tokens, costUsd: this.costUsd };
  }
}

function readUsage(tokens: unknown): Usage {
  if (!isRecord(tokens)) return NO_USAGE;
  const cache = isRecord(tokens['cache']) ? tokens['cache'] : {};
  return {
    input: readTokens(tokens['input']) + readTokens(cache['write']),
    output: readTokens(tokens['output']) + readTokens(tokens['reasoning']),
    cached: readTokens(cache['read']),
  };
}
