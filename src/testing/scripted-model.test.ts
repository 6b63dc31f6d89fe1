import { afterEach, describe, expect, it } from 'vitest';

import { readModelScenario, type ModelMove } from './model-scenario.ts';
import {
  marker,
  startScriptedModel,
  type ScriptedModel,
  type ScriptedModelOptions,
} from './scripted-model.ts';

let model: ScriptedModel;

afterEach(() => model.close());

/** How an API is asked: the same conversation in its own words. */
interface Api {
  readonly path: string;
  readonly streamed: object;
  readonly body: (prompt: string, tool: string, results: readonly string[]) => object;
}

const SCHEMA = { type: 'object', properties: { command: {} }, required: ['command', 'why'] };
const text = (prompt: string): object[] => [{ type: 'text', text: prompt }];

const APIS: Readonly<Record<string, Api>> = {
  anthropic: {
    path: '/v1/messages?beta=true',
    streamed: { stream: true },
    body: (prompt, name, results) => ({
      model: 'm',
      tools: [{ name, input_schema: SCHEMA }],
      messages: [
        { role: 'user', content: text(prompt) },
        ...results.map((content) => ({
          role: 'user',
          content: [{ type: 'tool_result', content }],
        })),
      ],
    }),
  },
  responses: {
    path: '/v1/responses',
    streamed: { stream: true },
    body: (prompt, name, results) => ({
      model: 'm',
      tools: [{ type: 'function', name, parameters: SCHEMA }],
      input: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: prompt }] },
        ...results.map((output) => ({ type: 'function_call_output', output })),
      ],
    }),
  },
  chat: {
    path: '/v1/chat/completions',
    streamed: { stream: true },
    body: (prompt, name, results) => ({
      model: 'm',
      tools: [{ type: 'function', function: { name, parameters: SCHEMA } }],
      messages: [
        { role: 'user', content: prompt },
        ...results.map((content) => ({ role: 'tool', content })),
      ],
    }),
  },
  gemini: {
    path: '/v1beta/models/m:generateContent',
    streamed: {},
    body: (prompt, name, results) => ({
      tools: [{ functionDeclarations: [{ name, parametersJsonSchema: SCHEMA }] }],
      contents: [
        { role: 'user', parts: [{ text: prompt }] },
        ...results.map((output) => ({
          role: 'user',
          parts: [{ functionResponse: { response: { output } } }],
        })),
      ],
    }),
  },
};

async function ask(
  api: Api,
  prompt: string,
  how: { results?: readonly string[]; tool?: string; stream?: boolean } = {},
): Promise<{ status: number; headers: Headers; text: string }> {
  const body = api.body(prompt, how.tool ?? 'Bash', how.results ?? []);
  const streamed = how.stream === true ? api.streamed : {};
  const path = how.stream === true ? api.path.replace(':generate', ':streamGenerate') : api.path;
  const response = await fetch(`${model.url}${path}`, {
    method: 'POST',
    body: JSON.stringify({ ...body, ...streamed }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function start(options: ScriptedModelOptions = {}): Promise<void> {
  model = await startScriptedModel(options);
}

describe.each(Object.entries(APIS))('%s', (_name, api) => {
  it('plays one move after the other, whole and in pieces alike', async () => {
    await start();
    const prompt = `Do it. ${marker({ run: 'echo hi' }, { say: 'all is well' })}`;
    for (const stream of [false, true]) {
      const first = await ask(api, prompt, { stream });
      expect([first.status, first.text]).toEqual([200, expect.stringContaining('echo hi')]);
      // What the tool insists on is there.
      expect(first.text).toContain('why');
      const last = await ask(api, prompt, { stream, results: ['hi'] });
      expect(last.text).toContain('all is well');
      expect(last.text).not.toContain('echo hi');
    }
    expect(model.requests.at(-1)).toMatchObject({ model: 'm', tools: ['Bash'] });
    expect(model.requests.at(-1)?.results).toMatchObject([{ text: expect.stringContaining('hi') }]);
  });

  it('names the tool that it is offered', async () => {
    await start();
    const prompt = marker({ write: { path: 'a.txt', content: 'A' } });
    expect((await ask(api, prompt, { tool: 'write_file' })).text).toContain('write_file');
    expect((await ask(api, prompt, { tool: 'bash' })).text).toContain('a.txt');
    expect((await ask(api, prompt, { tool: 'read' })).text).toContain('no tool');
  });

  it('fails as it is told to, and recovers', async () => {
    await start();
    const broken = marker({ fail: { status: 500, message: 'oh', times: 2 } }, { say: 'better' });
    const seen = [];
    for (let at = 0; at < 3; at += 1) seen.push((await ask(api, broken)).status);
    expect(seen).toEqual([500, 500, 200]);
    const denied = await ask(api, marker({ fail: { status: 401, message: 'who are you?' } }));
    expect([denied.status, denied.text]).toEqual([401, expect.stringContaining('who are you?')]);
    const limited = await ask(api, marker({ fail: { status: 429, resets_in_secs: 77 } }));
    expect(limited.status).toBe(429);
    const told = JSON.stringify([limited.text, ...limited.headers.values()]);
    expect(told).toMatch(/unified-reset|77|rejected/u);
  });

  it('gives an answer, refuses, and goes on for ever', async () => {
    await start();
    expect((await ask(api, marker({ answer: { yes: 1 } }))).text).toMatch(/yes/u);
    expect((await ask(api, marker({ refuse: 'never' }))).text).toMatch(
      /refusal|content_filter|SAFETY/u,
    );
    const loop = marker({ loop: 'date' });
    for (const results of [[], ['1'], ['1', '2']]) {
      expect((await ask(api, loop, { results })).text).toContain(`date # ${results.length}`);
    }
  });

  it('floods', async () => {
    await start();
    const flood = await ask(api, marker({ flood: 3_000_000 }), { stream: true });
    expect(flood.text.length).toBeGreaterThan(3_000_000);
  });
});

describe('a scenario', () => {
  it('is played for the prompts that it names', async () => {
    const read = readModelScenario(`
plays:
  - when: login
    moves:
      - say: the login
  - moves:
      - say: anything
`);
    if (!read.ok) throw new Error('not read');
    await start({ plays: read.scenario });
    const { chat } = APIS;
    if (chat === undefined) throw new Error('no chat');
    expect((await ask(chat, 'Write the login')).text).toContain('the login');
    expect((await ask(chat, 'Write tests')).text).toContain('anything');
  });

  it('is refused with every mistake and its place', async () => {
    await start();
    const read = readModelScenario(
      'plays:\n  - whn: x\n    moves:\n      - say: 1\n      - say: a\n        run: b\n      - fail: { status: 200 }\n',
    );
    if (read.ok) throw new Error('was read');
    const told = read.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`);
    expect(told).toEqual([
      expect.stringMatching(/^2 plays\[0\]\.whn: unknown key/u),
      expect.stringMatching(/^4 plays\[0\]\.moves\[0\]\.say: /u),
      expect.stringMatching(/^5 plays\[0\]\.moves\[1\]: .*exactly one/u),
      expect.stringMatching(/^7 plays\[0\]\.moves\[2\]\.fail\.status: /u),
    ]);
  });

  it('is never mistaken for what is no request to a model', async () => {
    await start({ plays: () => [{ hang: true }] satisfies ModelMove[] });
    const response = await fetch(`${model.url}/v1/models`);
    expect(response.status).toBe(404);
  });
});
