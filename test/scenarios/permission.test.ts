// An agent that asks for leave, through the real coordinator: a real process that speaks the Agent
// Client Protocol, asks, waits, and goes on with its session when it was answered later.

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

import { newRun } from '../../src/app/new-run.ts';
import { proceed } from '../../src/app/proceed.ts';
import { send } from '../../src/app/send.ts';
import { showKey } from '../../src/app/show.ts';
import type { RunEvent } from '../../src/model/event.ts';
import type { Run } from '../../src/model/run.ts';
import { acpMarker, type AcpStep } from '../fixtures/acp-marker.ts';
import { makeRig, taskOf, value } from './rig.ts';
import type { Rig } from './rig.ts';

const AGENT = fileURLToPath(new URL('../fixtures/acp-agent.mjs', import.meta.url));
const LOOK = { stages: false, attempts: true, evidence: false, diff: false };
const NEVER = new AbortController().signal;

function rigWith(): Rig {
  return makeRig({
    config: {
      runtimes: {
        default: 'helper',
        helper: { protocol: 'acp', binary: process.execPath, args: [AGENT] },
      },
      checks: [],
      // The agent's program is all that it needs to see besides.
      sandbox: { read: [dirname(AGENT)] },
    },
  });
}

function plan(steps: readonly AcpStep[], more: object = {}): object[] {
  const description = acpMarker(steps);
  return [{ id: 'a', title: 'Do it', description, runtime: 'helper', ...more }];
}

/** Carries a run on with somebody there who says the same to whatever is asked. */
async function withSomebody(
  rig: Rig,
  tasks: readonly object[],
  answer: string,
): Promise<{ run: Run; seen: readonly unknown[] }> {
  const { app } = rig;
  const text = JSON.stringify({ goal: 'A goal', tasks });
  const request = { goal: null, plan: { path: 'plan.json', text }, yes: true, now: true };
  const { run } = value(await newRun(app, request));
  const seen: unknown[] = [];
  const answered = new Set<string>();
  const reply = async (events: readonly RunEvent[]): Promise<void> => {
    for (const { event } of events) {
      if (event.type !== 'attempt-blocked' || answered.has(event.ask)) continue;
      answered.add(event.ask);
      seen.push(value(await showKey(app, event.attempt, LOOK)).json);
      value(await send(app, { type: 'answer', ask: event.ask, answer, by: 'ann' }));
    }
  };
  const face = {
    onEvents: (events: readonly RunEvent[]) => {
      rig.events.push(...events);
      void reply(events);
    },
    mayAnswer: () => true,
    interrupted: NEVER,
    hurried: NEVER,
    approve: () => Promise.resolve('later' as const),
  };
  const end = value(await proceed(app, [run], face));
  const found = end.runs[0];
  if (found === undefined) throw new Error(`no run ${run}`);
  return { run: found, seen };
}

const ASKS: readonly AcpStep[] = [
  { write: 'a.txt', text: 'a', ask: true },
  { run: 'touch b.txt', ask: true },
  { run: 'echo c > c.txt', ask: true },
  { say: 'done' },
];

function kinds(rig: Rig): string[] {
  return rig.events.map(({ event }) => event.type);
}

it('lets an agent do unasked what is usual, and commands that were approved', async () => {
  const rig = rigWith();
  const tasks = plan([ASKS[0] ?? {}, { run: 'true', ask: true }], { checks: ['true'] });
  const run = await rig.run(tasks);
  expect(run.status.state).toBe('completed');
  expect(kinds(rig)).not.toContain('ask-opened');
  expect(rig.onBranch(run, 'a.txt')).toBe('a');
});

it('asks somebody who is there, and goes on in the same attempt', async () => {
  const rig = rigWith();
  const { run, seen } = await withSomebody(rig, plan(ASKS), 'allow');
  expect(run.status.state).toBe('completed');
  expect(taskOf(run, 'a').attempts).toHaveLength(1);
  expect(run.asks.map(({ kind, question, choices }) => ({ kind, question, choices }))).toEqual([
    { kind: 'permission', question: 'May it run: touch b.txt', choices: ['allow', 'deny'] },
    { kind: 'permission', question: 'May it run: echo c > c.txt', choices: ['allow', 'deny'] },
  ]);
  // While it waits, everybody sees what for.
  expect(seen[0]).toMatchObject({
    attempts: [{ state: 'running', blockedOn: `${run.key}?1` }],
    task: { state: 'running', because: { reason: 'ask', text: 'May it run: touch b.txt' } },
  });
  expect(rig.onBranch(run, 'c.txt')).toBe('c');
});

it('does without what was denied', async () => {
  const rig = rigWith();
  const { run } = await withSomebody(rig, plan(ASKS), 'deny');
  expect(run.status.state).toBe('completed');
  expect(rig.git('ls-tree', '--name-only', run.branch).split('\n')).toEqual(['README.md', 'a.txt']);
});

it('waits for nobody: it is stopped, its work kept, and the answer goes on with its session', async () => {
  const rig = rigWith();
  const before = await rig.run(plan(ASKS));
  const task = taskOf(before, 'a');
  expect(task.status).toMatchObject({ state: 'waiting', ask: `${before.key}?1` });
  expect(task.attempts[0]).toMatchObject({
    status: { state: 'ended', outcome: { kind: 'canceled', why: 'permission' } },
    sessionId: 's1',
  });
  expect(task.attempts[0]?.keptRef).not.toBeNull();
  expect(task.failures).toBe(0);

  await rig.send({ type: 'answer', ask: `${before.key}?1`, answer: 'allow', by: 'ann' });
  const between = await rig.resume(before.key);
  // What was answered holds for what was asked, and for nothing else.
  expect(taskOf(between, 'a').status).toMatchObject({ state: 'waiting', ask: `${before.key}?2` });
  await rig.send({ type: 'answer', ask: `${before.key}?2`, answer: 'allow', by: 'ann' });
  const after = await rig.resume(before.key);
  expect(after.status.state).toBe('completed');
  const { attempts } = taskOf(after, 'a');
  expect(attempts.map(({ sessionId }) => sessionId)).toEqual(['s1', 's1', 's1']);
  expect(rig.onBranch(after, 'c.txt')).toBe('c');
  expect(rig.onBranch(after, 'b.txt')).toBe('');
});
