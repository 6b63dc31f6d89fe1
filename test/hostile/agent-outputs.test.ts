// Plays recorded malice through programs that pretend to be the agent.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemClock } from '../../src/adapters/clock/system.ts';
import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import { createClaudeRuntime } from '../../src/adapters/runtimes/claude/claude.ts';
import { createCodexRuntime } from '../../src/adapters/runtimes/codex/codex.ts';
import { createCommandRuntime } from '../../src/adapters/runtimes/command.ts';
import { createGeminiRuntime } from '../../src/adapters/runtimes/gemini/gemini.ts';
import { createOpencodeRuntime } from '../../src/adapters/runtimes/opencode/opencode.ts';
import { FAILURE_REASONS } from '../../src/model/failure.ts';
import type { AgentEvent, AgentRuntime, AttemptResult } from '../../src/ports/agent-runtime.ts';
import { guarded } from '../../src/run/guard.ts';
import { plainSpec } from '../conformance/runtime.testsuite.ts';

interface Case {
  readonly id: string;
  readonly runtime: string;
  readonly kind: string;
  readonly description: string;
  readonly base64?: string;
  readonly gen?: readonly { readonly b64: string; readonly times: number }[];
  readonly exit_code: number;
  readonly chunks?: { readonly bytes: number };
  readonly stderr_base64?: string;
}

const cases = readFileSync(new URL('agent-outputs.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): Case => {
    const read: Case = JSON.parse(line);
    return read;
  });

/** Says what the case says, as `claude` would: with its own `--version` nobody asks for. */
const PLAYER = `#!${process.execPath}
const { writeSync } = require('node:fs');
const c = JSON.parse(require('node:fs').readFileSync(process.env.TUTTI_CASE, 'utf8'));
const all = (fd, bytes) => {
  for (let at = 0; at < bytes.length; ) {
    try { at += writeSync(fd, bytes, at); } catch (error) { if (error.code !== 'EAGAIN') throw error; }
  }
};
const out = (bytes) => {
  const size = c.chunks?.bytes ?? bytes.length;
  for (let at = 0; at < bytes.length; at += size) all(1, bytes.subarray(at, at + size));
};
if (c.stderr_base64) all(2, Buffer.from(c.stderr_base64, 'base64'));
if (c.base64 !== undefined) out(Buffer.from(c.base64, 'base64'));
for (const { b64, times } of c.gen ?? []) {
  const piece = Buffer.from(b64, 'base64');
  const many = Math.max(1, Math.floor(65536 / Math.max(1, piece.length)));
  const block = Buffer.concat(Array(Math.min(many, times)).fill(piece));
  let left = times;
  for (; left >= many; left -= many) out(block);
  for (; left > 0; left -= 1) out(piece);
}
process.exitCode = c.exit_code;
`;

let dir: string;
const supervisor = createSupervisor(systemClock);

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'tutti-hostile-'));
  mkdirSync(join(dir, 'work'));
  writeFileSync(join(dir, 'claude.cjs'), PLAYER);
  chmodSync(join(dir, 'claude.cjs'), 0o755);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function runtimeOf(id: string, environment: { readonly PATH: string | undefined }): AgentRuntime {
  const options = { supervisor, environment: { ...environment, HOME: join(dir, 'person') } };
  switch (id) {
    case 'claude':
      return createClaudeRuntime({ supervisor, environment });
    case 'codex':
      return createCodexRuntime(options);
    case 'gemini':
      return createGeminiRuntime(options);
    case 'opencode':
      return createOpencodeRuntime(options);
    default:
      return createCommandRuntime({ supervisor });
  }
}

async function play(
  id: string,
): Promise<AttemptResult & { readonly seen: readonly AgentEvent[]; readonly log: Buffer }> {
  const found = cases.find((one) => one.id === id);
  const path = join(dir, `${id}.json`);
  writeFileSync(path, JSON.stringify(found));
  const program = join(dir, 'claude.cjs');
  const environment = { PATH: process.env['PATH'] };
  const runtime = runtimeOf(found?.runtime ?? '', environment);
  const spec = plainSpec(dir, {
    command: runtime.id === 'command' ? [program] : null,
    homeDir: join(dir, `home-${id}`),
    settings: {
      model: null,
      maxParallel: null,
      startsPerMinute: null,
      binary: program,
      args: [],
      env: { TUTTI_CASE: path },
    },
    logPath: join(dir, `${id}.log`),
  });
  const session = runtime.start(spec);
  const seen: AgentEvent[] = [];
  for await (const event of session.events) seen.push(event);
  return { ...(await session.result), seen, log: readFileSync(join(dir, `${id}.log`)) };
}

const SESSION = '00000000-0000-4000-8000-000000000001';

describe('whatever is printed', () => {
  it.each(cases.map(({ id, runtime, kind }) => [id, runtime, kind] as const))(
    '%s ends %s (%s) with an outcome that can be kept',
    async (id) => {
      const result = await play(id);
      if (result.failure !== null) expect(FAILURE_REASONS).toContain(result.failure.reason);
      expect(result.failure?.reason).not.toBe('internal');
      const kept = JSON.stringify(guarded(result, Date.now()).report);
      expect(kept.length).toBeLessThan(40_000);
      expect(kept).not.toMatch(/\\u00(?:0[0-8bcef]|1)|[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u);
      expect(Object.keys(Object.prototype)).toEqual([]);
    },
  );
});

describe('claude', () => {
  it.each(['out-001', 'out-016', 'out-017', 'out-018', 'out-022', 'out-024', 'out-054'])(
    'reads %s to the end, once',
    async (id) => {
      const result = await play(id);
      expect(result).toMatchObject({ failure: null, sessionId: SESSION, costUsd: 0.01 });
      expect(result.tokens).toEqual({ input: 10, output: 5, cached: 0 });
    },
  );

  it.each([
    ['out-005', 'agent_error', 'an error and then a success'],
    ['out-013', 'agent_error', 'an error with exit 0'],
    ['out-014', 'invalid_output', 'a result that is cut'],
    ['out-015', 'invalid_output', 'a cut inside a character'],
    ['out-019', 'invalid_output', 'two events on a line'],
    ['out-020', 'invalid_output', 'an event over several lines'],
    ['out-023', 'agent_error', 'a result on stderr'],
    ['out-026', 'invalid_output', 'five megabytes of something else'],
    ['out-030', 'invalid_output', 'a flag that is a text'],
    ['out-036', 'agent_error', 'another type'],
    ['out-048', 'invalid_output', 'a cost that is no JSON'],
    ['out-056', 'agent_error', 'a result inside a text'],
    ['out-057', 'agent_error', 'a result inside a tool result'],
    ['out-053', 'quota', 'a limit until the end of days'],
    ['out-055', 'quota', 'a limit until long ago'],
  ])('takes %s for %s: %s', async (id, reason) => {
    expect((await play(id)).failure?.reason).toBe(reason);
  });

  it('waits for no moment beyond belief', async () => {
    expect((await play('out-053')).failure).not.toHaveProperty('retryAt');
    expect((await play('out-055')).failure).toMatchObject({ retryAt: 1000 });
  });

  it('counts the cost of a result that comes a thousand times once', async () => {
    const result = await play('out-006');
    expect(result).toMatchObject({ failure: null, costUsd: 0.01, tokens: { input: 10 } });
  });

  it.each(['out-049', 'out-052'])('believes no cost without limit (%s)', async (id) => {
    expect((await play(id)).costUsd).toBe(0);
  });

  it.each(['out-038', 'out-039'])('takes nothing else for the id of a session (%s)', async (id) => {
    expect((await play(id)).sessionId).toBe(SESSION);
  });

  it('keeps whole tokens and a text for a summary', async () => {
    expect((await play('out-044')).tokens).toEqual({ input: 0, output: 0, cached: 0 });
    expect((await play('out-032')).report.summary).toBe('');
    expect((await play('out-028')).report.summary.length).toBeLessThanOrEqual(8_000);
    expect((await play('out-029')).failure).toBeNull();
  });

  it('takes the result of the main agent', async () => {
    expect((await play('out-058')).report.summary).toBe('main');
  });
});

describe('command', () => {
  it.each(['out-061', 'out-063', 'out-065', 'out-067', 'out-101', 'out-102'])(
    'survives %s and keeps the bytes',
    async (id) => {
      const result = await play(id);
      expect(result.failure).toBeNull();
      const { summary } = result.report;
      expect(summary.length).toBeLessThanOrEqual(2_000);
      expect(summary).not.toContain('\0');
      expect(Buffer.from(summary, 'utf8').toString('utf8')).toBe(summary);
      expect(result.log.length).toBeGreaterThan(0);
    },
  );

  it('writes invalid bytes as they came', async () => {
    const { log } = await play('out-061');
    expect(log.includes(0xe9)).toBe(true);
  });
});

describe('codex and gemini', () => {
  it('end in a failure where the stream says one, whatever the exit code', async () => {
    expect((await play('out-112')).failure?.reason).toBe('agent_error');
    expect((await play('out-114')).failure).not.toBeNull();
  });

  it.each(['out-107', 'out-109', 'out-116'])('read %s to the end, once', async (id) => {
    expect((await play(id)).failure).toBeNull();
  });
});
