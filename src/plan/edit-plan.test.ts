import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { SAMPLE_AGENT_NAMES, samplePlanContext } from '../../test/sample-plan.ts';
import { samplePlanTask } from '../../test/sample-run.ts';
import { NO_HISTORY } from '../model/history.ts';
import type { PastTask } from '../model/history.ts';
import { FAILURE_STRATEGIES, PRIORITIES } from '../model/plan.ts';
import type { PlanTask } from '../model/plan.ts';
import { checkPlan } from './check-plan.ts';
import { editPlan } from './edit-plan.ts';
import type { EditedPlan, PlanEdit } from './edit-plan.ts';
import { historyOf } from './expect.ts';
import { forecast } from './forecast.ts';
import { readPlan } from './plan-file.ts';
import { writePlan } from './write-plan.ts';

const CONTEXT = samplePlanContext();
const CHAIN = [
  samplePlanTask('a'),
  samplePlanTask('b', { dependsOn: ['a'] }),
  samplePlanTask('b.x', { dependsOn: ['b'] }),
];
const edit = (...edits: PlanEdit[]): EditedPlan => editPlan(CHAIN, edits, CONTEXT);
const split = (...into: string[]): PlanEdit => ({ kind: 'split', id: 'b', into });
const set = (target: string, value: string): PlanEdit => ({ kind: 'set', target, value });
const edges = (edited: EditedPlan): unknown =>
  edited.ok
    ? Object.fromEntries(edited.tasks.map(({ id, dependsOn }) => [id, dependsOn]))
    : edited.message;

describe('editPlan', () => {
  it('adds a task', () => {
    const added = edit({ kind: 'add', title: 'Write tests', dependsOn: ['b'] });
    expect(added).toMatchObject({
      ok: true,
      tasks: [...CHAIN, { id: 'write-tests', agent: 'qa-engineer', dependsOn: ['b'] }],
    });
    expect(edges(edit({ kind: 'add', title: 'A', dependsOn: [] }))).toMatchObject({ 'a-2': [] });
    expect(edit({ kind: 'add', title: 'T', dependsOn: ['c'] })).toMatchObject({
      ok: false,
      message: expect.stringContaining('there is no task "c"'),
    });
    expect(edit({ kind: 'add', title: 'a\nb', dependsOn: [] }).ok).toBe(false);
    expect(edit({ kind: 'add', title: '日本', dependsOn: [] })).toMatchObject({ ok: true });
  });

  it('removes a task and closes the gap', () => {
    expect(edges(edit({ kind: 'remove', id: 'b' }))).toEqual({ a: [], 'b.x': ['a'] });
    expect(edit({ kind: 'remove', id: 'zz' })).toMatchObject({ message: 'there is no task "zz"' });
    expect(editPlan([samplePlanTask('a')], [{ kind: 'remove', id: 'a' }], CONTEXT).ok).toBe(false);
  });

  it('says what waits for something else after it', () => {
    expect(edit({ kind: 'remove', id: 'b' })).toMatchObject({
      notes: ['b.x waited for b: it waits for a now.'],
    });
    expect(edit({ kind: 'remove', id: 'a' })).toMatchObject({
      notes: ['b waited for a: it waits for nothing now.'],
    });
    expect(edit(set('a.title', 'New'))).toMatchObject({ notes: [] });
  });

  it('splits a task: its pieces take its place', () => {
    const done = edit(split('Write the login API', 'Rest of b', 'Rest of b'));
    expect(edges(done)).toEqual({
      a: [],
      'write-the-login-api': ['a'],
      'rest-of-b': ['a'],
      'rest-of-b-2': ['a'],
      'b.x': ['write-the-login-api', 'rest-of-b', 'rest-of-b-2'],
    });
    expect(done).toMatchObject({
      notes: ['b.x waited for b: it waits for write-the-login-api, rest-of-b, rest-of-b-2 now.'],
      tasks: [{}, { agent: 'backend-developer' }, { agent: CHAIN[1]?.agent }, {}, {}],
    });
  });

  it('gives what proves the whole to the last piece, which waits for the others', () => {
    const checks = { checks: ['npm test'], acceptance: ['It works'] };
    const estimate = { minutes: 10, usd: 1 };
    const whole = [
      samplePlanTask('a', { ...checks, estimate }),
      samplePlanTask('b', { dependsOn: ['a'] }),
    ];
    const done = editPlan(whole, [{ kind: 'split', id: 'a', into: ['One', 'Two'] }], CONTEXT);
    expect(edges(done)).toEqual({ one: [], two: ['one'], b: ['two'] });
    expect(done).toMatchObject({
      tasks: [
        { checks: [], acceptance: [], estimate: { minutes: 5, usd: 0.5 } },
        { ...checks, description: expect.stringContaining('It works') },
        {},
      ],
    });
  });

  it('splits only what has pieces', () => {
    expect(edit(split('One'))).toMatchObject({ message: expect.stringMatching(/two pieces/u) });
    expect(edit({ kind: 'split', id: 'zz', into: ['A', 'B'] })).toMatchObject({
      message: 'there is no task "zz"',
    });
    const plain = [samplePlanTask('a', { runtime: 'command', command: ['ls'] })];
    expect(editPlan(plain, [{ kind: 'split', id: 'a', into: ['A', 'B'] }], CONTEXT)).toMatchObject({
      ok: false,
      message: '"a" is a plain command',
    });
  });

  it('sets fields of the plan file', () => {
    expect(edit(set('a.title', 'Do this: now'))).toMatchObject({
      tasks: [{ title: 'Do this: now' }, {}, {}],
    });
    expect(edit(set('b.x.timeout', '60'))).toMatchObject({ tasks: [{}, {}, { timeoutSecs: 60 }] });
    expect(edit(set('a.estimate.minutes', '7'))).toMatchObject({
      tasks: [{ estimate: { minutes: 7 } }, {}, {}],
    });
    expect(edges(edit(set('b.x.depends_on', '[a]')))).toMatchObject({ 'b.x': ['a'] });
    // b waits for a already.
    expect(edges(edit(set('b.x.depends_on', '[a, b]')))).toMatchObject({ 'b.x': ['b'] });
    expect(edges(edit(set('a.id', 'z')))).toEqual({ z: [], b: ['z'], 'b.x': ['b'] });
    expect(edit(set('a.agent', ''))).toMatchObject({
      tasks: [{ agent: 'general-purpose' }, {}, {}],
    });
    expect(
      edit(set('a.runtime', 'command'), set('a.command', '[ls]'), set('a.workspace', 'none')),
    ).toMatchObject({
      tasks: [{ command: ['ls'], workspace: 'none', expectChanges: false }, {}, {}],
    });
  });

  it('says why a field cannot be set', () => {
    expect(edit(set('a.agent', 'tech-led'))).toEqual({
      ok: false,
      message: 'tasks[0].agent: unknown agent "tech-led"',
      hint: 'did you mean tech-lead?',
    });
    expect(edges(edit(set('a.depends_on', '[b.x]')))).toMatch(/wait for each other/u);
    expect(edges(edit(set('a.titel', 'x')))).toMatch(/unknown key "titel"/u);
    expect(edges(edit(set('a.__proto__', '{x: 1}')))).toMatch(/unknown key/u);
    expect(edges(edit(set('a.a.b.c', 'x')))).toMatch(/too deep/u);
    expect(edges(edit(set('title', 'x')))).toMatch(/no task "title"/u);
    expect(edges(edit(set('a.title', '*x')))).toMatchObject({ a: [] });
  });

  it('keeps why an agent was chosen', () => {
    expect(edit(set('a.title', 'T'))).toMatchObject({
      tasks: [{ agentReason: 'keyword "api"' }, {}, {}],
    });
    expect(edit(set('a.agent', 'tech-lead'))).toMatchObject({
      tasks: [{ agentReason: 'named in the plan' }, {}, {}],
    });
  });
});

const text = fc
  .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
  .filter(
    (each) => each.trim() === each && each !== '' && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(each),
  );
const texts = fc.array(text, { maxLength: 3 });
const anyTask = (index: number): fc.Arbitrary<PlanTask> =>
  fc
    .record({
      title: text,
      description: fc.oneof(fc.constant(''), text),
      agent: fc.constantFrom(...SAMPLE_AGENT_NAMES),
      requires: texts,
      dependsOn: fc.uniqueArray(
        fc.nat({ max: Math.max(0, index - 1) }).map((n) => `t${n}`),
        {
          maxLength: index === 0 ? 0 : 3,
        },
      ),
      acceptance: texts,
      checks: texts,
      files: fc.constantFrom([], ['src/**'], ['a b.ts', '*.md']),
      onFailure: fc.constantFrom(...FAILURE_STRATEGIES),
      fallback: fc.constantFrom(null, { agent: 'tech-lead', runtime: null }),
      maxAttempts: fc.integer({ min: 1, max: 100 }),
      timeoutSecs: fc.integer({ min: 1, max: 604_800 }),
      priority: fc.constantFrom(...PRIORITIES),
      approval: fc.boolean(),
      estimate: fc.record({
        minutes: fc.constantFrom(null, 0, 6.5),
        usd: fc.constantFrom(null, 0.4),
      }),
      expectChanges: fc.boolean(),
    })
    .map((more) => samplePlanTask(`t${index}`, more));
const anyPlan = fc
  .integer({ min: 1, max: 6 })
  .chain((size) => fc.tuple(...Array.from({ length: size }, (_, index) => anyTask(index))));

describe('writePlan', () => {
  it('writes what readPlan reads', () => {
    fc.assert(
      fc.property(text, anyPlan, (goal, tasks) => {
        const back = readPlan(writePlan(goal, tasks), CONTEXT);
        expect(back).toMatchObject({ ok: true, goal });
        if (!back.ok) return;
        expect(back.tasks).toEqual(
          checkPlan(tasks, CONTEXT).tasks.map((each) =>
            Object.assign({}, each, { agentReason: 'named in the plan' }),
          ),
        );
      }),
    );
  });

  it('writes commands', () => {
    const command = ['sh', '-c', 'echo "a: b" # c\n  - d', '', ' *x', 'null', '1.0'];
    const task = samplePlanTask('a', { agent: 'general-purpose', runtime: 'command', command });
    expect(readPlan(writePlan('x', [task]), CONTEXT)).toMatchObject({ tasks: [{ command }] });
  });
});

const estimated = (
  id: string,
  minutes: number | null,
  dependsOn: string[] = [],
  usd: number | null = null,
): PlanTask => samplePlanTask(id, { dependsOn, estimate: { minutes, usd } });

describe('forecast', () => {
  it('deals the tasks to the slots', () => {
    const plan = [
      estimated('a', 2),
      estimated('b', 5, ['a'], 0.5),
      estimated('c', 4, ['a'], 0.25),
      estimated('d', 1, ['b', 'c']),
    ];
    const usd = { low: 0.75, middle: 0.75, high: 0.75 };
    expect(forecast(plan, 4, NO_HISTORY)).toEqual({
      minutes: 8,
      slots: 4,
      criticalPath: ['a', 'b', 'd'],
      criticalMinutes: 8,
      usd,
      unpriced: 2,
      from: { estimates: 4, history: 0, guesses: 0, pastTasks: 0 },
    });
    expect(forecast(plan, 1, NO_HISTORY).minutes).toBe(12);
    expect(forecast([estimated('x', null)], 4, NO_HISTORY)).toMatchObject({
      minutes: 10,
      usd: null,
      unpriced: 1,
      from: { guesses: 1 },
    });
    expect(forecast([], 4, NO_HISTORY)).toMatchObject({ minutes: 0, criticalPath: [] });
  });

  it('goes by the past, and says by how much of it', () => {
    const done = { agent: 'backend-developer', kind: 'work', runtime: 'claude' } as const;
    const past: readonly PastTask[] = [1, 2, 3, 4, 5].map((usd) =>
      Object.assign({ usd, minutes: 20, estimatedMinutes: 10 }, done),
    );
    const tasks = ['a', 'b'].map((id) =>
      samplePlanTask(id, { agent: 'backend-developer', estimate: { minutes: 10, usd: 0.1 } }),
    );
    const other = samplePlanTask('c', { agent: 'tech-lead', estimate: { minutes: 5, usd: null } });
    expect(forecast([...tasks, other], 1, historyOf(past))).toMatchObject({
      minutes: 45,
      criticalMinutes: 20,
      usd: { low: 4, middle: 6, high: 8 },
      unpriced: 1,
      from: { estimates: 1, history: 2, guesses: 0, pastTasks: 5 },
    });
  });

  it('is never shorter than the critical path nor longer than everything in turn', () => {
    fc.assert(
      fc.property(anyPlan, fc.integer({ min: 1, max: 5 }), (tasks, slots) => {
        const { minutes, criticalMinutes } = forecast(tasks, slots, NO_HISTORY);
        expect(minutes).toBeGreaterThanOrEqual(criticalMinutes);
        expect(minutes).toBeLessThanOrEqual(forecast(tasks, 1, NO_HISTORY).minutes);
      }),
    );
  });
});
