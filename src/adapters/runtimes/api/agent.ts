// Our own agent: it asks the model, uses the tools that the model wants used, and asks again, until
// there is an answer, nothing more to do, or a limit.

import type { ModelMessage, ToolContent, ToolSet } from 'ai';

import type { Usage } from '../../../model/attempt.ts';
import { NO_USAGE } from '../../../model/attempt.ts';
import { countedTokens } from '../../../model/budget.ts';
import { failure } from '../../../model/failure.ts';
import type { Failure } from '../../../model/failure.ts';
import { boundedText } from '../../../util/bounded-text.ts';
import { addUsage } from '../amounts.ts';
import { ANSWER, AnswerDesk } from './answer-desk.ts';
import { callModel, refused } from './call-model.ts';
import type { Reply, ToolCall } from './call-model.ts';
import type { ApiJob } from './job.ts';
import { makeModel } from './model.ts';
import type { Model } from './model.ts';
import type { ApiEnd, Say } from './report.ts';
import { openSession } from './session-file.ts';
import type { SessionFile } from './session-file.ts';
import { TOOLS } from './tools/tool-set.ts';
import type { Tool, ToolEnd, Workbench } from './tools/tool-set.ts';

/** What it works with. */
export interface AgentOptions {
  readonly job: ApiJob;
  readonly bench: Workbench;
  readonly say: Say;
}

const BEAT_MS = 5_000;
const MAX_SUMMARY = 200;
const MAX_TEXT = 100_000;
/** What all results of tools in one conversation may hold before the oldest are taken out. */
const MAX_RESULT_CHARS = 400_000;
const TAKEN_OUT = '(taken out to make room: use the tool again where it is needed)';

/**
 * Does one attempt.
 *
 * @param options - What is to be done, and with what.
 * @returns How it ended.
 */
export async function playAgent(options: AgentOptions): Promise<ApiEnd> {
  const { job } = options;
  const session = openSession(job.sessions, job.sessionId);
  const before = await knownMessages(session);
  const first = await new Conversation(options, session, before).run();
  // What a provider no longer takes (too long, another model's) does not hold up the work for ever.
  if (before.length === 0 || !first.unusable) return first.end;
  return (await new Conversation(options, openSession(job.sessions, null), []).run()).end;
}

async function knownMessages(session: SessionFile): Promise<ModelMessage[]> {
  const { modelMessageSchema } = await import('ai');
  const read = modelMessageSchema.array().safeParse(session.messages);
  return read.success ? read.data : [];
}

interface Ended {
  readonly end: ApiEnd;
  /** The provider did not take what was said before. */
  readonly unusable: boolean;
}

class Conversation {
  readonly #job: ApiJob;
  readonly #bench: Workbench;
  readonly #say: Say;
  readonly #session: SessionFile;
  readonly #messages: ModelMessage[];
  readonly #desk: AnswerDesk | null;
  readonly #tools: readonly Tool[];
  #used: Usage = NO_USAGE;
  #repairs = 1;
  #answered = false;
  #text = '';

  constructor({ job, bench, say }: AgentOptions, session: SessionFile, before: ModelMessage[]) {
    this.#job = job;
    this.#bench = bench;
    this.#say = say;
    this.#session = session;
    this.#messages = [...before, { role: 'user', content: job.prompt }];
    this.#desk = job.schema === null ? null : new AnswerDesk(job.schema);
    this.#tools = TOOLS.filter(({ name }) => job.tools === null || job.tools.includes(name));
  }

  async run(): Promise<Ended> {
    this.#say({ type: 'session', id: this.#session.id });
    const model = await makeModel(this.#job);
    const tools = await this.#offered();
    // Who is stopped before the first answer still knows later what was asked.
    this.#session.save(this.#messages);
    for (let step = 0; step < this.#job.maxSteps; step += 1) {
      const called = await this.#ask(model, tools);
      if (!called.ok) {
        const unusable = step === 0 && (called.status === 400 || called.status === 413);
        return { end: failed(called.failure), unusable };
      }
      const end = await this.#follow(called.reply);
      this.#session.save(this.#messages);
      if (end !== null) return { end, unusable: false };
    }
    const why = `stopped after ${this.#job.maxSteps} answers of the model (max_steps)`;
    return { end: failed(failure('agent_error', why)), unusable: false };
  }

  async #offered(): Promise<ToolSet> {
    const { jsonSchema } = await import('ai');
    const tools: ToolSet = {};
    for (const { name, about, takes } of this.#tools) {
      tools[name] = { description: about, inputSchema: takes };
    }
    if (this.#desk !== null) {
      tools[ANSWER] = {
        description: 'Hands in your answer and ends your work. Call it once, at the very end.',
        inputSchema: jsonSchema(this.#desk.schema),
      };
    }
    return tools;
  }

  async #ask(model: Model, tools: ToolSet): ReturnType<typeof callModel> {
    makeRoom(this.#messages);
    return callModel({
      model,
      tools,
      system: this.#job.system,
      messages: this.#messages,
      signal: this.#bench.signal,
      say: this.#say,
    });
  }

  /** Does what follows from a reply; `null` = ask again. */
  async #follow(reply: Reply): Promise<ApiEnd | null> {
    this.#used = addUsage(this.#used, reply.usage);
    this.#say({ type: 'usage', ...this.#used });
    this.#messages.push(...reply.messages);
    if (reply.text.trim() !== '') this.#text = reply.text;
    if (reply.end === 'refused') return failed(refused(reply.text));
    const end = reply.calls.length === 0 ? this.#said(reply) : await this.#useTools(reply.calls);
    const { maxTokens } = this.#job;
    if (end !== null || maxTokens === null || countedTokens(this.#used) <= maxTokens) return end;
    return failed(failure('budget', `${maxTokens} tokens are used up`));
  }

  /** It has nothing more to do, as far as it says. */
  #said(reply: Reply): ApiEnd | null {
    const handedIn = this.#desk?.takeText(reply.text) ?? null;
    if (handedIn?.ok === true) {
      this.#say({ type: 'answer', value: handedIn.value });
      return this.#done();
    }
    if (reply.end === 'length') return this.#again('You were cut off. Go on, in smaller steps.');
    if (handedIn === null || (this.#job.plainAnswer && reply.text.trim() !== '')) {
      return this.#done();
    }
    return this.#again(
      `Hand in your answer with \`${ANSWER}\`: ${handedIn.problem}`,
      handedIn.problem,
    );
  }

  #again(words: string, why = words): ApiEnd | null {
    if (this.#repairs === 0) {
      const message = `no answer of the right shape: ${boundedText(why, 2_000)}`;
      return failed(failure('invalid_output', message));
    }
    this.#repairs -= 1;
    this.#messages.push({ role: 'user', content: words });
    return null;
  }

  #done(): ApiEnd {
    // An answer that was found in it has been handed in already.
    return { ok: true, text: boundedText(this.#text, MAX_TEXT) };
  }

  async #useTools(calls: readonly ToolCall[]): Promise<ApiEnd | null> {
    const content: ToolContent = [];
    let end: ApiEnd | null = null;
    for (const call of calls) {
      const result =
        call.name === ANSWER && this.#desk !== null
          ? this.#takeAnswer(this.#desk, call.input)
          : await this.#useTool(call);
      if (result.end !== null) end = result.end;
      const value = result.text === '' ? '(nothing)' : result.text;
      const output = { type: result.ok ? 'text' : 'error-text', value } as const;
      content.push({ type: 'tool-result', toolCallId: call.id, toolName: call.name, output });
    }
    this.#messages.push({ role: 'tool', content });
    return end;
  }

  #takeAnswer(desk: AnswerDesk, input: unknown): ToolEnd & { readonly end: ApiEnd | null } {
    const handedIn = desk.take(input);
    if (handedIn.ok) {
      if (!this.#answered) this.#say({ type: 'answer', value: handedIn.value });
      this.#answered = true;
      return { ok: true, text: 'handed in', end: this.#done() };
    }
    const spent = this.#repairs === 0;
    this.#repairs = 0;
    const why = failure('invalid_output', boundedText(handedIn.problem, 2_000));
    return { ok: false, text: `not taken: ${handedIn.problem}`, end: spent ? failed(why) : null };
  }

  async #useTool(call: ToolCall): Promise<ToolEnd & { readonly end: null }> {
    const tool = this.#tools.find(({ name }) => name === call.name);
    if (tool === undefined) {
      const names = this.#tools.map(({ name }) => name).join(', ');
      return { ok: false, text: `there is no such tool; there are ${names}`, end: null };
    }
    const summary = boundedText(tool.summary(call.input), MAX_SUMMARY).replaceAll(/\s+/gu, ' ');
    this.#say({ type: 'tool_use', name: call.name, summary });
    const beat = setInterval(() => this.#say({ type: 'beat' }), BEAT_MS);
    try {
      const done = await tool.use(call.input, this.#bench);
      if (done.denied === true) this.#say({ type: 'denied', name: call.name, summary });
      this.#say({ type: 'tool_result', ok: done.ok });
      return { ...done, end: null };
    } finally {
      clearInterval(beat);
    }
  }
}

function failed(why: Failure): ApiEnd {
  return { ok: false, ...why };
}

/** Takes the oldest results out of a conversation that grows too long; the calls stay to be seen. */
function makeRoom(messages: ModelMessage[]): void {
  let room = MAX_RESULT_CHARS;
  for (const message of messages.toReversed()) {
    if (message.role !== 'tool') continue;
    for (const part of message.content) {
      if (part.type !== 'tool-result') continue;
      const { output } = part;
      if (output.type !== 'text' && output.type !== 'error-text') continue;
      room -= output.value.length;
      if (room < 0 && output.value.length > TAKEN_OUT.length) output.value = TAKEN_OUT;
    }
  }
}
