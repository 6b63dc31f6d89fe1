import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { samplePlanContext } from '../../test/sample-plan.ts';
import type { RunSettings } from '../model/settings.ts';
import { readPlan, readPlanValue } from './plan-file.ts';
import type { ReadPlan } from './plan-file.ts';

const CONTEXT = samplePlanContext();

const read = (text: string, settings: Partial<RunSettings> = {}): ReadPlan =>
  readPlan(text, samplePlanContext(settings));
/** The one task of a plan with these fields, or the messages of what is wrong with it. */
const task = (fields: string, settings: Partial<RunSettings> = {}): unknown => {
  const plan = read(`goal: x\ntasks: [{id: a, title: A, ${fields}}]`, settings);
  return plan.ok ? plan.tasks[0] : plan.problems.map(({ message }) => message);
};
const problems = (text: string): string[] => {
  const plan = read(text);
  return plan.ok
    ? []
    : plan.problems.map(
        (each) => `${each.line}:${each.column} ${each.message} | ${each.hint ?? ''}`,
      );
};

describe('readPlan', () => {
  it('reads a whole task', () => {
    const text = `
goal: Add user authentication
tasks:
  - id: config
    title: Create OAuth configuration
    description: Providers and secrets.
    agent: backend-developer
    requires: [python]
    depends_on: []
    files: ["src/auth/**"]
    acceptance: [It starts]
    checks: [npm test -- auth]
    on_failure: ask
    fallback: { agent: tech-lead, runtime: claude }
    max_attempts: 2
    timeout: 900
    idle_timeout: 60
    priority: high
    locks: [database]
    approval: true
    estimate: { minutes: 6, usd: 0.4 }
  - id: say
    title: Say so
    depends_on: [config]
    runtime: command
    command: ["/bin/true"]
    workspace: none
`;
    expect(read(text)).toEqual({
      ok: true,
      goal: 'Add user authentication',
      warnings: [],
      tasks: [
        {
          id: 'config',
          title: 'Create OAuth configuration',
          description: 'Providers and secrets.',
          kind: 'work',
          agent: 'backend-developer',
          agentReason: 'named in the plan',
          runtime: null,
          requires: ['python'],
          dependsOn: [],
          files: ['src/auth/**'],
          acceptance: ['It starts'],
          checks: ['npm test -- auth'],
          onFailure: 'ask',
          fallback: { agent: 'tech-lead', runtime: 'claude' },
          maxAttempts: 2,
          timeoutSecs: 900,
          idleTimeoutSecs: 60,
          priority: 'high',
          locks: ['database'],
          approval: true,
          estimate: { minutes: 6, usd: 0.4 },
          command: null,
          workspace: 'clone',
          expectChanges: true,
        },
        expect.objectContaining({
          id: 'say',
          agent: 'general-purpose',
          agentReason: 'a plain command',
          dependsOn: ['config'],
          runtime: 'command',
          command: ['/bin/true'],
          workspace: 'none',
          expectChanges: false,
          onFailure: 'retry',
          maxAttempts: 3,
          timeoutSecs: 1800,
          priority: 'medium',
        }),
      ],
    });
  });

  it('routes what names no agent', () => {
    expect(task('depends_on: []')).toMatchObject({ agent: 'general-purpose' });
    const plan = read('goal: x\ntasks: [{id: a, title: Write login tests}]');
    expect(plan).toMatchObject({
      tasks: [{ agent: 'qa-engineer', agentReason: '"tests" in the title' }],
    });
  });

  it('reads JSON, and values that were JSON', () => {
    const plan = { goal: 'x', tasks: [{ id: 'a', title: 'A', approval: true }] };
    expect(readPlan(JSON.stringify(plan), CONTEXT)).toMatchObject({ ok: true, goal: 'x' });
    expect(readPlanValue(plan, CONTEXT)).toMatchObject({ ok: true, tasks: [{ approval: true }] });
    for (const value of [undefined, null, 7, 'plan', [], {}, { goal: 'x', tasks: [null] }]) {
      expect(readPlanValue(value, CONTEXT).ok).toBe(false);
    }
  });

  it('says everything that is wrong at once, each with its place', () => {
    const text = `goal: x
tasks:
  - id: a
    title: A
    depends_on: [c]
    agnet: tech-lead
  - id: b
    title: B
    depends_on: [a, b, aa]
    agent: tech-led
  - id: c
    title: C
    depends_on: [b]
    timeout: soon
  - id: a
    title: Again
    runtime: clod
`;
    expect(problems(text)).toEqual([
      '5:18 the tasks wait for each other: a → c → b → a | take out one of these dependencies',
      '6:5 unknown key "agnet" | did you mean agent?',
      '9:21 "b" depends on itself | take it out',
      expect.stringMatching(/^9:24 there is no task "aa" \| /u),
      '10:12 unknown agent "tech-led" | did you mean tech-lead?',
      '14:14 timeout must be a number, not "soon" | ',
      '15:9 id "a" is already the id of task 1 | give each task an id of its own',
      expect.stringMatching(/^17:14 unknown runtime "clod" \| /u),
    ]);
  });

  it('runs a task by what its agent wants, where the task names no runtime', () => {
    const context = samplePlanContext();
    const agents = context.agents.map((agent) =>
      agent.name === 'qa-engineer' ? { ...agent, runtime: 'scripted' } : agent,
    );
    const text = `
goal: x
tasks:
  - { id: named, title: A, agent: qa-engineer }
  - { id: routed, title: Write tests, workspace: none }
  - { id: own, title: A, agent: qa-engineer, runtime: claude }
  - { id: second, title: A, agent: tech-lead, fallback: { agent: qa-engineer } }
`;
    expect(readPlan(text, { ...context, agents })).toMatchObject({
      tasks: [
        { id: 'named', runtime: 'scripted', fallback: null },
        { id: 'routed', runtime: 'scripted', workspace: 'none' },
        { id: 'own', runtime: 'claude' },
        { id: 'second', runtime: null, fallback: { agent: 'qa-engineer', runtime: 'scripted' } },
      ],
    });
  });

  it('refuses what cannot be', () => {
    const wrong: readonly (readonly [fields: string, message: RegExp])[] = [
      ['command: [x]', /needs "runtime: command"/u],
      ['runtime: command', /needs a command/u],
      ['runtime: command, command: []', /must not be empty/u],
      ['runtime: command, command: [""]', /no name/u],
      ['runtime: command, command: "rm -rf x"', /must be a list/u],
      ['workspace: none', /is for command and scripted/u],
      ['workspace: ../..', /must be one of/u],
      ['runtime: scripted, workspace: none, expect_changes: true', /changes nothing/u],
      ['fallback: {runtime: command}', /no command to run/u],
      ['timeout: -1', /at least 1/u],
      ['timeout: .nan', /number/u],
      ['timeout: 1e9', /at most/u],
      ['max_attempts: 1.5', /whole number/u],
      ['max_attempts: 1e6', /at most/u],
      ['estimate: {usd: -1}', /at least/u],
      ['on_failure: panic', /one of/u],
      ['files: ["../../**"]', /stay in the repository/u],
      ['files: ["/etc/*"]', /relative/u],
      [String.raw`files: ['C:\x']`, /backslash/u],
      ['files: ["a/.git/hooks/**"]', /\.git/u],
      ['files: ["a/.GiT./x"]', /\.git/u],
      ['files: ["a/{..,b}/c"]', /stay in the repository/u],
      ['files: ["!a"]', /exclude/u],
      ['locks: [{}]', /must be text/u],
      ['checks: [" "]', /empty/u],
      ['depends_on: a', /must be a list/u],
      ['agent: ../agents/x', /unknown agent/u],
      [String.raw`description: "a\u202eb"`, /cannot be read/u],
    ];
    for (const [fields, message] of wrong) {
      expect(task(fields), fields).toEqual([expect.stringMatching(message)]);
    }
    for (const id of ['../x', '-x', 'a b', '.', '__proto__', '""', 'a/b', 'x'.repeat(65), '5']) {
      expect(read(`goal: x\ntasks: [{id: ${id}, title: A}]`).ok, id).toBe(false);
    }
  });

  it('refuses an empty, a huge and a shapeless plan', () => {
    expect(problems('')).not.toEqual([]);
    expect(problems('goal: x\ntasks: []')).toEqual([
      '2:8 tasks must not be empty, not an empty list | ',
    ]);
    expect(problems('goal: " "\ntasks: [{id: a, title: A}]')[0]).toMatch(/goal must not be empty/u);
    expect(problems(`goal: ${'x'.repeat(2_000_000)}`)).not.toEqual([]);
    const many = Array.from(
      { length: 2000 },
      (_, n) => `  - {id: t${n}, title: T, depends_on: [t${n + 1}]}`,
    );
    const found = problems(`goal: x\ntasks:\n${many.join('\n')}`);
    expect(found).toEqual([
      expect.stringMatching(/^23:5 2000 tasks, more than the 20 allowed/u),
      expect.stringMatching(/there is no task "t2000"/u),
    ]);
    const bad = Array.from({ length: 2000 }, () => '  - {id: a, title: T, depends_on: [b]}');
    expect(problems(`goal: x\ntasks:\n${bad.join('\n')}`)).toHaveLength(51);
  });

  it('reads a chain of five thousand tasks', () => {
    const many = Array.from({ length: 5000 }, (_, n) => ({
      id: `t${n}`,
      title: 'T',
      depends_on: n === 0 ? [] : [`t${n - 1}`],
      runtime: 'command',
      command: ['true'],
      workspace: 'none',
    }));
    const plan = read(JSON.stringify({ goal: 'x', tasks: many }), { maxTasks: 10_000 });
    expect(plan).toMatchObject({ ok: true, warnings: [] });
  });

  it('lets a runtime that runs programs go without a workspace, an agent not', () => {
    const none = {
      mode: 'none',
      dir: null,
      max: 10,
      setup: [],
      copy: [],
      warm: [],
      env: [],
    } as const;
    expect(task('runtime: command, command: [x]', { workspace: none })).toMatchObject({
      workspace: 'none',
    });
    expect(task('approval: false', { workspace: none })).toMatchObject({ workspace: 'clone' });
  });

  it('never throws, whatever the text', () => {
    const words = fc.array(
      fc.constantFrom(
        'goal: x',
        '\n',
        'tasks:',
        ' - ',
        'id: a',
        '{',
        '}',
        '[',
        ']',
        ', ',
        '*a',
        '&a',
        ': ',
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          words.map((each) => each.join('')),
        ),
        (text) => {
          const plan = read(text);
          expect(plan.ok || plan.problems.length > 0).toBe(true);
        },
      ),
    );
  });
});
