// One prompt over the Agent Client Protocol (version 1), seen with gemini 0.61.0 and opencode 1.18.33:
//
//   initialize ─► session/load (to continue) | session/new ─► session/prompt ─► its stop reason
//
// While the prompt is answered, updates tell what the agent does, and requests ask what it may do.

import type * as Sdk from '@agentclientprotocol/sdk';

import type { Usage } from '../../../model/attempt.ts';
import { NO_USAGE } from '../../../model/attempt.ts';
import { failure, type Failure } from '../../../model/failure.ts';
import type { AgentEvent, AttemptSpec } from '../../../ports/agent-runtime.ts';
import type { SupervisedProcess } from '../../../ports/process.ts';
import { boundedText } from '../../../util/bounded-text.ts';
import { isRecord } from '../../../util/is-record.ts';
import type { Conversation, Exit, Outcome, OutputReader } from '../cli-session.ts';
import type { FailedRequests } from '../failed-requests.ts';
import { howEnded, withStderr } from '../how-ended.ts';
import { providerFailure } from '../provider-failure.ts';
import { acpMessages, UNCHECKED_UPDATE } from './messages.ts';
import { decideWish, readWish, type Allowance, type Decision, type Wish } from './policy.ts';
import { AcpUpdates } from './updates.ts';

type Json = Readonly<Record<string, unknown>>;

const SESSION_ID = /^[\x21-\x7e]{1,200}$/u;
/** So long an agent that has answered may take to put its things away. */
const LEAVING_MS = 5_000;

/** What is known of the agent beside the attempt. */
export interface AcpAgent {
  readonly id: string;
  readonly version: string;
  readonly logIn: string;
  readonly allowance: Allowance;
  /** Reads its log, where it tells of requests that it tries again without end. */
  readonly failures: FailedRequests | null;
  /** What may be why it did not come up; empty = nothing. */
  readonly hint: string;
}

/** Talks with one process, and judges what came of it. */
export class AcpConversation implements Conversation, OutputReader {
  sessionId: string | null = null;
  tokens: Usage = NO_USAGE;
  readonly #spec: AttemptSpec;
  readonly #agent: AcpAgent;
  readonly #updates: AcpUpdates;
  #push: (event: AgentEvent) => void = () => {};
  #process: SupervisedProcess | null = null;
  /** Who waits for an answer, by the number of its question. */
  readonly #open = new Map<string, (decision: 'allow' | 'deny' | 'cancel') => void>();
  #before: Promise<unknown> = Promise.resolve();
  #isBroken = false;
  #asked = 0;
  #denied: string | null = null;
  #stopReason: string | null = null;
  #failure: Failure | null = null;
  #cancel: (() => void) | null = null;

  constructor(spec: AttemptSpec, agent: AcpAgent) {
    this.#spec = spec;
    this.#agent = agent;
    this.#updates = new AcpUpdates((event) => this.#push(event));
  }

  get costUsd(): number | null {
    return this.#updates.costUsd;
  }

  get trouble(): Failure | null {
    return this.#agent.failures?.last ?? null;
  }

  /** All that is printed is said to its conversation. */
  read(): readonly [] {
    return [];
  }

  end(): readonly [] {
    return [];
  }

  readError(chunk: Uint8Array): boolean {
    return this.#agent.failures?.take(chunk) ?? false;
  }

  async hold(process: SupervisedProcess, push: (event: AgentEvent) => void): Promise<void> {
    this.#process = process;
    this.#push = push;
    const sdk = await import('@agentclientprotocol/sdk');
    const messages = acpMessages(process, (message) => this.#see(message));
    try {
      await this.#app(sdk).connectWith(messages.stream, (peer) => this.#talk(sdk, peer));
    } catch (error) {
      // Otherwise it went away, and how it ended says why.
      if (error instanceof sdk.RequestError) this.#failure ??= this.#failed(error);
    }
    this.#isBroken = true;
    for (const answer of this.#open.values()) answer('cancel');
    process.endInput();
    const timer = setTimeout(() => process.stop(), LEAVING_MS);
    await messages.drain();
    clearTimeout(timer);
  }

  breakOff(): void {
    this.#isBroken = true;
    for (const answer of this.#open.values()) answer('cancel');
    this.#cancel?.();
  }

  answer(id: string, allow: boolean): void {
    this.#open.get(id)?.(allow ? 'allow' : 'deny');
  }

  outcome(exit: Exit): Outcome {
    const why = this.#why(exit);
    const text = this.#updates.text;
    return why === null
      ? { failure: null, structured: undefined, text, summary: text }
      : { failure: why, structured: undefined, text: '', summary: '' };
  }

  #why(exit: Exit): Failure | null {
    const { id } = this.#agent;
    if (this.#stopReason === 'end_turn') return null;
    if (this.#stopReason === 'refusal') {
      const said = this.#updates.text;
      return failure('refused', said === '' ? 'the model refused to do this' : said);
    }
    if (this.#stopReason !== null) {
      const denied = this.#denied === null ? '' : `; not allowed was ${this.#denied}`;
      return failure('agent_error', `${id} stopped with ${this.#stopReason}${denied}`);
    }
    const what = withStderr(howEnded(id, exit), exit);
    const left = failure('agent_error', `${what}${this.#agent.hint}`);
    return this.trouble ?? this.#failure ?? left;
  }

  #app(sdk: typeof Sdk): Sdk.ClientApp {
    const { client } = sdk.methods;
    return (
      sdk
        .client({ name: 'tutti' })
        .onRequest(client.session.requestPermission, ({ params }) => this.#permission(params))
        // One of them tells of a file that it has written itself. We write nothing on its behalf:
        // it is in a sandbox, we are not.
        .onRequest(client.fs.writeTextFile, () => ({}))
        .onNotification(UNCHECKED_UPDATE, updateOf, ({ params }) => this.#updates.take(params))
    );
  }

  async #talk(sdk: typeof Sdk, peer: Sdk.ClientContext): Promise<void> {
    const { agent } = sdk.methods;
    const hello = await peer.request(agent.initialize, {
      protocolVersion: sdk.PROTOCOL_VERSION,
      clientInfo: { name: 'tutti', version: this.#agent.version },
      clientCapabilities: {},
    });
    if (hello.protocolVersion !== sdk.PROTOCOL_VERSION) {
      const spoken = `${this.#agent.id} speaks version ${hello.protocolVersion} of the Agent Client Protocol`;
      this.#failure = failure('agent_error', `${spoken}, not ${sdk.PROTOCOL_VERSION}`);
      return;
    }
    const loads = hello.agentCapabilities?.loadSession === true;
    const sessionId = await this.#session(sdk, peer, loads);
    if (sessionId === null) return;
    this.#cancel = () => void peer.notify(agent.session.cancel, { sessionId }).catch(() => {});
    this.#updates.begin();
    const prompt = [{ type: 'text' as const, text: plainPrompt(this.#spec.prompt) }];
    const answer: unknown = await peer.request(agent.session.prompt, { sessionId, prompt });
    this.#cancel = null;
    const reason = isRecord(answer) ? answer['stopReason'] : undefined;
    this.#stopReason = typeof reason === 'string' ? boundedText(reason, 100) : 'no reason';
  }

  /** Continues the session of the attempt before where there is one, else begins one. */
  async #session(sdk: typeof Sdk, peer: Sdk.ClientContext, loads: boolean): Promise<string | null> {
    const { session } = sdk.methods.agent;
    const place = { cwd: this.#spec.cwd, mcpServers: [] };
    const before = this.#spec.sessionId;
    if (loads && before !== null && SESSION_ID.test(before)) {
      try {
        await peer.request(session.load, { ...place, sessionId: before });
        this.#named(before);
        return before;
      } catch (error) {
        // It knows nothing of it any more: then the work starts afresh.
        if (!(error instanceof sdk.RequestError)) throw error;
      }
    }
    const made: unknown = await peer.request(session.new, place);
    const sessionId = isRecord(made) ? made['sessionId'] : undefined;
    if (typeof sessionId !== 'string' || !SESSION_ID.test(sessionId)) {
      this.#failure = failure(
        'invalid_output',
        `${this.#agent.id} gave its session no usable name`,
      );
      return null;
    }
    this.#named(sessionId);
    return sessionId;
  }

  #named(sessionId: string): void {
    this.sessionId = sessionId;
    this.#push({ type: 'session', sessionId });
  }

  async #permission(params: Sdk.RequestPermissionRequest): Promise<Sdk.RequestPermissionResponse> {
    const toolCall: Json = { ...params.toolCall };
    this.#updates.takeCall(toolCall);
    const wish = readWish({ ...this.#updates.knownOf(params.toolCall.toolCallId), ...toolCall });
    // One after the other: a person is asked for one thing at a time.
    const decided = this.#before.then(() => this.#decide(wish));
    this.#before = decided;
    const decision = await decided;
    if (decision === 'cancel') return { outcome: { outcome: 'cancelled' } };
    if (decision === 'deny') {
      this.#denied = `${wish.kind}: ${wish.summary}`;
      this.#push({ type: 'denied', tool: wish.kind, summary: wish.summary });
    }
    // Once only: "always" would be a rule of the agent's own, which nobody sees.
    const wanted = decision === 'allow' ? ['allow_once', 'allow_always'] : ['reject_once'];
    const option = wanted
      .map((kind) => params.options.find((each) => each.kind === kind))
      .find((each) => each !== undefined);
    return option === undefined
      ? { outcome: { outcome: 'cancelled' } }
      : { outcome: { outcome: 'selected', optionId: option.optionId } };
  }

  #decide(wish: Wish): Promise<Exclude<Decision, 'ask'> | 'cancel'> {
    const decision = decideWish(wish, this.#agent.allowance);
    if (decision !== 'ask') return Promise.resolve(decision);
    if (this.#isBroken) return Promise.resolve('cancel');
    this.#asked += 1;
    const id = String(this.#asked);
    return new Promise((resolve) => {
      this.#process?.hold(true);
      this.#open.set(id, (answer) => {
        this.#open.delete(id);
        if (this.#open.size === 0) this.#process?.hold(false);
        resolve(answer);
      });
      this.#push({ type: 'permission', id, tool: wish.kind, summary: wish.summary });
    });
  }

  /** What the SDK does not hand on: the tokens of an answered prompt. */
  #see(message: Json): void {
    this.#agent.failures?.forget();
    const { result } = message;
    if (!isRecord(result) || typeof result['stopReason'] !== 'string') return;
    const tokens = this.#updates.finish(result);
    if (tokens !== null) this.tokens = tokens;
  }

  #failed({ code, message, data }: Sdk.RequestError): Failure {
    const { id, logIn } = this.#agent;
    const details = isRecord(data) ? data['details'] : undefined;
    const more = typeof details === 'string' ? `: ${details}` : '';
    // The code may be the status of its provider; -32000 asks for a login.
    const status = code === -32_000 ? 'authentication required: ' : code > 0 ? `${code} ` : '';
    return providerFailure(`${id}: ${status}${message}${more}`, logIn, 'agent_error');
  }
}

/** What begins with a slash is a command of the agent's own, wherever it stands on the line. */
function plainPrompt(prompt: string): string {
  return prompt.trimStart().startsWith('/') ? `The task:\n${prompt}` : prompt;
}

function updateOf(params: unknown): unknown {
  return isRecord(params) ? params['update'] : undefined;
}
