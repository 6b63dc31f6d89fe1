// What every real program must come to behind the port: one suite, one entry a program in
// real-clis.ts. All tests of a program share one scripted model, and several run at once.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';

import { systemClock } from '../../src/adapters/clock/system.ts';
import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import { WORK_ANSWER_SCHEMA } from '../../src/model/answer.ts';
import type {
  AgentEvent,
  AgentRuntime,
  AttemptResult,
  AttemptSpec,
  Session,
} from '../../src/ports/agent-runtime.ts';
import type { Clock } from '../../src/ports/clock.ts';
import {
  marker,
  startScriptedModel,
  type ModelMove,
  type ModelRequest,
  type ScriptedModel,
} from '../../src/testing/index.ts';
import { isAlive, plainSpec, StillClock, until } from '../conformance/runtime.testsuite.ts';
import { settingsFor, type Case, type RealCli } from './real-clis.ts';

let model: ScriptedModel;

/** Starts the model of a file; to be called at its top. */
export function shareModel(): void {
  beforeAll(async () => {
    model = await startScriptedModel();
  });
  afterAll(() => model.close());
}

/** One program in a place of its own, for a person of its own. */
interface Desk {
  readonly dir: string;
  readonly runtime: AgentRuntime;
  readonly start: (moves: readonly ModelMove[], more?: Partial<AttemptSpec>) => Session;
  readonly run: (moves: readonly ModelMove[], more?: Partial<AttemptSpec>) => Promise<Ran>;
  /** What the model was asked from here. */
  readonly requests: () => readonly ModelRequest[];
  readonly work: (path: string) => string;
}

interface Ran extends AttemptResult {
  readonly seen: readonly AgentEvent[];
}

type Who = 'person' | 'subscriber' | 'stranger';

function makeDesk(
  cli: RealCli,
  { who = 'person', clock = systemClock }: { who?: Who; clock?: Clock } = {},
): Desk {
  const dir = mkdtempSync(join(tmpdir(), `tutti-${cli.id}-`));
  for (const name of ['work', 'home', 'person']) mkdirSync(join(dir, name));
  const home = join(dir, 'person');
  const known = {
    person: () => cli.person(home, model.url),
    subscriber: () => (cli.subscriber ?? cli.person)(home, model.url),
    stranger: () => cli.stranger,
  }[who]();
  const environment = { PATH: process.env['PATH'] ?? '', HOME: home, ...known };
  const supervisor = createSupervisor(clock);
  const runtime = cli.create(supervisor, environment);
  const mark = `test-${dir.slice(-6)}-${process.pid}`;
  const settings = settingsFor(cli, model.url);
  const { agent } = plainSpec(dir, {});
  onTestFinished(async () => {
    // Whatever became of it: nothing is left at work.
    expect(await supervisor.sweep([mark])).toBe(0);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  const start: Desk['start'] = (moves, more = {}) => {
    const prompt = `${more.prompt ?? ''}Please (${mark}). ${marker(...moves)}`;
    const env = { PATH: environment.PATH, HOME: home };
    return runtime.start(
      plainSpec(dir, { env, settings, mark, agent, model: cli.model, ...more, prompt }),
    );
  };
  return {
    dir,
    runtime,
    start,
    run: async (moves, more) => {
      const session = start(moves, more);
      const seen: AgentEvent[] = [];
      for await (const event of session.events) seen.push(event);
      return { ...(await session.result), seen };
    },
    requests: () => model.requests.filter(({ prompt }) => prompt.includes(mark)),
    work: (path) => join(dir, 'work', path),
  };
}

/** Lets time pass by hand until it is over. */
async function crank(session: Session, clock: StillClock): Promise<AttemptResult> {
  let over = false;
  const result = session.result.finally(() => {
    over = true;
  });
  await until(() => {
    clock.advance(1_000);
    return over;
  });
  return result;
}

/**
 * Registers the tests of a real program; to be called inside `describe`.
 *
 * @param cli - The program.
 */
export function testRealCli(cli: RealCli): void {
  /** Of a program that is slow to start, only a sample is tried. */
  const has = (wanted: Case): boolean => cli.cases?.includes(wanted) ?? true;
  const when = (wanted: Case, name: string, body: () => Promise<void>): void => {
    // oxlint-disable-next-line vitest/expect-expect -- the assertions are in the body
    if (has(wanted)) it(name, body);
  };
  const desk = (how?: Parameters<typeof makeDesk>[1]): Desk => makeDesk(cli, how);
  const FULL = { fullPermissions: true };

  when('probe', 'is found, with its version, and its login is known without asking', async () => {
    const { runtime } = desk();
    const found = await runtime.probe(settingsFor(cli, model.url));
    expect(found).toMatchObject({ id: cli.id, found: true, version: cli.version });
    expect(found.loggedIn).not.toBe(false);
    const { runtime: strange } = desk({ who: 'stranger' });
    const stranger = await strange.probe(settingsFor(cli, model.url));
    expect(stranger).toMatchObject({ found: true, loggedIn: false });
    expect(stranger.hint).toMatch(/log in/iu);
    const missing = await runtime.probe({ ...settingsFor(cli, model.url), binary: '/nonexistent' });
    expect(missing).toMatchObject({ found: false, hint: expect.stringMatching(/npm install/u) });
  });

  when(
    'write',
    'writes a file, and tells what it does in the same words as the others',
    async () => {
      const { run, work } = desk();
      const result = await run([
        { write: { path: 'hello.txt', content: 'hi\n' } },
        { say: 'wrote it' },
      ]);
      expect(result).toMatchObject({ failure: null, stopped: false });
      expect(readFileSync(work('hello.txt'), 'utf8').trim()).toBe('hi');
      expect(result.report).toMatchObject({ status: 'done', summary: 'wrote it' });
      const order = result.seen.map(({ type }) => type).filter((type) => type !== 'usage');
      expect(order).toEqual(['session', 'tool_use', 'tool_result', 'text']);
      expect(result.seen).toContainEqual({ type: 'tool_result', ok: true });
      const last = result.seen.findLast(({ type }) => type === 'usage');
      expect(last).toMatchObject({ tokens: result.tokens });
      // Two answers: what came from the cache is no input.
      expect(result.tokens).toEqual(cli.tokens ?? { input: 200, cached: 20, output: 40 });
    },
  );

  when('schema', 'answers to a schema', async () => {
    const value = { status: 'blocked', summary: 'half of it', question: 'Which half?' };
    const result = await desk().run([{ answer: value }, { say: 'answered' }], {
      schema: WORK_ANSWER_SCHEMA,
    });
    expect(result.failure).toBeNull();
    expect(result.report).toMatchObject(value);
    expect(result.structured).toMatchObject(value);
  });

  const errors = [
    ['auth', { status: 401, message: 'invalid x-api-key' }, /log in|api.key/iu],
    [
      'rate_limited',
      { status: 429, message: 'too many requests: slow down', retry_after_secs: 1 },
      /./u,
    ],
    ['provider', { status: 500, message: 'broken' }, /./u],
  ] as const;
  it.each(errors.filter(([reason]) => has(reason)))(
    'ends with %s where the model fails with %j',
    async (reason, fail, words) => {
      const { run, requests } = desk();
      const result = await run([{ fail }]);
      expect(result.failure?.reason).toBe(reason);
      expect(result.failure?.message).toMatch(words);
      expect(result.costUsd ?? 0).toBe(0);
      // It gives up by itself.
      expect(requests().length).toBeLessThanOrEqual(8);
    },
  );

  when('quota', 'tells until when a plan is used up', async () => {
    const before = Date.now();
    const result = await desk({ who: 'subscriber' }).run([
      { fail: { status: 429, resets_in_secs: 7200 } },
    ]);
    expect(result.failure?.reason).toBe('quota');
    const in2h = (result.failure?.retryAt ?? 0) - 7_200_000;
    // Some tell minutes only, and then those are over.
    expect(in2h).toBeGreaterThanOrEqual(before);
    expect(in2h).toBeLessThan(Date.now() + 62_000);
  });

  when('recovery', 'goes on when the model recovers', async () => {
    const result = await desk().run([
      { fail: { status: 500, message: 'hiccup', times: 1 } },
      { say: 'better' },
    ]);
    expect(result).toMatchObject({ failure: null, report: { summary: 'better' } });
  });

  when('refusal', 'says that the model refused', async () => {
    expect((await desk().run([{ refuse: 'I will not' }])).failure?.reason).toBe('refused');
  });

  when('hang', 'is over when the model never answers', async () => {
    const clock = new StillClock();
    const { start, requests } = desk({ clock });
    const session = start([{ hang: true }], { idleTimeoutMs: 30_000 });
    await until(() => requests().length > 0);
    const result = await crank(session, clock);
    expect(result).toMatchObject({ stopped: false, failure: { reason: 'idle_timeout' } });
  });

  when(
    'cancel',
    'leaves nothing behind when it is stopped in the middle, and goes on later',
    async () => {
      const { start, run, work, requests } = desk();
      const moves = [
        { run: 'echo $$ > pid.tmp; mv pid.tmp pid; exec sleep 600' },
        { say: 'never' },
      ];
      const session = start(moves, FULL);
      await until(() => existsSync(work('pid')));
      session.stop();
      session.stop();
      const first = await session.result;
      expect(first).toMatchObject({ stopped: true, failure: null });
      expect(isAlive(Number(readFileSync(work('pid'), 'utf8')))).toBe(false);
      if (!has('resume')) return;
      const again = await run([{ say: 'at last' }], { sessionId: first.sessionId });
      expect(again).toMatchObject({ failure: null, sessionId: first.sessionId });
      // What was asked before is there, however much of the answer was kept.
      expect(
        requests()
          .at(-1)
          ?.body.includes(marker(...moves)),
      ).toBe(true);
    },
  );

  when('resume', 'continues a session, and counts only what is new', async () => {
    const { run, requests } = desk();
    const first = await run([{ say: 'the first word' }]);
    const again = await run([{ say: 'the second' }], { sessionId: first.sessionId });
    expect(again).toMatchObject({ failure: null, report: { summary: 'the second' } });
    expect(again.sessionId).toBe(first.sessionId);
    expect(requests().at(-1)?.body.includes('the first word')).toBe(true);
    expect(again.tokens).toEqual(first.tokens);
    const unknown = '00000000-0000-4000-8000-000000000001';
    const fresh = await run([{ say: 'afresh' }], { sessionId: unknown });
    expect(fresh).toMatchObject({ failure: null, report: { summary: 'afresh' } });
    expect(fresh.sessionId).not.toBe(unknown);
  });

  when('flood', 'may flood', async () => {
    const { run, dir } = desk();
    // What Claude Code says last must fit into a pipe: it does not wait for it to be read.
    const result = await run([{ run: 'yes flood | head -c 20000000' }, { flood: 20_000 }], {
      ...FULL,
      logLimitBytes: 20_000,
    });
    expect(result.failure).toBeNull();
    expect(result.report.summary).toContain('flood');
    expect(statSync(join(dir, 'output.log')).size).toBeLessThan(25_000);
  });

  when('setsid', 'leaves no child behind that went into a session of its own', async () => {
    const { run, work } = desk();
    const child = `sh -c 'echo $$ > child.tmp; mv child.tmp child; exec sleep 600'`;
    const result = await run(
      [{ spawn: child }, { run: 'while [ ! -e child ]; do sleep 0.1; done' }, { say: 'spawned' }],
      FULL,
    );
    expect(result.failure).toBeNull();
    expect(isAlive(Number(readFileSync(work('child'), 'utf8')))).toBe(false);
  });

  when('prompt', 'is given its prompt, its agent and nothing else to read', async () => {
    const { run, requests, dir, work } = desk();
    writeFileSync(join(dir, 'secret.txt'), 'the secret of the day');
    writeFileSync(work('inside.txt'), 'what stands inside');
    const agent = { ...plainSpec(dir, {}).agent, prompt: '--you are careful, "very"\n' };
    const prompt = `/help\nmail a@b.org, see @${dir}/secret.txt and @inside.txt\n`;
    expect((await run([{ say: 'ok' }], { prompt, agent })).failure).toBeNull();
    const asked = requests().at(-1);
    expect(asked?.body.includes('you are careful')).toBe(true);
    expect(asked?.body.includes('secret.txt')).toBe(true);
    expect(asked?.body.includes('secret of the day')).toBe(false);
    expect(asked?.body.includes('what stands inside')).toBe(false);
  });

  when('megabyte', 'takes a prompt of a megabyte', async () => {
    const { run, requests } = desk();
    const result = await run([{ say: 'long' }], { prompt: 'word '.repeat(200_000) });
    expect(result).toMatchObject({ failure: null, report: { summary: 'long' } });
    expect(requests().at(-1)?.body.length).toBeGreaterThan(1_000_000);
  });

  when('traps', 'starts nothing that the repository brings, and asks nobody else', async () => {
    const { run, dir, work } = desk();
    const trap = await startScriptedModel();
    onTestFinished(() => trap.close());
    for (const [path, text] of Object.entries(cli.traps(`touch ${join(dir, 'pwned')}`, trap.url))) {
      mkdirSync(dirname(work(path)), { recursive: true });
      writeFileSync(work(path), text);
    }
    const result = await run([{ write: { path: 'a.txt', content: 'a\n' } }, { say: 'done' }]);
    if (cli.refuses === undefined) {
      expect(result).toMatchObject({ failure: null, report: { summary: 'done' } });
    } else {
      expect(result.failure?.message).toMatch(cli.refuses);
    }
    expect(existsSync(join(dir, 'pwned'))).toBe(false);
    expect(trap.requests).toEqual([]);
  });
}
