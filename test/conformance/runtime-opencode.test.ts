// What OpenCode 1.18.33 printed, and what is made of it.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../src/adapters/clock/system.ts';
import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import { createOpencodeRuntime } from '../../src/adapters/runtimes/opencode/opencode.ts';
import { isOpencodeSession, OpencodeReader } from '../../src/adapters/runtimes/opencode/reader.ts';
import type { AgentEvent } from '../../src/ports/agent-runtime.ts';
import { isRecord } from '../../src/util/is-record.ts';
import { plainSpec } from './runtime.testsuite.ts';

const SESSION = 'ses_e01293e08ffe9BoNSUqqbS6yxV';
const line = (type: string, part: unknown): string =>
  `${JSON.stringify({ type, timestamp: 1, sessionID: SESSION, part })}\n`;
const START = line('step_start', { type: 'step-start' });
const finish = (reason: string, more: object = {}): string =>
  line('step_finish', {
    reason,
    type: 'step-finish',
    tokens: { total: 2415, input: 2405, output: 10, reasoning: 2, cache: { write: 3, read: 7 } },
    cost: 0.0025,
    ...more,
  });
const WRITE = line('tool_use', {
  type: 'tool',
  tool: 'write',
  state: {
    status: 'completed',
    input: { filePath: 'hello.txt', content: 'hi' },
    output: 'Wrote file successfully.',
  },
});
const DENIED = line('tool_use', {
  type: 'tool',
  tool: 'bash',
  state: {
    status: 'error',
    input: { command: 'curl x' },
    error: 'The user has specified a rule which prevents you from using this specific tool call.',
  },
});
const TEXT = line('text', { type: 'text', text: 'wrote hello.txt' });
const STREAM_ERROR =
  'timestamp=2026-11-21T16:01:01.334Z level=ERROR run=bd8f4e1f message="stream error" providerID=p modelID=m1 session.id=ses_e agent=build mode=primary error.error="AI_APICallError: rate limited"\n';
const EXIT = { code: 0, signal: null, stderr: '' };

function apiError(status: number, message: string, headers: object = {}): string {
  const data = { message, statusCode: status, isRetryable: false, responseHeaders: headers };
  const error = { name: 'APIError', data };
  return `${JSON.stringify({ type: 'error', sessionID: SESSION, error })}\n`;
}

function read(reader: OpencodeReader, ...lines: readonly string[]): AgentEvent[] {
  // In odd pieces: lines come as they like.
  const bytes = Buffer.from(lines.join(''));
  const cut = Math.floor(bytes.length / 3);
  const pieces = [bytes.subarray(0, cut), bytes.subarray(cut, 2 * cut), bytes.subarray(2 * cut)];
  return [...pieces.flatMap((piece) => reader.read(piece)), ...reader.end()];
}

describe('what OpenCode prints', () => {
  it('becomes events, an answer and sums of tokens and money', () => {
    const reader = new OpencodeReader();
    const events = read(reader, START, WRITE, finish('tool-calls'), START, TEXT, finish('stop'));
    expect(events.map(({ type }) => type)).toEqual([
      'session',
      'tool_use',
      'tool_result',
      'usage',
      'text',
      'usage',
    ]);
    expect(events[1]).toEqual({ type: 'tool_use', name: 'write', summary: 'hello.txt' });
    expect(reader.sessionId).toBe(SESSION);
    expect(reader.tokens).toEqual({ input: 4816, output: 24, cached: 14 });
    expect(reader.costUsd).toBeCloseTo(0.005);
    expect(reader.outcome(EXIT)).toMatchObject({ failure: null, text: 'wrote hello.txt' });
  });

  it('is no success without a last step that stopped', () => {
    const nothing = new OpencodeReader();
    expect(nothing.outcome(EXIT).failure?.reason).toBe('agent_error');
    const refused = new OpencodeReader();
    const events = read(refused, START, DENIED, finish('tool-calls'));
    expect(events.at(-2)).toEqual({ type: 'denied', tool: 'bash', summary: 'curl x' });
    expect(refused.outcome(EXIT).failure?.message).toContain('bash: curl x');
    const cut = new OpencodeReader();
    read(cut, START, TEXT, finish('length'));
    expect(cut.outcome(EXIT).failure?.message).toContain('length');
    const other = new OpencodeReader();
    read(other, 'no json\n', '{broken\n');
    expect(other.outcome(EXIT).failure?.reason).toBe('invalid_output');
    const killed = new OpencodeReader();
    read(killed, START, TEXT, finish('stop'));
    expect(killed.outcome({ ...EXIT, code: null, signal: 'SIGKILL' }).failure).not.toBeNull();
  });

  it.each([
    [401, 'invalid x-api-key', 'auth'],
    [402, 'pay first', 'quota'],
    [429, 'rate limited', 'rate_limited'],
    [429, 'quota exceeded', 'quota'],
    [429, 'your daily allowance is used up', 'quota'],
    [429, 'slow down, try again in 1.5s', 'rate_limited'],
    [429, 'too busy for you: resets after 3h20m', 'quota'],
    [503, 'overloaded', 'provider'],
    [400, 'bad request', 'agent_error'],
  ])('tells what %i %s is', (status, message, reason) => {
    const reader = new OpencodeReader();
    read(reader, apiError(status, message));
    expect(reader.outcome({ ...EXIT, code: 1 }).failure).toMatchObject({ reason });
  });

  it('says when a provider wants to be asked again', () => {
    const reader = new OpencodeReader();
    const date = 'Sat, 21 Nov 2026 16:00:56 GMT';
    read(reader, apiError(429, 'slow down', { date, 'retry-after': '120' }));
    const { failure } = reader.outcome({ ...EXIT, code: 1 });
    expect(failure?.retryAt).toBe(Date.parse(date) + 120_000);
  });

  it.each([
    ['slow down', { 'retry-after': '7200' }, 'quota', 7_200_000],
    ['slow down', { 'retry-after-ms': '1500' }, 'rate_limited', 1_500],
    ['try again in 1 hour and 30 minutes', {}, 'quota', 5_400_000],
    ['Please wait 90 s before you ask again', {}, 'rate_limited', 90_000],
    ['come back later', {}, 'rate_limited', null],
  ])('reads in %j and %j how long a limit lasts', (message, headers, reason, wait) => {
    const reader = new OpencodeReader();
    const date = 'Sat, 21 Nov 2026 16:00:56 GMT';
    read(reader, apiError(429, message, { date, ...headers }));
    const { failure } = reader.outcome({ ...EXIT, code: 1 });
    expect(failure).toMatchObject({ reason, message });
    expect(failure?.retryAt).toBe(wait === null ? undefined : Date.parse(date) + wait);
  });

  it('finds in the body of an answer what its message does not say', () => {
    const reader = new OpencodeReader();
    const responseBody = '{"error":{"code":"weekly_limit","message":"resets in 2 days"}}';
    const data = { message: 'Too Many Requests', statusCode: 429, responseBody };
    read(reader, `${JSON.stringify({ type: 'error', error: { name: 'APIError', data } })}\n`);
    const before = Date.now();
    const { failure } = reader.outcome({ ...EXIT, code: 1 });
    expect(failure).toMatchObject({ reason: 'quota', message: 'Too Many Requests' });
    expect(failure?.retryAt).toBeGreaterThanOrEqual(before + 172_800_000);
  });

  it('tells a refusal of the model', () => {
    const reader = new OpencodeReader();
    read(reader, START, finish('content-filter'));
    expect(reader.outcome(EXIT).failure?.reason).toBe('refused');
  });

  it('is given up after four failed requests in a row, and only then', () => {
    const reader = new OpencodeReader();
    const bytes = Buffer.from(STREAM_ERROR);
    for (let n = 0; n < 3; n += 1) expect(reader.readError(bytes)).toBe(false);
    expect(reader.trouble).toMatchObject({ reason: 'rate_limited' });
    reader.read(Buffer.from(START));
    expect(reader.trouble).toBeNull();
    for (let n = 0; n < 3; n += 1) expect(reader.readError(bytes)).toBe(false);
    expect(reader.readError(bytes)).toBe(true);
    expect(reader.outcome({ code: null, signal: null, stderr: '' }).failure).toMatchObject({
      reason: 'rate_limited',
      message: 'AI_APICallError: rate limited',
    });
  });

  it('takes only ids of its own for sessions', () => {
    expect(isOpencodeSession(SESSION)).toBe(true);
    for (const other of ['', '--auto', 'ses_a b', '../ses_1', 7]) {
      expect(isOpencodeSession(other)).toBe(false);
    }
  });
});

describe('what OpenCode is given', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tutti-opencode-'));
    for (const name of ['work', 'home', 'bin', 'me/.local/share/opencode', 'me/.config/opencode']) {
      mkdirSync(join(dir, name), { recursive: true });
    }
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));

  /** A program that plays recorded lines and takes down what it was given. */
  function program(script: string): string {
    const path = join(dir, 'bin', 'opencode');
    const seen = join(dir, 'seen');
    const took = `cat >${seen}.stdin; env >${seen}.env; for a; do echo "$a"; done >${seen}.args`;
    writeFileSync(path, `#!/bin/sh\n${took}\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }
  const seen = (what: string): string => readFileSync(join(dir, `seen.${what}`), 'utf8');
  const settings = (binary: string): ReturnType<typeof plainSpec>['settings'] => ({
    ...plainSpec(dir, {}).settings,
    binary,
  });
  const runtime = (
    environment: Record<string, string> = {},
  ): ReturnType<typeof createOpencodeRuntime> =>
    createOpencodeRuntime({
      supervisor: createSupervisor(systemClock, { grace: { interruptMs: 50, terminateMs: 50 } }),
      environment: { HOME: join(dir, 'me'), PATH: process.env['PATH'] ?? '', ...environment },
    });

  it('has folders of its own with the person’s login, and our word last', async () => {
    writeFileSync(join(dir, 'me/.local/share/opencode/auth.json'), '{"x":{"key":"k"}}');
    writeFileSync(join(dir, 'me/.config/opencode/opencode.json'), '{"model":"p/m"}');
    const binary = program(`cat <<'END'\n${START}${TEXT}${finish('stop')}END`);
    const agent = { ...plainSpec(dir, {}).agent, prompt: 'You are careful.', tools: ['Read'] };
    const result = await runtime({ OPENAI_API_KEY: 'k1', STRIPE_API_KEY: 'k2' }).start(
      plainSpec(dir, {
        agent,
        prompt: 'Do "it".',
        sessionId: SESSION,
        settings: settings(binary),
        allowedCommands: ['npm test'],
      }),
    ).result;
    expect(result).toMatchObject({ failure: null, sessionId: SESSION });
    expect(seen('stdin')).toBe('Do "it".');
    expect(seen('args')).toContain(`--session=${SESSION}`);
    const env = new Map(
      seen('env')
        .split('\n')
        .map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
    );
    expect(env.get('PWD')).toBe(join(dir, 'work'));
    expect(env.get('OPENAI_API_KEY')).toBe('k1');
    expect(env.has('STRIPE_API_KEY')).toBe(false);
    expect(env.get('OPENCODE_DISABLE_PROJECT_CONFIG')).toBe('1');
    const home = join(dir, 'home');
    for (const name of ['CONFIG', 'DATA', 'CACHE', 'STATE']) {
      expect(env.get(`XDG_${name}_HOME`)?.startsWith(home)).toBe(true);
    }
    expect(existsSync(join(env.get('XDG_DATA_HOME') ?? '', 'opencode/auth.json'))).toBe(true);
    expect(existsSync(join(env.get('XDG_CONFIG_HOME') ?? '', 'opencode/opencode.json'))).toBe(true);
    const config: unknown = JSON.parse(env.get('OPENCODE_CONFIG_CONTENT') ?? '{}');
    expect(isRecord(config)).toBe(true);
    expect(config).toMatchObject({
      share: 'disabled',
      permission: { bash: { '*': 'deny', 'npm test': 'allow', 'npm test *': 'allow' } },
      agent: { tutti: { prompt: 'You are careful.', tools: { bash: false, write: false } } },
    });
  });

  it('is ended when its requests fail again and again', async () => {
    const loud = `printf '%s' '${STREAM_ERROR}' >&2;`.repeat(4);
    const binary = program(`${loud} sleep 600`);
    const spec = plainSpec(dir, { settings: settings(binary) });
    const result = await runtime().start(spec).result;
    expect(result).toMatchObject({ stopped: false, failure: { reason: 'rate_limited' } });
  });

  it('starts afresh where its session is gone', async () => {
    const binary = program(
      `case "$*" in *--session*) echo 'Error: Session not found' >&2; exit 1;; esac
cat <<'END'\n${START}${TEXT}${finish('stop')}END`,
    );
    const spec = plainSpec(dir, { settings: settings(binary), sessionId: 'ses_gone' });
    expect(await runtime().start(spec).result).toMatchObject({ failure: null, sessionId: SESSION });
  });

  it('is looked for without being started on anything', async () => {
    const binary = program('echo 1.18.33');
    expect(await runtime().probe(settings(binary))).toMatchObject({
      found: true,
      version: '1.18.33',
      loggedIn: false,
    });
    expect(await runtime({ OPENAI_API_KEY: 'k' }).probe(settings(binary))).toMatchObject({
      loggedIn: true,
      hint: null,
    });
    expect(await runtime().probe(settings('no-such-opencode'))).toMatchObject({ found: false });
  });
});
