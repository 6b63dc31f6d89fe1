// What scripted agents do beyond what every agent does.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { systemClock } from '../../src/adapters/clock/system.ts';
import { createSupervisor } from '../../src/adapters/process/supervisor.ts';
import { createScriptedRuntime } from '../../src/adapters/runtimes/scripted.ts';
import type { AttemptResult, AttemptSpec } from '../../src/ports/agent-runtime.ts';
import { scriptedAgentPath } from '../../src/testing/index.ts';
import { isAlive, plainSpec, until } from './runtime.testsuite.ts';

let dir: string;
const runtime = createScriptedRuntime({
  supervisor: createSupervisor(systemClock),
  program: scriptedAgentPath,
});

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tutti-scripted-'));
  mkdirSync(join(dir, 'work'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function play(script: string, more: Partial<AttemptSpec> = {}): Promise<AttemptResult> {
  const path = join(dir, 'script.yaml');
  writeFileSync(path, script);
  const env = { ...plainSpec(dir, {}).env, TUTTI_SCRIPT: path, ...more.env };
  return runtime.start(plainSpec(dir, { ...more, env })).result;
}
const read = (path: string): string => readFileSync(join(dir, 'work', path), 'utf8');

it('changes files, and tells what it used', async () => {
  const result = await play(`
default:
  - write: { path: src/a.txt, content: "one two" }
  - edit: { path: src/a.txt, find: one, replace: "$& three" }
  - append: { path: src/a.txt, content: "!" }
  - write: { path: b.txt, content: "{task} {attempt}" }
  - write: { path: c.txt, content: "" }
  - delete: c.txt
  - usage: { input: 7, output: 3, cached: 1, costUsd: 0.5 }
  - say: changed it
`);
  expect(result).toMatchObject({ failure: null, costUsd: 0.5, report: { summary: 'changed it' } });
  expect(result.tokens).toEqual({ input: 7, output: 3, cached: 1 });
  expect(read('src/a.txt')).toBe('$& three two!');
  expect(read('b.txt')).toBe(' 1');
  expect(existsSync(join(dir, 'work/c.txt'))).toBe(false);
});

it('does what the prompt and the attempt say', async () => {
  const script = `
tasks:
  api:
    attempts:
      - - { say: first }
      - - { say: without, unless_prompt: "check failed" }
        - { say: with, if_prompt: "check failed" }
`;
  const env = { TUTTI_PLAN_ID: 'api' };
  const second = { env: { ...env, TUTTI_ATTEMPT: 'SHOP-1.1#2' } };
  expect((await play(script, { env })).report.summary).toBe('first');
  expect((await play(script, second)).report.summary).toBe('without');
  const told = { ...second, prompt: 'the check failed' };
  expect((await play(script, told)).report.summary).toBe('with');
});

it('counts the turns of a session', async () => {
  const script = 'default: [{ say: "{turn}" }]';
  const first = await play(script);
  const again = await play(script, { sessionId: first.sessionId });
  expect([first.report.summary, again.report.summary]).toEqual(['1', '2']);
  expect(again.sessionId).toBe(first.sessionId);
});

it('waits until a file is there', async () => {
  const running = play('default: [{ run: "touch ../here" }, { wait: { file: ../go } }]');
  await until(() => existsSync(join(dir, 'here')));
  writeFileSync(join(dir, 'go'), '');
  expect((await running).failure).toBeNull();
});

it.each([
  ['fail: { reason: rate_limited, message: later }', 'rate_limited', 'later'],
  ['fail: { reason: nonsense }', 'agent_error', 'the script says so'],
  ['exit: 3', 'agent_error', 'exit 3'],
  ['edit: { path: a, find: x, replace: y }', 'agent_error', 'there is no a'],
  ['write: { path: ../outside, content: x }', 'agent_error', 'outside of the working directory'],
  ['write: { path: link/outside, content: x }', 'agent_error', 'outside of the working directory'],
  ['delete: .', 'agent_error', 'outside of the working directory'],
])('fails with %s', async (step, reason, message) => {
  symlinkSync(dir, join(dir, 'work/link'));
  const result = await play(`default:\n  - ${step}\n`);
  expect(result.failure?.reason).toBe(reason);
  expect(result.failure?.message).toContain(message);
  expect(existsSync(join(dir, 'outside'))).toBe(false);
});

it.each([
  ['default: [{ wirte: {} }]', 'script.yaml: default[0]: unknown step `wirte`'],
  ['default: [', 'script.yaml: '],
])('names the place of a mistake in %j', async (script, message) => {
  const result = await play(script);
  expect(result.failure?.reason).toBe('setup_failed');
  expect(result.failure?.message).toContain(message);
});

it('cannot leave anything behind, nor refuse to go', async () => {
  const path = join(dir, 'script.json');
  const steps = [
    { ignore_signals: true },
    { spawn: 'echo $$ > p; exec sleep 600' },
    { hang: true },
  ];
  writeFileSync(path, JSON.stringify({ default: steps }));
  const env = { ...plainSpec(dir, {}).env, TUTTI_SCRIPT: path };
  const session = runtime.start(plainSpec(dir, { env }));
  const pid = (): string => (existsSync(join(dir, 'work/p')) ? read('p').trim() : '');
  await until(() => pid() !== '');
  session.stop();
  session.stop();
  expect((await session.result).stopped).toBe(true);
  expect(isAlive(Number(pid()))).toBe(false);
});
