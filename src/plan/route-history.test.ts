import { describe, expect, it } from 'vitest';

import type { PastPick } from '../model/history.ts';
import { routeTask, routingOf, withHistory } from './route.ts';
import type { Routing } from './route.ts';

const ALL = routingOf(
  [
    'backend-developer',
    'security-engineer',
    'frontend-designer',
    'qa-engineer',
    'general-purpose',
  ].map((name) => ({ name, capabilities: [] })),
  { '*billing*': 'qa-engineer' },
);
/** Speaks for both, more for security. */
const BOTH = 'Secure endpoint';
const [BACKEND, SECURITY] = ['backend-developer', 'security-engineer'];

const done = (agent: string, passed: boolean, title: string = 'Secure handler'): PastPick => ({
  kind: 'done',
  title,
  agent,
  passed,
});
const times = (count: number, pick: PastPick): readonly PastPick[] =>
  Array.from({ length: count }, () => pick);
const after = (...past: PastPick[]): Routing => withHistory(ALL, past);

const agentAfter = (...past: PastPick[]): string =>
  routeTask({ title: BOTH }, after(...past)).agent;

describe('outcomes in the routing', () => {
  it('decide between agents about equal, and say so', () => {
    expect(routeTask({ title: BOTH }, ALL).agent).toBe(SECURITY);
    const past = [
      ...times(9, done(BACKEND, true)),
      done(BACKEND, false),
      ...times(4, done(SECURITY, false)),
    ];
    expect(routeTask({ title: BOTH }, after(...past))).toMatchObject({
      agent: BACKEND,
      reason:
        '"endpoint" in the title, before security-engineer by history: 9 of 10 first-try passes',
      history: {
        [BACKEND]: { tried: 10, passed: 9, given: 0, taken: 0 },
        [SECURITY]: { tried: 4, passed: 0 },
      },
    });
  });

  it('need enough of them, and a clear difference', () => {
    expect(agentAfter(...times(2, done(SECURITY, false)), ...times(2, done(BACKEND, true)))).toBe(
      SECURITY,
    );
    expect(agentAfter(...times(9, done(SECURITY, true)), ...times(10, done(BACKEND, true)))).toBe(
      SECURITY,
    );
    // Nobody knows how the first one would do: ten of ten are no reason yet.
    expect(agentAfter(...times(3, done(BACKEND, true)))).toBe(SECURITY);
    // What they did at other tasks says nothing about these.
    const others = [
      ...times(9, done(SECURITY, false, 'Rotate the password')),
      ...times(9, done(BACKEND, true, 'Add a REST endpoint')),
    ];
    expect(agentAfter(...others)).toBe(SECURITY);
  });

  it('count a person who gives such a task to somebody else three times', () => {
    const given: PastPick = { kind: 'given', title: 'Secure handler', from: SECURITY, to: BACKEND };
    expect(routeTask({ title: BOTH }, after(given))).toMatchObject({
      agent: BACKEND,
      reason: expect.stringContaining('history: given such a task by a person once'),
    });
    // What the two really do outweighs it in the end.
    const mixed = [given, ...times(2, done(BACKEND, false)), ...times(2, done(SECURITY, true))];
    expect(routeTask({ title: BOTH }, after(...mixed)).agent).toBe(SECURITY);
    expect(routeTask({ title: BOTH }, after(given, done(BACKEND, false))).agent).toBe(BACKEND);
    // Named at the start of a run: taken from whoever the words mean.
    const named: PastPick = { kind: 'given', title: 'Secure handler', from: null, to: BACKEND };
    expect(routeTask({ title: BOTH }, after(named)).agent).toBe(BACKEND);
    const same: PastPick = { ...named, to: SECURITY };
    expect(routeTask({ title: BOTH }, after(same)).history).toBeUndefined();
  });

  it('never beat a name, a type, a pattern or a word that clearly means somebody', () => {
    const past = [...times(50, done(BACKEND, true)), ...times(50, done(SECURITY, false))];
    const routing = after(...past, ...times(50, done('frontend-designer', true)));
    const agentOf = (task: Parameters<typeof routeTask>[0]): string =>
      routeTask(task, routing).agent;
    expect(agentOf({ title: BOTH })).toBe(BACKEND);
    expect(agentOf({ title: BOTH, agent: SECURITY })).toBe(SECURITY);
    expect(agentOf({ title: BOTH, type: 'security' })).toBe(SECURITY);
    expect(agentOf({ title: 'Secure billing endpoint' })).toBe('qa-engineer');
    expect(agentOf({ title: 'Encrypt the secret' })).toBe(SECURITY);
    expect(agentOf({ title: 'Tidy' })).toBe('general-purpose');
    // An agent that is not there any more is not chosen.
    expect(routeTask({ title: BOTH }, after(...times(9, done('gone', true)))).agent).toBe(SECURITY);
  });
});
