// Malice of agents that talk with us, and of model APIs: what is said at every step of a conversation,
// and what a server answers, ends with an outcome that can be kept.

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi, type Mock } from 'vitest';

import { systemClock } from '../../src/adapters/clock/system.ts';
import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import { createAcpRuntime } from '../../src/adapters/runtimes/acp/acp.ts';
import { createApiRuntime } from '../../src/adapters/runtimes/api/api.ts';
import { FAILURE_REASONS } from '../../src/model/failure.ts';
import { NO_RUNTIME_SETTINGS } from '../../src/model/settings.ts';
import type {
  AgentEvent,
  AttemptResult,
  AttemptSpec,
  Session,
} from '../../src/ports/agent-runtime.ts';
import { guarded } from '../../src/run/guard.ts';
import { plainSpec } from '../conformance/runtime.testsuite.ts';
import { textsOf } from './injection/checks.ts';
import { injections } from './injection/skeleton.ts';

type Line = Readonly<Record<string, unknown>>;
type Played = AttemptResult & { readonly seen: readonly AgentEvent[] };

const PLAYER = fileURLToPath(new URL('acp-player.mjs', import.meta.url));
/** Everything that agents were heard to print, as noise between messages. */
const NOISE = readFileSync(new URL('agent-outputs.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): Line => {
    const { base64, gen }: Line = JSON.parse(line);
    return { base64, gen };
  });
const INJECTED = injections()
  .filter(({ gen }) => gen === undefined)
  .flatMap((each) => textsOf(each, 'k7f3q9x2m4d8b6z1'));
const CONTROL = /\\u00(?:0[0-8bcef]|1)|[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u;

const update = (change: unknown): Line => {
  return {
    jsonrpc: '2.0',
    method: 'session/update',
    params: { sessionId: 'hostile-1', update: change },
  };
};
const result = (value: unknown): Line => ({ jsonrpc: '2.0', id: 'ID', result: value });
const permission = (title: string, index: number): Line => ({
  jsonrpc: '2.0',
  id: `ask-${index}`,
  method: 'session/request_permission',
  params: {
    sessionId: 'hostile-1',
    toolCall: {
      toolCallId: `asked-${index}`,
      title,
      kind: 'execute',
      rawInput: { command: title },
    },
    options: [
      { optionId: 'yes', name: title, kind: 'allow_once' },
      { optionId: 'no', name: title, kind: 'reject_once' },
    ],
  },
});
type Answer = (response: ServerResponse) => void;
const body =
  (text: string | Buffer, status = 400, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(text);
  };
const flood: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const block = `data: ${'x'.repeat(65_536)}\n\n`;
  let left = 600;
  const more = (): void => {
    while (left > 0 && response.write(block)) left -= 1;
    left -= 1;
    if (left > 0) response.once('drain', more);
    else response.end();
  };
  more();
};
const cut: Answer = (response) => {
  response.destroy();
};

const text = (words: unknown): Line =>
  update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: words } });
const call = (title: unknown, toolCallId: unknown = 'call-1'): Line =>
  update({ sessionUpdate: 'tool_call', toolCallId, title, kind: 'execute', status: 'pending' });

let dir: string;
const supervisor = createSupervisor(systemClock);

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tutti-hostile-'));
  mkdirSync(join(dir, 'work'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));

/** What is written on the person's console behind our back. */
function listenToConsole(): Mock {
  const written = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => written.mockRestore());
  return written;
}

async function heard(session: Session): Promise<Played> {
  const seen: AgentEvent[] = [];
  for await (const event of session.events) {
    seen.push(event);
    if (event.type === 'permission') session.answer(event.id, false);
  }
  return { ...(await session.result), seen };
}

/** What came of it has a reason with a name, fits, and has nothing in it that a terminal obeys. */
function expectKept(played: Played): void {
  if (played.failure !== null) expect(FAILURE_REASONS).toContain(played.failure.reason);
  expect(played.failure?.reason).not.toBe('internal');
  const kept = JSON.stringify(guarded(played, Date.now()).report);
  expect(kept.length).toBeLessThan(40_000);
  expect(kept).not.toMatch(CONTROL);
  for (const event of played.seen) expect(JSON.stringify(event).length).toBeLessThan(120_000);
  const { costUsd, tokens } = played;
  for (const amount of [costUsd ?? 0, tokens.input, tokens.output, tokens.cached]) {
    expect(amount).toBeGreaterThanOrEqual(0);
    expect(amount).toBeLessThan(1e15);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
}

describe('an agent over the Agent Client Protocol', () => {
  let count = 0;
  async function talk(
    said: { readonly at?: object; readonly instead?: object },
    more: Partial<AttemptSpec> = {},
  ): Promise<Played> {
    count += 1;
    const path = join(dir, `acp-${count}.json`);
    writeFileSync(path, JSON.stringify(said));
    const runtime = createAcpRuntime({
      id: 'acp',
      supervisor,
      environment: { PATH: process.env['PATH'] },
      root: '/',
      version: '0.0.0',
    });
    const settings = {
      ...NO_RUNTIME_SETTINGS,
      binary: process.execPath,
      args: [PLAYER],
      env: { ACP_CASE: path },
    };
    const spec = { homeDir: join(dir, `home-${count}`), logPath: join(dir, `${count}.log`) };
    return heard(runtime.start(plainSpec(dir, { ...spec, settings, ...more })));
  }

  it.each(['initialize', 'session/new', 'session/prompt'])(
    'is heard through whatever it prints before it answers %s',
    async (method) => {
      const written = listenToConsole();
      const played = await talk({ at: { [method]: NOISE } });
      expectKept(played);
      expect(written).not.toHaveBeenCalled();
      expect(played.failure).toBeNull();
    },
  );

  it.each(['initialize', 'session/new', 'session/prompt'])(
    'has failed where it prints only that instead of an answer to %s, and leaves',
    async (method) => {
      const played = await talk({ instead: { [method]: NOISE } }, { idleTimeoutMs: 2_000 });
      expectKept(played);
      expect(played.failure).not.toBeNull();
    },
  );

  const deep = { base64: Buffer.from('['.repeat(200_000)).toString('base64') };
  it.each<[string, Record<string, readonly Line[]>]>([
    ['no version', { initialize: [result({})] }],
    ['a version that is a text', { initialize: [result({ protocolVersion: 'one' })] }],
    ['null for a handshake', { initialize: [result(null)] }],
    ['a session without a name', { 'session/new': [result({})] }],
    ['a session that is called like an option', { 'session/new': [result({ sessionId: 7 })] }],
    ['a list for a result', { 'session/prompt': [result([1, 2])] }],
    ['a number for a reason', { 'session/prompt': [result({ stopReason: 5 })] }],
    ['an unheard-of reason', { 'session/prompt': [result({ stopReason: 'x'.repeat(1e6) })] }],
    [
      'an error of the wrong shape',
      { 'session/prompt': [{ jsonrpc: '2.0', id: 'ID', error: 'no' }] },
    ],
    [
      'an error full of escapes',
      {
        'session/prompt': [
          { jsonrpc: '2.0', id: 'ID', error: { code: -32_603, message: '\u001b]0;x\u0007\u202e' } },
        ],
      },
    ],
  ])('has failed with a name where it answers with %s', async (_, instead) => {
    const played = await talk({ instead }, { idleTimeoutMs: 2_000 });
    expectKept(played);
    expect(played.failure).not.toBeNull();
  });

  it('is not believed in what is of no shape at all', async () => {
    const shapes: readonly unknown[] = [
      null,
      5,
      'text',
      [],
      {},
      { sessionUpdate: 7 },
      { sessionUpdate: '__proto__' },
      { sessionUpdate: 'agent_message_chunk' },
      { sessionUpdate: 'agent_message_chunk', content: null },
      { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: { a: 1 } } },
      { sessionUpdate: 'tool_call' },
      { sessionUpdate: 'tool_call', toolCallId: '__proto__', title: 5, kind: [], status: {} },
      { sessionUpdate: 'tool_call_update', toolCallId: 'never', status: 'completed' },
      { sessionUpdate: 'usage_update', used: -1, size: 'x', cost: { amount: -5, currency: 'USD' } },
      { sessionUpdate: 'usage_update', used: 1e308, size: 1, cost: { amount: 1e308 } },
      { sessionUpdate: 'plan', entries: 'none' },
    ];
    const written = listenToConsole();
    const others: readonly Line[] = [
      deep,
      { jsonrpc: '2.0', id: 998 },
      { jsonrpc: '2.0', id: 999, result: { stopReason: 'end_turn' } },
      { jsonrpc: '2.0', id: 'a', method: 'fs/read_text_file', params: { path: '/etc/passwd' } },
      { jsonrpc: '2.0', id: 'b', method: 'terminal/create', params: { command: 'id' } },
      { jsonrpc: '2.0', id: 'c', method: 'session/request_permission', params: { options: [] } },
      { jsonrpc: '2.0', method: 'session/update', params: { update: { __proto__: { a: 1 } } } },
    ];
    const played = await talk({
      at: { 'session/prompt': [...shapes.map(update), ...others, text('all the same')] },
    });
    expectKept(played);
    expect(played.report.summary).toContain('all the same');
    expect(written).not.toHaveBeenCalled();
  });

  it('says and does nothing with words that try to get out', async () => {
    const played = await talk({
      at: {
        'session/prompt': [
          ...INJECTED.map((words, index) => call(words, `call-${index}`)),
          ...INJECTED.slice(0, 20).map(permission),
          ...INJECTED.map(text),
        ],
      },
    });
    expectKept(played);
    expect(played.seen.filter(({ type }) => type === 'tool_use').length).toBeGreaterThan(20);
  });

  it('does not fill us up', async () => {
    const chunk = `${JSON.stringify(text('x'.repeat(10_000)))}\n`;
    const much = { gen: [{ b64: Buffer.from(chunk).toString('base64'), times: 6_000 }] };
    const before = process.memoryUsage().rss;
    const played = await talk({ at: { 'session/prompt': [much] } });
    expectKept(played);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 << 20);
  });
});

describe('the API of a model', () => {
  const PROVIDERS = ['anthropic', 'openai', 'openai-compatible', 'google'] as const;
  let answer: Answer = cut;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(response));
  });
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  let count = 0;
  async function ask(answers: Answer): Promise<Played> {
    answer = answers;
    const provider = PROVIDERS[count % PROVIDERS.length] ?? 'openai';
    count += 1;
    const at = server.address();
    const port = typeof at === 'object' && at !== null ? at.port : 0;
    const api = { provider, baseUrl: `http://127.0.0.1:${port}`, keyEnv: 'KEY', maxSteps: 5 };
    const runtime = createApiRuntime({ id: 'api', supervisor, environment: { KEY: 'sk-hostile' } });
    const spec = { homeDir: join(dir, `api-${count}`), logPath: join(dir, `api-${count}.log`) };
    mkdirSync(spec.homeDir);
    const settings = { ...NO_RUNTIME_SETTINGS, model: 'm-1', api };
    const more = { settings, model: 'm-1', idleTimeoutMs: 20_000 };
    return heard(runtime.start(plainSpec(dir, { ...spec, ...more })));
  }

  it.each<[string, Answer]>([
    ['nothing', body('', 200)],
    ['a page', body('<html><script>alert(1)</script>', 200, { 'content-type': 'text/html' })],
    ['half a document', body('{"id":"x","content":[{"type":"text","te', 200)],
    ['numbers for everything', body('{"id":1,"type":2,"content":3,"choices":4,"output":5}', 200)],
    ['a nest', body('['.repeat(500_000), 200)],
    ['bytes that are no text', body(Buffer.from([0xff, 0xfe, 0, 0x80, 0xc3, 0x28]), 200)],
    ['packed rubbish', body('rubbish', 200, { 'content-encoding': 'gzip' })],
    ['an error full of escapes', body('{"error":{"message":"\\u001b]0;x\\u0007\\u202e"}}')],
    ['an error that is huge', body(`{"error":{"message":"${'x'.repeat(5e6)}"}}`)],
    [
      'an error of words that try to get out',
      body(JSON.stringify({ error: { message: INJECTED.join('\n') } })),
    ],
    ['a limit beyond belief', body('{}', 402, { 'retry-after': '1e308' })],
    ['a way to a file', body('', 302, { location: 'file:///etc/passwd' })],
    [
      'events that are none',
      body('event: x\ndata: {\n\ndata: null\n\ndata: []\n\n', 200, {
        'content-type': 'text/event-stream',
      }),
    ],
    ['a flood', flood],
    ['a connection that is cut', cut],
  ])('ends the attempt with a name where it answers with %s', async (_, answers) => {
    const played = await ask(answers);
    expectKept(played);
    expect(played.failure).not.toBeNull();
    expect(JSON.stringify(played.failure)).not.toContain('sk-hostile');
    expect(JSON.stringify(played.failure).length).toBeLessThan(20_000);
  });
});
