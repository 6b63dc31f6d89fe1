// Which tasks a run gets when: the rule behind its stages. Pure: what is due is read off the run.
//
//   with a planner   what does not come after the planning, then the planner
//   with a plan      what comes before the implementation, then the plan's tasks
//   after them       a stage is due when all before it is over, and something of it was completed
//                    that the stage has not seen yet: so a review follows on its own fixes

import { taskKey } from '../model/key.ts';
import type { TaskKey } from '../model/key.ts';
import type { PlanTask } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { IMPLEMENTATION, PLANNING } from '../model/stage.ts';
import type { Stage, StageSettings } from '../model/stage.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Task } from '../model/task.ts';
import { reviewTasks, stageTasks } from './stage-tasks.ts';

const LONGEST_TITLE = 200;

/** A task that joins a run. */
export interface Joining {
  readonly task: TaskKey;
  readonly stage: string;
  readonly spec: PlanTask;
  readonly dependsOn: readonly TaskKey[];
}

/**
 * Lists the tasks of a run that is planned by one of them.
 *
 * @param run - The run; it has no task yet.
 * @param planner - The task that plans.
 * @returns What has to be known for the plan, and the planner that waits for it.
 */
export function tasksBeforePlan(run: Run, planner: PlanTask): readonly Joining[] {
  const { stages } = run.settings;
  const joining = join(
    run,
    stages.list.filter(({ name, enabled }) => enabled && !comesAfter(stages, name, PLANNING)),
  );
  const task = taskKey(run.key, run.tasks.length + joining.length + 1);
  return [...joining, { task, stage: PLANNING, spec: planner, dependsOn: lastOf(joining) }];
}

/**
 * Lists the tasks of a run whose plan is approved: those of the plan, and of the stages before them
 * that have not run yet.
 *
 * @param run - The run; it starts.
 * @param tasks - The plan.
 * @returns The tasks, in the order in which they join.
 */
export function tasksOfPlan(run: Run, tasks: readonly PlanTask[]): readonly Joining[] {
  const { stages } = run.settings;
  const joining = join(
    run,
    stages.list.filter(
      ({ name, enabled }) =>
        enabled &&
        name !== PLANNING &&
        !comesAfter(stages, name, IMPLEMENTATION) &&
        !run.tasks.some(({ stage }) => stage === name),
    ),
  );
  const before = lastOf(joining.filter(({ stage }) => comesAfter(stages, IMPLEMENTATION, stage)));
  const first = run.tasks.length + joining.length + 1;
  return [...joining, ...planned(run, tasks, { first, before })];
}

/** The tasks of a plan; those that wait for none of them wait for what comes before. */
function planned(
  run: Run,
  tasks: readonly PlanTask[],
  { first, before }: { readonly first: number; readonly before: readonly TaskKey[] },
): readonly Joining[] {
  const keys = new Map(tasks.map(({ id }, index) => [id, taskKey(run.key, first + index)]));
  return tasks.map((spec, index): Joining => {
    const own = spec.dependsOn.flatMap((id) => keys.get(id) ?? []);
    const dependsOn = own.length > 0 ? own : before;
    return { task: taskKey(run.key, first + index), stage: IMPLEMENTATION, spec, dependsOn };
  });
}

/**
 * Lists the tasks of a plan that takes the place of another.
 *
 * @param run - The run.
 * @param tasks - The new plan.
 * @returns Its tasks; what comes before them has run already.
 */
export function tasksAnew(run: Run, tasks: readonly PlanTask[]): readonly Joining[] {
  return planned(run, tasks, { first: run.tasks.length + 1, before: [] });
}

/**
 * Makes the task that plans a run again.
 *
 * @param run - The run.
 * @param planner - The task that makes plans.
 * @param first - What joins before it and has to be known for the plan.
 * @returns The task.
 */
export function plannerAgain(run: Run, planner: PlanTask, first: readonly Joining[]): Joining {
  const number = run.tasks.filter(({ stage }) => stage === PLANNING).length + 1;
  return {
    task: taskKey(run.key, run.tasks.length + first.length + 1),
    stage: PLANNING,
    spec: { ...planner, id: `plan-${number}`, title: `Plan: ${run.title}`.slice(0, LONGEST_TITLE) },
    dependsOn: lastOf(first),
  };
}

/**
 * Lists the tasks of the stages that are due now.
 *
 * @param run - A run that is running.
 * @returns The tasks; none while what comes before is not over.
 */
export function tasksDue(run: Run): readonly Joining[] {
  const { stages } = run.settings;
  if (stages.list.length === 0) return [];
  const due = stages.list.find((stage) => isDue(run, stage));
  return due === undefined ? [] : tasksOf(run, due);
}

/**
 * Lists the tasks of a stage that runs now, whatever has run before.
 *
 * @param run - The run.
 * @param stage - The stage.
 * @returns Its tasks; each waits for nothing but knows what was completed before it.
 */
export function tasksOf(run: Run, stage: Stage): readonly Joining[] {
  const dependsOn = seenBy(run, stage).map(({ key }) => key);
  // What judges by commands comes before who judges by reading.
  return join(run, [stage]).map((one) =>
    Object.assign({}, one, { dependsOn: [...dependsOn, ...one.dependsOn] }),
  );
}

function isDue(run: Run, stage: Stage): boolean {
  const { stages } = run.settings;
  if (!stage.enabled || stage.name === IMPLEMENTATION) return false;
  if (!comesAfter(stages, stage.name, IMPLEMENTATION)) return false;
  const covered = new Set<TaskKey>();
  // From the end: what is open is there.
  for (let index = run.tasks.length - 1; index >= 0; index -= 1) {
    const task = run.tasks[index];
    if (task === undefined) continue;
    const own = task.stage === stage.name;
    if (own) for (const key of task.dependsOn) covered.add(key);
    if (TASK_OVER[task.status.state]) continue;
    if (own || comesAfter(stages, stage.name, task.stage)) return false;
  }
  const fresh = seenBy(run, stage).filter(({ key }) => !covered.has(key));
  const byAgent = fresh.some(({ spec }) => spec.command === null);
  return fresh.length > 0 && (byAgent || !needsAgent(stage));
}

/** A plan of commands only ends without anybody who thinks. */
function needsAgent({ actions }: Stage): boolean {
  return actions.length === 0 || actions.some(({ does }) => does.kind === 'prompt');
}

/** What was completed in the stages right before it; where one does not run, in those before that. */
function seenBy(run: Run, stage: Stage): readonly Task[] {
  const names = nearest(run.settings.stages, stage);
  return run.tasks.filter(
    ({ stage: name, status }) => names.has(name) && status.state === 'completed',
  );
}

function nearest(stages: StageSettings, stage: Stage): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of stage.dependsOn) {
    const before = stages.list.find((one) => one.name === name);
    if (before === undefined) continue;
    if (before.enabled) found.add(name);
    else for (const further of nearest(stages, before)) found.add(further);
  }
  return found;
}

/** The tasks of stages that join together, each waiting for those of the stages before it. */
function join(run: Run, stages: readonly Stage[]): Joining[] {
  const taken = new Set(run.tasks.map(({ spec }) => spec.id));
  const joining: Joining[] = [];
  for (const stage of stages) {
    const names = nearest(run.settings.stages, stage);
    const dependsOn = joining.filter((one) => names.has(one.stage)).map(({ task }) => task);
    const first: TaskKey[] = [];
    for (const spec of specsOf(run, stage, taken)) {
      taken.add(spec.id);
      const task = taskKey(run.key, run.tasks.length + joining.length + 1);
      joining.push({ task, stage: stage.name, spec, dependsOn: [...dependsOn, ...first] });
      if (spec.round !== undefined && spec.kind === 'check') first.push(task);
    }
  }
  return joining;
}

function specsOf(run: Run, stage: Stage, taken: ReadonlySet<string>): readonly PlanTask[] {
  if (stage.kind !== 'review')
    return stageTasks(stage, run.settings, {
      taken,
      about: comesAfter(run.settings.stages, stage.name, IMPLEMENTATION) ? merged(run) : '',
    });
  const rounds = run.tasks.findLast(({ spec }) => spec.round !== undefined)?.spec.round ?? 0;
  const checks =
    run.settings.checks.length > 0 || run.tasks.some(({ spec }) => spec.checks.length > 0);
  return reviewTasks(stage, run.settings, { taken, rounds, checks });
}

function merged({ base }: Run): string {
  return `The work on the goal is in your workspace. What it has changed is shown by \`git diff ${base.merged}\`.`;
}

/** Those that no other of them waits for. */
function lastOf(joining: readonly Joining[]): readonly TaskKey[] {
  const waited = new Set(joining.flatMap(({ dependsOn }) => dependsOn));
  return joining.map(({ task }) => task).filter((key) => !waited.has(key));
}

const known = new WeakMap<StageSettings, Map<string, ReadonlySet<string>>>();

/**
 * Tells whether a stage waits for another one, at any distance; every stage comes after itself.
 *
 * @param stages - The stages.
 * @param name - The stage.
 * @param other - The other one.
 * @returns Whether it does.
 */
export function comesAfter(stages: StageSettings, name: string, other: string): boolean {
  if (name === other) return true;
  const ofRun = known.get(stages) ?? new Map<string, ReadonlySet<string>>();
  known.set(stages, ofRun);
  let names = ofRun.get(name);
  if (names === undefined) {
    names = allBefore(stages, name);
    ofRun.set(name, names);
  }
  return names.has(other);
}

function allBefore(stages: StageSettings, name: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const direct of stages.list.find((one) => one.name === name)?.dependsOn ?? []) {
    found.add(direct);
    for (const further of allBefore(stages, direct)) found.add(further);
  }
  return found;
}
