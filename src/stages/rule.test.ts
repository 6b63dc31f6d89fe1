import { describe, expect, it } from 'vitest';

import { SAMPLE_SETTINGS, samplePlanTask, sampleRun, sampleTask } from '../../test/sample-run.ts';
import type { Run } from '../model/run.ts';
import type { Stage } from '../model/stage.ts';
import type { Task, TaskStatus } from '../model/task.ts';
import type { Joining } from './rule.ts';
import { tasksBeforePlan, tasksDue, tasksOf, tasksOfPlan } from './rule.ts';

const DONE: TaskStatus = { state: 'completed', proof: null, commit: null, tree: null };
const OPEN: TaskStatus = { state: 'ready', notBefore: 0 };

function stage(name: string, dependsOn: readonly string[], more: Partial<Stage> = {}): Stage {
  return {
    name,
    kind: 'custom',
    enabled: true,
    agents: ['Explore'],
    timeoutSecs: 600,
    actions: [],
    dependsOn,
    outputPath: null,
    outputToContext: true,
    ...more,
  };
}

const ASKS = { kind: 'prompt', text: 'look' } as const;
const STAGES: readonly Stage[] = [
  stage('research', [], {
    kind: 'research',
    actions: ['web', 'code'].map((name) => ({ name, does: ASKS })),
  }),
  stage('planning', ['research'], { kind: 'plan' }),
  stage('design', ['planning']),
  stage('implementation', ['planning', 'design'], { kind: 'work', agents: [] }),
  stage('audit', ['implementation']),
  stage('count', ['implementation'], {
    actions: [{ name: 'lines', does: { kind: 'command', run: 'wc -l a' } }],
  }),
];

function run(tasks: readonly Task[], without: readonly string[] = []): Run {
  const list = STAGES.map((one) =>
    Object.assign({}, one, { enabled: !without.includes(one.name) }),
  );
  const stages = { ...SAMPLE_SETTINGS.stages, list };
  return { ...sampleRun(tasks), settings: { ...SAMPLE_SETTINGS, stages } };
}

/** Tasks by their ids, with the numbers of what they wait for. */
function shown(joining: readonly Joining[]): string[] {
  return joining.map(({ spec, task, dependsOn }) => {
    const numbers = dependsOn.map((key) => key.slice('SHOP-1.'.length)).join(' ');
    return `${task.slice('SHOP-1.'.length)} ${spec.id}${numbers === '' ? '' : ` after ${numbers}`}`;
  });
}

const PLAN = [samplePlanTask('a'), samplePlanTask('b', { dependsOn: ['a'] })];
const work = (number: number, status: TaskStatus, command: string[] | null = null): Task =>
  sampleTask(number, status, { spec: samplePlanTask(`t${number}`, { command }) });

describe('before the plan', () => {
  it('researches by all actions at once, then plans', () => {
    expect(shown(tasksBeforePlan(run([]), samplePlanTask('plan')))).toEqual([
      '1 research-web',
      '2 research-code',
      '3 plan after 1 2',
    ]);
  });

  it('plans at once where nobody looks before', () => {
    const planner = samplePlanTask('plan');
    expect(shown(tasksBeforePlan(run([], ['research']), planner))).toEqual(['1 plan']);
  });
});

describe('with the plan', () => {
  it('lets what waits for nothing in it wait for the stages before', () => {
    const known = tasksBeforePlan(run([]), samplePlanTask('plan')).map((one, at) =>
      sampleTask(at + 1, DONE, { stage: one.stage, spec: one.spec }),
    );
    expect(shown(tasksOfPlan(run(known), PLAN))).toEqual([
      '4 design-explore',
      '5 a after 4',
      '6 b after 5',
    ]);
  });

  it('runs what comes before it now, where nobody has planned', () => {
    expect(shown(tasksOfPlan(run([], ['planning', 'design']), PLAN))).toEqual([
      '1 research-web',
      '2 research-code',
      '3 a after 1 2',
      '4 b after 3',
    ]);
  });
});

describe('after the plan', () => {
  it('waits until all of it is over', () => {
    expect(tasksDue(run([work(1, DONE), work(2, OPEN)]))).toEqual([]);
    expect(shown(tasksDue(run([work(1, DONE), work(2, DONE)])))).toEqual([
      '3 audit-explore after 1 2',
    ]);
  });

  it('is due once, and again for what it has not seen', () => {
    const audit = sampleTask(2, DONE, {
      stage: 'audit',
      spec: samplePlanTask('audit-explore'),
      dependsOn: ['SHOP-1.1'],
    });
    const off = ['count'];
    expect(tasksDue(run([work(1, DONE), audit], off))).toEqual([]);
    expect(shown(tasksDue(run([work(1, DONE), audit, work(3, DONE)], off)))).toEqual([
      '4 audit-explore-2 after 1 3',
    ]);
  });

  it('asks no agent about a plan of commands, and none about nothing', () => {
    expect(shown(tasksDue(run([work(1, DONE, ['true'])])))).toEqual(['2 count-lines after 1']);
    const failed: TaskStatus = { state: 'skipped', because: { reason: 'canceled' } };
    expect(tasksDue(run([work(1, failed)]))).toEqual([]);
  });

  it('runs again whenever a person wants it', () => {
    const audit = sampleTask(2, DONE, { stage: 'audit', spec: samplePlanTask('audit-explore') });
    const [, , , , own = stage('audit', [])] = STAGES;
    expect(shown(tasksOf(run([work(1, DONE), audit]), own))).toEqual(['3 audit-explore-2 after 1']);
  });
});
