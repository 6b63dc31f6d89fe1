// A model that plays moves instead of thinking: an HTTP server on loopback that speaks Anthropic's
// Messages. It keeps no state: which move comes next follows from the tool results in a request.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** What the model does next; with `after`, not before that has happened. */
export type Move = Deed & { readonly after?: Promise<unknown> };

type Deed =
  | { readonly text: string }
  /** Uses a tool; the next move follows on its result. */
  | { readonly tool: string; readonly input: Readonly<Record<string, unknown>> }
  /** Gives the structured answer. */
  | { readonly answer: unknown }
  /** An error of the API. */
  | {
      readonly status: number;
      readonly message: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Takes the request and never answers. */
  | { readonly hang: true }
  /** Refuses on its own account. */
  | { readonly refuse: string };

/** A request as it was read. */
interface ModelRequest {
  readonly model: string;
  readonly system: string;
  /** The last text of the person. */
  readonly prompt: string;
  readonly tools: readonly string[];
  /** What tools gave since that text, in order. */
  readonly results: readonly { readonly failed: boolean; readonly text: string }[];
  /** The whole request as it came. */
  readonly body: string;
}

/** A running model. */
export interface ScriptedModel {
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  close(): Promise<void>;
}

/** What the model plays for a prompt, asked anew at every turn; `undefined` = nothing known. */
export type Play = (prompt: string) => readonly Move[] | undefined;

const MARKER = /\[\[play:(?<moves>[\w+/=]+)\]\]/gu;

/**
 * Hides moves in a prompt: the last ones in it are played.
 *
 * @param moves - What the model does, one after the other.
 * @returns The text that hides them.
 */
export function marker(...moves: readonly Move[]): string {
  return `[[play:${Buffer.from(JSON.stringify(moves)).toString('base64')}]]`;
}

function markedMoves(prompt: string): readonly Move[] | undefined {
  const last = [...prompt.matchAll(MARKER)].at(-1)?.groups?.['moves'];
  return last === undefined
    ? undefined
    : parseTrusted<Move[]>(Buffer.from(last, 'base64').toString('utf8'));
}

/**
 * Starts a model; what it plays is hidden in the prompts, or chosen by `play`.
 *
 * @param play - Chooses moves for prompts that hide none.
 * @returns The running model.
 */
export async function startScriptedModel(play: Play = () => undefined): Promise<ScriptedModel> {
  const requests: ModelRequest[] = [];
  const server = createServer((request, response) => {
    answer(request, response, { requests, play }).catch((error: unknown) => {
      response.writeHead(400).end(String(error));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Both sides are ours: the tests wrote it, or the agent that is tested against what it sends. */
// eslint-disable-next-line typescript/no-unnecessary-type-parameters -- it names what is trusted
function parseTrusted<T>(json: string): T {
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return JSON.parse(json) as T;
}

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly is_error?: boolean;
  readonly content?: unknown;
}
interface Body {
  readonly model: string;
  readonly system?: string | readonly Block[];
  readonly tools?: readonly { readonly name: string }[];
  readonly messages: readonly {
    readonly role: string;
    readonly content: string | readonly Block[];
  }[];
}

const textOf = (content: string | readonly Block[]): string =>
  typeof content === 'string' ? content : content.map((block) => block.text ?? '').join('\n');

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  on: { readonly requests: ModelRequest[]; readonly play: Play },
): Promise<void> {
  if (request.method !== 'POST' || !/\/messages(?:\?|$)/u.test(request.url ?? '')) {
    response.writeHead(404).end();
    return;
  }
  const whole = await text(request);
  const body = parseTrusted<Body>(whole);
  const asked = body.messages.findLastIndex(
    ({ role, content }) => role === 'user' && movesIn(textOf(content), on.play) !== undefined,
  );
  const prompt = textOf(body.messages[Math.max(asked, 0)]?.content ?? '');
  const moves = movesIn(prompt, on.play) ?? [];
  // What stands in the message of the prompt itself belongs to a conversation that was cut off.
  const results = body.messages
    .slice(asked + 1)
    .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    .filter(({ type }) => type === 'tool_result')
    .map((block) => ({ failed: block.is_error === true, text: JSON.stringify(block.content) }));
  const tools = (body.tools ?? []).map(({ name }) => name);
  const system = textOf(body.system ?? '');
  on.requests.push({ model: body.model, system, prompt, tools, results, body: whole });
  const move = moves[results.length] ?? { text: 'ok' };
  await move.after;
  reply(response, body, move);
}

function movesIn(prompt: string, play: Play): readonly Move[] | undefined {
  return markedMoves(prompt) ?? play(prompt);
}

function reply(response: ServerResponse, body: Body, move: Deed): void {
  if ('hang' in move) return;
  if ('status' in move) {
    const type = move.status === 429 ? 'rate_limit_error' : 'api_error';
    response.writeHead(move.status, { 'content-type': 'application/json', ...move.headers });
    response.end(JSON.stringify({ type: 'error', error: { type, message: move.message } }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of streamOf(body.model, move)) {
    response.write(`event: ${event['type']}\ndata: ${JSON.stringify(event)}\n\n`);
  }
  response.end();
}

type Spoken = Exclude<Deed, { hang: true } | { status: number }>;

function streamOf(model: string, move: Spoken): { readonly type: string }[] {
  const tool =
    'tool' in move
      ? move
      : 'answer' in move
        ? { tool: 'StructuredOutput', input: move.answer }
        : null;
  const said = 'text' in move ? move.text : 'refuse' in move ? move.refuse : '';
  const id = `toolu_${randomUUID().replaceAll('-', '')}`;
  const block =
    tool === null
      ? { type: 'text', text: '' }
      : { type: 'tool_use', id, name: tool.tool, input: {} };
  const delta =
    tool === null
      ? { type: 'text_delta', text: said }
      : { type: 'input_json_delta', partial_json: JSON.stringify(tool.input) };
  const stop = tool === null ? ('refuse' in move ? 'refusal' : 'end_turn') : 'tool_use';
  const message = {
    id: `msg_${randomUUID().replaceAll('-', '')}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 100, output_tokens: 1, cache_read_input_tokens: 10 },
  };
  const events = [
    { type: 'message_start', message },
    { type: 'content_block_start', index: 0, content_block: block },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: stop, stop_sequence: null },
      usage: { output_tokens: 20 },
    },
    { type: 'message_stop' },
  ];
  return events;
}
