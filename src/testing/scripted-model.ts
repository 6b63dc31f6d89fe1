// A model that plays moves instead of thinking: an HTTP server on loopback that speaks the APIs that
// agents ask models by. It remembers nothing but how often it was to fail: which move comes next
// follows from the results of tools in a request.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import { isRecord } from '../util/is-record.ts';
import { anthropic } from './dialects/anthropic.ts';
import { gemini } from './dialects/gemini.ts';
import { openAiChat } from './dialects/openai-chat.ts';
import { openAiResponses } from './dialects/openai-responses.ts';
import { instance, spoken } from './model-deeds.ts';
import { object, type Asked, type Dialect, type Json } from './model-request.ts';
import type { ModelError, ModelMove, ModelScenario } from './model-scenario.ts';

/** A move of a model that is given by a program; with `after`, not before that has happened. */
export type Move = ModelMove & { readonly after?: Promise<unknown> };

/** A request as it was read. */
export interface ModelRequest {
  readonly dialect: string;
  readonly model: string;
  readonly system: string;
  /** What a person said last, as far as something is played for it. */
  readonly prompt: string;
  readonly tools: readonly string[];
  /** What tools gave since that, in order. */
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

/** What a model is made with. */
export interface ScriptedModelOptions {
  /** What it plays: a scenario, or a choice of your own. */
  readonly plays?: ModelScenario | Play;
  /** Left out: any free one. */
  readonly port?: number;
}

const DIALECTS: readonly Dialect[] = [anthropic, openAiResponses, openAiChat, gemini];
const MARKER = /\[\[play:(?<moves>[\w+/=]+)\]\]/gu;
const UNKNOWN: readonly Move[] = [{ say: 'ok' }];

/**
 * Hides moves in a prompt: the last ones in it are played.
 *
 * @param moves - What the model does, one after the other.
 * @returns The text that hides them.
 */
export function marker(...moves: readonly ModelMove[]): string {
  return `[[play:${Buffer.from(JSON.stringify(moves)).toString('base64')}]]`;
}

/**
 * Starts a model; what it plays is hidden in the prompts, or chosen by `plays`.
 *
 * @param options - What it plays.
 * @returns The running model.
 */
export async function startScriptedModel(
  options: ScriptedModelOptions = {},
): Promise<ScriptedModel> {
  const requests: ModelRequest[] = [];
  const stage: Stage = { play: playOf(options.plays), requests, failed: new Map() };
  const server = createServer((request, response) => {
    answer(request, response, stage).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(400);
      response.end(String(error));
    });
  });
  server.listen(options.port ?? 0, '127.0.0.1');
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

function playOf(plays: ScriptedModelOptions['plays']): Play {
  if (typeof plays === 'function') return plays;
  return (prompt) =>
    plays?.plays.find(({ when }) => when === undefined || prompt.includes(when))?.moves;
}

interface Stage {
  readonly play: Play;
  readonly requests: ModelRequest[];
  /** How often a move that fails only so often has failed. */
  readonly failed: Map<string, number>;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  stage: Stage,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const path = url.pathname;
  const dialect = DIALECTS.find((each) => each.speaks(path));
  const body = await text(request);
  if (request.method !== 'POST' || dialect === undefined) {
    send(response, 404, { error: { type: 'not_found_error', message: 'not scripted' } });
    return;
  }
  const value: unknown = JSON.parse(body);
  const asked = dialect.read(object(value), path);
  const scene = sceneOf(asked, stage.play);
  stage.requests.push({
    dialect: dialect.name,
    model: asked.model,
    system: textOf(asked, 'system'),
    prompt: scene.prompt,
    tools: asked.tools.map(({ name }) => name),
    results: scene.results,
    body,
  });
  const move = nextMove(scene, stage);
  await move.after;
  if ('hang' in move) return;
  if ('fail' in move) fail(response, dialect, move.fail);
  else await speak(response, { dialect, asked, url }, sayOf(asked, move, scene));
}

interface Scene {
  readonly prompt: string;
  readonly moves: readonly Move[];
  readonly results: ModelRequest['results'];
}

function textOf({ turns }: Asked, role: string): string {
  return turns.flatMap((turn) => (turn.role === role ? [turn.text] : [])).join('\n');
}

/** What was asked last that something is played for, and what tools gave since then. */
function sceneOf({ turns }: Asked, play: Play): Scene {
  const known = (prompt: string): readonly Move[] | undefined => marked(prompt) ?? play(prompt);
  const asked = turns.findLastIndex(
    ({ role, text: said }) => role === 'user' && known(said) !== undefined,
  );
  const prompt = turns[asked]?.text ?? '';
  const results = turns.slice(asked + 1).filter(({ role }) => role === 'tool');
  return {
    prompt,
    moves: known(prompt) ?? UNKNOWN,
    results: results.map(({ failed, text: gave }) => ({ failed, text: gave })),
  };
}

/** Both sides are ours: the tests wrote it, or the agent that is tested against what it sends. */
function marked(prompt: string): readonly Move[] | undefined {
  const last = [...prompt.matchAll(MARKER)].at(-1)?.groups?.['moves'];
  if (last === undefined) return undefined;
  const moves: unknown = JSON.parse(Buffer.from(last, 'base64').toString('utf8'));
  return Array.isArray(moves) ? moves.filter((move): move is Move => isRecord(move)) : undefined;
}

/** The move after as many results; one that fails only so often makes way for the next. */
function nextMove({ moves, prompt, results }: Scene, { failed }: Stage): Move {
  let index = 0;
  for (let step = 0; index < moves.length; index += 1) {
    const move = moves[index] ?? { say: 'ok' };
    if ('loop' in move) return move;
    if ('fail' in move && move.fail.times !== undefined) {
      const key = JSON.stringify([prompt, index]);
      const times = failed.get(key) ?? 0;
      if (times >= move.fail.times) continue;
      if (step === results.length) failed.set(key, times + 1);
    }
    if (step === results.length) return move;
    step += 1;
  }
  return { say: 'ok' };
}

/** A side request for JSON, with no tools, such as for a title, gets the smallest that fits. */
function sayOf(
  asked: Asked,
  move: Exclude<Move, { fail: unknown } | { hang: true }>,
  { results }: Scene,
): ReturnType<typeof spoken> {
  const said = spoken(asked, move, results.length);
  const isSide = asked.schema !== null && asked.tools.length === 0 && !('answer' in move);
  return isSide && 'say' in said ? { say: JSON.stringify(instance(asked.schema)) } : said;
}

function fail(response: ServerResponse, dialect: Dialect, why: ModelError): void {
  const { headers, body } = dialect.error(why, Date.now());
  send(response, why.status, body, { ...headers, ...why.headers });
}

async function speak(
  response: ServerResponse,
  to: { readonly dialect: Dialect; readonly asked: Asked; readonly url: URL },
  said: ReturnType<typeof spoken>,
): Promise<void> {
  const { whole, events } = to.dialect.reply(to.asked, said);
  if (!to.asked.stream) {
    send(response, 200, whole);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for (const [name, data] of events) {
    const head = name === null ? '' : `event: ${name}\n`;
    const line = typeof data === 'string' ? data : JSON.stringify(data);
    if (!response.write(`${head}data: ${line}\n\n`)) await once(response, 'drain');
    if (response.destroyed) return;
  }
  response.end();
}

function send(
  response: ServerResponse,
  status: number,
  body: Json,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
