// Our own agent over each of the four APIs: what every runtime must do, and what is its own.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';

import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from 'vitest';

import { systemClock } from '../../src/adapters/clock/system.ts';
import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import { createApiRuntime } from '../../src/adapters/runtimes/api/api.ts';
import { WORK_ANSWER_SCHEMA } from '../../src/model/answer.ts';
import type { ApiProvider, ApiSettings } from '../../src/model/settings.ts';
import { NO_RUNTIME_SETTINGS } from '../../src/model/settings.ts';
import type {
  AgentEvent,
  AttemptResult,
  AttemptSpec,
  Session,
} from '../../src/ports/agent-runtime.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { marker, startScriptedModel } from '../../src/testing/index.ts';
import type { ModelMove, ScriptedModel } from '../../src/testing/index.ts';
import {
  isAlive,
  plainSpec,
  StillClock,
  testRuntime,
  until,
  type Job,
} from './runtime.testsuite.ts';

const KEY = 'sk-test-0123456789abcdef';
const KEYS = { TEST_API_KEY: KEY };
const PROVIDERS = ['anthropic', 'openai', 'openai-compatible', 'google'] as const;
/** What comes before the path of an API. */
const VERSION = { anthropic: 'v1', openai: 'v1', 'openai-compatible': 'v1', google: 'v1beta' };

let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel();
});
afterAll(() => model.close());

function settings(provider: ApiProvider, more: Partial<ApiSettings> = {}): Partial<AttemptSpec> {
  const baseUrl = `${model.url}/${VERSION[provider]}`;
  const api = { provider, baseUrl, keyEnv: 'TEST_API_KEY', maxSteps: 50, ...more };
  return { settings: { ...NO_RUNTIME_SETTINGS, model: 'm-1', api }, model: 'm-1' };
}

function movesOf(job: Job): ModelMove[] {
  switch (job.do) {
    case 'write':
      return [{ write: job }, { say: 'wrote it' }];
    case 'shell':
      return [{ run: job.command }, { say: 'ran it' }];
    case 'answer':
      return [{ answer: job.value }];
    case 'fail':
      return [{ fail: { status: 400, message: 'it broke' } }];
  }
}

interface Stage {
  readonly begin: (
    moves: readonly ModelMove[],
    more?: Partial<AttemptSpec>,
    clock?: Clock,
  ) => Session;
  readonly start: (
    moves: readonly ModelMove[],
    more?: Partial<AttemptSpec>,
  ) => Promise<AttemptResult & { readonly events: readonly AgentEvent[] }>;
  readonly dir: () => string;
}

/** Attempts of one provider, each test in folders of its own. */
function stage(provider: ApiProvider): Stage {
  let dir = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tutti-api-'));
    mkdirSync(join(dir, 'work'));
    mkdirSync(join(dir, 'home'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  const begin: Stage['begin'] = (played, more = {}, clock = systemClock) => {
    const supervisor = createSupervisor(clock);
    const runtime = createApiRuntime({ id: 'api', supervisor, environment: KEYS });
    // The model remembers by the prompt how often it has failed.
    const prompt = `${marker(...played)}\nDo it over ${provider}.`;
    const spec = { ...settings(provider), prompt, fullPermissions: true, ...more };
    return runtime.start(plainSpec(dir, { homeDir: join(dir, 'home'), ...spec }));
  };
  return {
    dir: () => dir,
    begin,
    start: async (played, more = {}) => {
      const session = begin(played, more);
      const events: AgentEvent[] = [];
      for await (const event of session.events) events.push(event);
      return { ...(await session.result), events };
    },
  };
}

describe.each(PROVIDERS)('api over %s', (provider) => {
  testRuntime({
    create: (supervisor) => createApiRuntime({ id: 'api', supervisor, environment: KEYS }),
    play: (job, dir) => {
      const homeDir = join(dir, 'home');
      mkdirSync(homeDir, { recursive: true });
      const prompt = `${marker(...movesOf(job))}\nDo it.`;
      return { ...settings(provider), prompt, homeDir, fullPermissions: true };
    },
    missing: { spec: {}, names: 'runtimes.api.provider' },
  });
});

describe.each(PROVIDERS)('what goes wrong over %s', (provider) => {
  const { begin, start, dir } = stage(provider);

  it('is a missing login', async () => {
    const { failure, costUsd } = await start([
      { fail: { status: 401, message: `bad key ${KEY}` } },
    ]);
    expect(failure?.reason).toBe('auth');
    expect(costUsd).toBe(0);
    expect(failure?.message).toContain('401');
    expect(failure?.message).not.toContain(KEY);
  });

  it('is a limit, with its end', async () => {
    const headers = { 'retry-after': '120' };
    const before = Date.now();
    const { failure } = await start([{ fail: { status: 429, message: 'slow down', headers } }]);
    expect(failure).toMatchObject({ reason: 'rate_limited' });
    expect(failure?.retryAt).toBeGreaterThanOrEqual(before + 120_000);
    expect(failure?.retryAt).toBeLessThan(Date.now() + 121_000);
    const message = 'You exceeded your current quota, please check your plan';
    const used = await start([{ fail: { status: 429, message } }]);
    expect(used.failure?.reason).toBe('quota');
    const plan = await start([{ fail: { status: 429, message: 'wait', resets_in_secs: 7_200 } }]);
    expect(plan.failure?.reason).toBe('quota');
    expect(plan.failure?.retryAt).toBeGreaterThanOrEqual(before + 7_199_000);
    expect(plan.failure?.retryAt).toBeLessThan(Date.now() + 7_202_000);
  });

  it('is tried again twice where it may heal', async () => {
    const broken = { status: 500, message: 'internal' };
    const asked = model.requests.length;
    const healed = await start([{ fail: { ...broken, times: 2 } }, { say: 'done at last' }]);
    expect(healed).toMatchObject({ failure: null, report: { summary: 'done at last' } });
    expect(model.requests.length - asked).toBe(3);
    const lasting = await start([{ fail: broken }]);
    expect(lasting.failure).toMatchObject({ reason: 'provider' });
    expect(model.requests.length - asked).toBe(6);
  });

  it('is a refusal', async () => {
    const { failure } = await start([{ refuse: 'I will not do that.' }]);
    expect(failure?.reason).toBe('refused');
  });

  it('is an answer of the wrong shape, which may be repaired once', async () => {
    const wrong = { use: { tool: 'answer', input: { status: 'perhaps' } } };
    const schema = WORK_ANSWER_SCHEMA;
    const right = { status: 'done', summary: 'it is' };
    const repaired = await start([wrong, { answer: right }], { schema });
    expect(repaired).toMatchObject({ failure: null, structured: right });
    const given = model.requests.at(-1)?.results.at(-1);
    expect(given?.text).toContain('not taken');
    const never = await start([wrong, wrong, { answer: right }], { schema });
    expect(never.failure?.reason).toBe('invalid_output');
  });

  it('is a plan that is only talked about', async () => {
    const schema = { type: 'object', properties: { goal: { type: 'string' } }, required: ['goal'] };
    const talk = await start([{ say: 'I would begin with the tests.' }], {
      schema,
      answer: 'plan',
    });
    expect(talk.failure?.reason).toBe('invalid_output');
    const written = await start([{ say: 'Here:\n```json\n{"goal":"x"}\n```' }], {
      schema,
      answer: 'plan',
    });
    expect(written).toMatchObject({ failure: null, structured: { goal: 'x' } });
  });

  it('is an agent that never comes to an end', async () => {
    const { settings: own } = settings(provider, { maxSteps: 3 });
    const endless = await start(
      [{ loop: 'echo again' }],
      own === undefined ? {} : { settings: own },
    );
    expect(endless.failure?.message).toContain('3 answers');
    const dear = await start([{ loop: 'echo again' }], { budgetTokens: 20 });
    expect(dear.failure).toMatchObject({ reason: 'budget' });
    expect(dear.tokens.input + dear.tokens.output).toBeGreaterThan(20);
  });

  it('is a model that never answers', async () => {
    const asked = model.requests.length;
    const clock = new StillClock();
    const session = begin([{ hang: true }], { idleTimeoutMs: 30_000 }, clock);
    await until(() => model.requests.length > asked);
    let over = false;
    void session.result.finally(() => (over = true));
    await until(() => {
      clock.advance(1_000);
      return over;
    });
    const { failure, costUsd } = await session.result;
    expect(failure?.reason).toBe('idle_timeout');
    // It may have thought, and nobody knows for how much.
    expect(costUsd).toBeNull();
  });

  it('is a stop in the middle: what was asked is known later', async () => {
    const moves = [{ run: 'echo $$ > pid.tmp; mv pid.tmp pid; exec sleep 600' }, { say: 'never' }];
    const session = begin(moves);
    const pid = join(dir(), 'work/pid');
    await until(() => existsSync(pid));
    session.stop();
    session.stop();
    const first = await session.result;
    expect(first).toMatchObject({ stopped: true, failure: null });
    expect(isAlive(Number(readFileSync(pid, 'utf8')))).toBe(false);
    const again = await start([{ say: 'at last' }], { sessionId: first.sessionId });
    expect(again).toMatchObject({ failure: null, sessionId: first.sessionId });
    expect(model.requests.at(-1)?.body).toContain(marker(...moves));
  });

  it('is a flood, which ends in a cut', async () => {
    const flood = await start([{ run: 'yes flood | head -c 20000000' }, { flood: 1_500_000 }], {
      logLimitBytes: 100_000,
    });
    expect(flood).toMatchObject({ failure: null });
    expect(flood.report.summary).toContain('flood');
    expect(statSync(join(dir(), 'output.log')).size).toBeLessThan(110_000);
    const endless = await start([{ flood: 6_000_000 }]);
    expect(endless.failure?.message).toContain('more than can be kept');
  });

  it('is a child in a session of its own, which is not left behind', async () => {
    const child = `sh -c 'echo $$ > child.tmp; mv child.tmp child; exec sleep 600'`;
    const waits = 'while [ ! -e child ]; do sleep 0.1; done';
    const { failure } = await start([{ spawn: child }, { run: waits }, { say: 'spawned' }]);
    expect(failure).toBeNull();
    expect(isAlive(Number(readFileSync(join(dir(), 'work/child'), 'utf8')))).toBe(false);
  });

  it('is nothing: it tells what it does and uses as the others do', async () => {
    const done = await start([{ write: { path: 'a.txt', content: 'a' } }, { say: 'wrote it' }]);
    const told = done.events.map(({ type }) => type).filter((type) => type !== 'usage');
    expect(told).toEqual(['session', 'tool_use', 'tool_result', 'text']);
    // Two answers: what came from the cache is no input.
    expect(done.tokens).toEqual({ input: 200, cached: 20, output: 40 });
    const again = await start([{ say: 'more' }], { sessionId: done.sessionId });
    expect(again.tokens).toEqual({ input: 100, cached: 10, output: 20 });
  });

  it('is a tool that the agent does not have', async () => {
    const { agent } = plainSpec(dir(), {});
    const moves = [{ use: { tool: 'write', input: { path: 'x', content: 'x' } } }, { say: 'no' }];
    await start(moves, { agent: { ...agent, tools: ['Read', 'Grep'], prompt: 'You only look.' } });
    const request = model.requests.at(-1);
    expect(request?.tools.toSorted()).toEqual(['read', 'search']);
    expect(request?.system).toContain('You only look.');
    expect(existsSync(join(dir(), 'work/x'))).toBe(false);
  });

  it('is nobody who listens', async () => {
    const api = { provider, baseUrl: 'http://127.0.0.1:9/v1', keyEnv: 'TEST_API_KEY', maxSteps: 9 };
    const { failure } = await start([], { settings: { ...NO_RUNTIME_SETTINGS, model: 'm', api } });
    expect(failure?.reason).toBe('provider');
  });

  it('never shows the key', async () => {
    const looks =
      'env; cat /proc/$PPID/environ | tr "\\0" "\\n"; tr "\\0" " " < /proc/$PPID/cmdline';
    const result = await start([{ run: looks }, { say: 'looked' }]);
    expect(result.failure).toBeNull();
    expect(model.requests.at(-1)?.results[0]?.text).toContain('TUTTI_ATTEMPT');
    expect(model.requests.at(-1)?.body).not.toContain(KEY);
    const files = spawnSync('grep', ['-rlF', KEY, dir()], { encoding: 'utf8' }).stdout;
    expect(files).toBe('');
  });
});

it.skipIf(spawnSync('openssl', ['version']).status !== 0)(
  'reaches a secure address by way of a proxy',
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tutti-api-'));
    mkdirSync(join(dir, 'work'));
    const [key, cert] = [join(dir, 'key'), join(dir, 'cert')];
    const made = spawnSync('openssl', [
      ...'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=model'.split(' '),
      ...'-addext subjectAltName=DNS:model.example -keyout'.split(' '),
      key,
      '-out',
      cert,
    ]);
    expect(made.status, made.stderr.toString()).toBe(0);
    const { port } = new URL(model.url);
    const files = { key: readFileSync(key), cert: readFileSync(cert) };
    const secure = createTlsServer(files, (socket) => {
      socket.pipe(connect(Number(port), '127.0.0.1')).pipe(socket);
    });
    const asked: (string | undefined)[] = [];
    const proxy = createServer().on('connect', ({ url }, socket) => {
      asked.push(url);
      const onward = connect(portOf(secure), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
    });
    for (const server of [secure, proxy]) await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      secure.close();
      proxy.close();
      rmSync(dir, { recursive: true, force: true });
    });
    const environment = { ...KEYS, HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}` };
    const start = (more: object): Promise<AttemptResult> => {
      const supervisor = createSupervisor(systemClock);
      const runtime = createApiRuntime({
        id: 'api',
        supervisor,
        environment: { ...environment, ...more },
      });
      const own = settings('openai', { baseUrl: 'https://model.example/v1' });
      const prompt = marker({ say: 'heard through the proxy' });
      return runtime.start(plainSpec(dir, { ...own, prompt })).result;
    };
    const known = await start({ NODE_EXTRA_CA_CERTS: cert });
    expect(known).toMatchObject({ failure: null, report: { summary: 'heard through the proxy' } });
    expect(asked).toEqual(['model.example:443']);
    // Who is at the other end is looked at all the same.
    const stranger = await start({});
    expect(stranger.failure).toMatchObject({ reason: 'provider' });
    expect(stranger.failure?.message).toMatch(/self-signed/u);
  },
);

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
