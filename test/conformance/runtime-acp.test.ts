// Any agent over the Agent Client Protocol: a real process that plays what stands in its prompt.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { systemClock } from '../../src/adapters/clock/system.ts';
import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import { createAcpRuntime } from '../../src/adapters/runtimes/acp/acp.ts';
import type {
  AgentEvent,
  AgentRuntime,
  AttemptResult,
  AttemptSpec,
} from '../../src/ports/agent-runtime.ts';
import type { ProcessSupervisor } from '../../src/ports/process.ts';
import { acpMarker, type AcpStep } from '../fixtures/acp-marker.ts';
import { plainSpec, testRuntime, type Job } from './runtime.testsuite.ts';

const AGENT = fileURLToPath(new URL('../fixtures/acp-agent.mjs', import.meta.url));
const plain = plainSpec('/nonexistent', {}).settings;
const settings = { ...plain, binary: process.execPath, args: [AGENT] };

function create(supervisor: ProcessSupervisor): AgentRuntime {
  const environment = { PATH: process.env['PATH'] };
  return createAcpRuntime({ id: 'acp', supervisor, environment, root: '/', version: '0.0.0' });
}

function stepsOf(job: Job): readonly AcpStep[] {
  switch (job.do) {
    case 'write':
      return [{ write: job.path, text: job.content }, { say: 'wrote it' }];
    case 'shell':
      return [{ run: job.command }, { say: 'ran it' }];
    case 'answer':
      return [{ say: `Well. ${JSON.stringify(job.value)}` }];
    case 'fail':
      return [{ fail: { code: -32_603, message: 'Internal error: broken' } }];
  }
}

describe('the conformance suite', () => {
  testRuntime({
    create,
    play: (job, dir) => ({
      prompt: acpMarker(stepsOf(job)),
      settings: { ...settings, env: { ACP_STATE: join(dir, 'home', 'acp') } },
    }),
    missing: { spec: { settings: { ...plain, binary: 'no-such-agent' } }, names: 'no-such-agent' },
  });
});

describe('what it wants to do', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tutti-acp-'));
    mkdirSync(join(dir, 'work'));
    mkdirSync(join(dir, 'home'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));

  interface Played {
    readonly events: readonly AgentEvent[];
    readonly result: AttemptResult;
  }

  async function play(
    steps: readonly AcpStep[],
    more: Partial<AttemptSpec> = {},
    answer: boolean | null = null,
  ): Promise<Played> {
    const env = { ACP_STATE: join(dir, 'home', 'acp') };
    const spec = plainSpec(dir, {
      prompt: acpMarker(steps),
      settings: { ...settings, env },
      ...more,
    });
    const session = create(createSupervisor(systemClock)).start(spec);
    const events: AgentEvent[] = [];
    for await (const event of session.events) {
      events.push(event);
      if (event.type === 'permission' && answer !== null) {
        session.answer('no such', !answer);
        session.answer(event.id, answer);
        session.answer(event.id, !answer);
      }
    }
    return { events, result: await session.result };
  }
  const reasons = async (
    steps: readonly AcpStep[],
    more: Partial<AttemptSpec> = {},
  ): Promise<string | undefined> => (await play(steps, more)).result.failure?.reason;
  const made = (path: string): boolean => existsSync(join(dir, 'work', path));
  const kinds = ({ events }: Played): string[] => events.map(({ type }) => type);

  it('may work on files of its workspace and run what was approved, unasked', async () => {
    const played = await play(
      [
        { write: join(dir, 'work', 'a.txt'), text: 'a', ask: true },
        { run: 'touch b', ask: true, silent: true },
        { run: 'touch b c', ask: true },
        { cost: 0.5 },
        { say: 'done' },
      ],
      { allowedCommands: ['touch b'] },
    );
    expect(kinds(played)).not.toContain('permission');
    expect(kinds(played).filter((type) => type === 'tool_use')).toHaveLength(3);
    expect([made('a.txt'), made('b'), made('c')]).toEqual([true, true, true]);
    expect(played.result).toMatchObject({ failure: null, tokens: { input: 100, output: 10 } });
    expect(played.result.report.summary).toBe('done');
  });

  it('waits for an answer to anything else, and goes by it', async () => {
    const outside = join(dir, 'outside.txt');
    const steps: readonly AcpStep[] = [{ write: outside, text: 'x', ask: true }, { say: 'tried' }];
    const allowed = await play(steps, {}, true);
    expect(allowed.events.find(({ type }) => type === 'permission')).toMatchObject({
      tool: 'edit',
      summary: outside,
    });
    expect(readFileSync(outside, 'utf8')).toBe('x');
    rmSync(outside);
    const denied = await play(steps, {}, false);
    expect(kinds(denied)).toContain('denied');
    expect(existsSync(outside)).toBe(false);
    // What it makes of it is its own affair.
    expect(denied.result.failure).toBeNull();
  });

  it.each([
    'touch b; touch evil',
    'touch b && touch evil',
    'touch b $(touch evil)',
    'touch b\ntouch evil',
    'touch bevil',
    'TOUCH=1 touch b',
  ])('asks about %j, which only begins like what was approved', async (run) => {
    const played = await play([{ run, ask: true }], { allowedCommands: ['touch b'] }, false);
    expect(kinds(played)).toContain('permission');
    expect(made('evil')).toBe(false);
  });

  it.each(['../x.txt', '.git/hooks/pre-commit', 'sub/.GIT/config', '.'])(
    'asks before it touches %s',
    async (path) => {
      const played = await play([{ write: path, text: 'x', ask: true }], {}, false);
      expect(kinds(played)).toContain('permission');
    },
  );

  it('is refused unasked what its definition leaves out', async () => {
    const agent = { ...plainSpec(dir, {}).agent, tools: ['Read'] };
    const played = await play([{ run: 'touch b', ask: true }], { agent, fullPermissions: true });
    expect(kinds(played)).toContain('denied');
    expect(made('b')).toBe(false);
  });

  it('may everything where the person said so', async () => {
    const run = `touch b; touch ${join(dir, 'c')}`;
    const played = await play([{ run, ask: true }], { fullPermissions: true });
    expect(kinds(played)).not.toContain('permission');
    expect(made('b')).toBe(true);
  });

  it('ends without an answer when it is stopped while it asks', async () => {
    const spec = plainSpec(dir, {
      prompt: acpMarker([{ run: 'touch b', ask: true }]),
      settings: { ...settings, env: { ACP_STATE: join(dir, 'home', 'acp') } },
      timeoutMs: 600_000,
    });
    const session = create(createSupervisor(systemClock)).start(spec);
    for await (const event of session.events) if (event.type === 'permission') session.stop();
    expect(await session.result).toMatchObject({ stopped: true, sessionId: 's1' });
    expect(made('b')).toBe(false);
  });

  it('tells how it ended', async () => {
    expect(await reasons([{ stop: 'refusal' }])).toBe('refused');
    expect(await reasons([{ stop: 'max_tokens' }])).toBe('agent_error');
    expect(await reasons([{ exit: 0 }])).toBe('agent_error');
    expect(await reasons([{ fail: { code: -32_000, message: 'please' } }])).toBe('auth');
    expect(await reasons([{ fail: { code: 401, message: 'no' } }])).toBe('auth');
    expect(await reasons([{ fail: { code: 429, message: 'slow down' } }])).toBe('rate_limited');
    expect(await reasons([{ fail: { code: 500, message: 'x' } }])).toBe('provider');
    const env = { ACP_VERSION: '7' };
    expect(await reasons([], { settings: { ...settings, env } })).toBe('agent_error');
  });

  it('counts only what this prompt cost, and lets noise pass', async () => {
    const steps = [{ noise: 'warming up' }, { noise: '{broken' }, { cost: 0.25 }, { say: 'x' }];
    const { result } = await play(steps);
    expect(result).toMatchObject({ failure: null, costUsd: 0.25 });
    const again = await play([...steps, { say: 'y' }], { sessionId: result.sessionId });
    expect(again.result).toMatchObject({ failure: null, sessionId: 's1' });
    // What it said before is its history, not its answer.
    expect(again.result.report.summary).toBe('y');
  });
});
