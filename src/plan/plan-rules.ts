// What no single value of a plan tells: names that must exist, edges that must make sense, settings
// that go together. Each rule reports a flaw with the path of the value it is about.

import { findCycle } from '../graph/find-cycle.ts';
import { layers } from '../graph/layers.ts';
import type { FlawCode } from '../model/finding.ts';
import { nearest } from '../util/nearest.ts';
import { quote } from '../util/yaml-tree.ts';
import { canDo, offersOf } from './offers.ts';
import type { PlanContext } from './plan-context.ts';
import type { WrittenTask } from './plan-schema.ts';

/** What is wrong with a plan, and with which value of it. */
export interface Flaw {
  readonly code: FlawCode;
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint: string | null;
}

/** As much of a task as could be read. */
export type PartialTask = Partial<WrittenTask>;

/** Reports of one kind of flaw, by the path of the value it is about. */
type Report = (
  code: FlawCode,
  path: readonly (string | number)[],
  message: string,
  hint?: string | null,
) => void;

/** Who waits for a circle is named so often; beyond that, all of it is a muddle. */
const MOST_UNREACHABLE = 10;

/** Runtimes that run a program as it is; nothing else can do without a workspace. */
const PLAIN_RUNTIMES: readonly string[] = ['command', 'scripted'];

/**
 * Finds everything that is wrong between the values of a plan.
 *
 * @param tasks - The tasks, as far as each could be read.
 * @param context - What there is to choose from.
 * @returns The flaws, in no particular order.
 */
export function flawsOf(tasks: readonly PartialTask[], context: PlanContext): readonly Flaw[] {
  const flaws: Flaw[] = [];
  const report: Report = (code, path, message, hint = null) => {
    flaws.push({ code, path, message, hint });
  };
  const { maxTasks } = context.settings;
  if (tasks.length > maxTasks) {
    const hint = 'split the goal, or raise orchestration.max_tasks';
    const message = `${tasks.length} tasks, more than the ${maxTasks} allowed`;
    report('too_many_tasks', ['tasks', maxTasks], message, hint);
  }
  checkIds(tasks, report);
  checkEdges(tasks, report);
  for (const [index, task] of tasks.entries()) {
    const at: Report = (code, path, message, hint) => {
      report(code, ['tasks', index, ...path], message, hint);
    };
    checkNames(task, context, at);
    checkCommand(task, context, at);
    checkWorkspace(task, context, at);
    checkRequires(task, context, at);
  }
  return flaws;
}

function checkIds(tasks: readonly PartialTask[], report: Report): void {
  const first = new Map<string, number>();
  for (const [index, { id }] of tasks.entries()) {
    if (id === undefined) continue;
    const before = first.get(id);
    if (before === undefined) first.set(id, index);
    else {
      const message = `id ${quote(id)} is already the id of task ${before + 1}`;
      report('duplicate_id', ['tasks', index, 'id'], message, 'give each task an id of its own');
    }
  }
}

function checkEdges(tasks: readonly PartialTask[], report: Report): void {
  const index = new Map<string, number>();
  for (const [at, { id }] of tasks.entries()) {
    if (id !== undefined && !index.has(id)) index.set(id, at);
  }
  const ids = new Set(index.keys());
  const graph = new Map<string, readonly string[]>();
  for (const [at, task] of tasks.entries()) {
    const known = checkDependencies(task, ids, (code, path, message, hint) => {
      report(code, ['tasks', at, ...path], message, hint);
    });
    if (task.id !== undefined && index.get(task.id) === at) graph.set(task.id, known);
  }
  checkCircles(tasks, { graph, index }, report);
}

function checkCircles(
  tasks: readonly PartialTask[],
  {
    graph,
    index,
  }: {
    readonly graph: ReadonlyMap<string, readonly string[]>;
    readonly index: ReadonlyMap<string, number>;
  },
  report: Report,
): void {
  const cycle = findCycle(graph);
  if (cycle === null) return;
  const [from = '', to = ''] = cycle;
  const at = index.get(from) ?? 0;
  const position = tasks[at]?.depends_on?.indexOf(to) ?? 0;
  const message = `the tasks wait for each other: ${pathText(cycle)}`;
  const hint = 'take out one of these dependencies';
  report('cycle', ['tasks', at, 'depends_on', position], message, hint);
  for (const id of behindCircles(graph).slice(0, MOST_UNREACHABLE)) {
    const path = ['tasks', index.get(id) ?? 0, 'depends_on'];
    const stuck = `${quote(id)} can never start: it waits for tasks that wait for each other`;
    report('unreachable', path, stuck);
  }
}

/** Those that are on no circle themselves, but wait for one. */
function behindCircles(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const stuck = new Set(graph.keys());
  for (const id of layers(graph).flat()) stuck.delete(id);
  const awaited = new Map<string, string[]>();
  for (const id of stuck) {
    for (const dependency of graph.get(id) ?? []) {
      if (stuck.has(dependency)) awaited.set(dependency, [...(awaited.get(dependency) ?? []), id]);
    }
  }
  // Turned around, what is on no circle comes in layers again.
  const behind = new Set(
    layers(new Map([...stuck].map((id) => [id, awaited.get(id) ?? []]))).flat(),
  );
  return [...stuck].filter((id) => behind.has(id));
}

/**
 * Checks what one task waits for.
 *
 * @param task - The task.
 * @param ids - The ids of all tasks.
 * @param report - Told what is wrong, by the path in the task.
 * @returns The dependencies that exist, each once.
 */
function checkDependencies(task: PartialTask, ids: ReadonlySet<string>, report: Report): string[] {
  const seen = new Set<string>();
  for (const [position, dependency] of (task.depends_on ?? []).entries()) {
    const path = ['depends_on', position];
    if (dependency === task.id) {
      report('self_dependency', path, `${quote(dependency)} depends on itself`, 'take it out');
    } else if (!ids.has(dependency)) {
      // Against what a person writes; a machine's thousands are not compared with each other.
      const near = position < 20 ? nearest(dependency, [...ids].slice(0, 100)) : null;
      const hint =
        near === null ? `tasks here: ${list([...ids].slice(0, 21))}` : `did you mean ${near}?`;
      report('unknown_task', path, `there is no task ${quote(dependency)}`, hint);
    } else if (seen.has(dependency)) {
      report('duplicate_dependency', path, `${quote(dependency)} is there twice`, 'take one out');
    } else seen.add(dependency);
  }
  return [...seen];
}

function pathText(cycle: readonly string[]): string {
  const shown = cycle.length <= 20 ? cycle : [...cycle.slice(0, 10), '…', ...cycle.slice(-9)];
  return shown.join(' → ');
}

function list(names: readonly string[]): string {
  return names.length <= 20 ? names.join(', ') : `${names.slice(0, 20).join(', ')}, …`;
}

function checkNames(task: PartialTask, context: PlanContext, report: Report): void {
  const agents = context.agents.map(({ name }) => name);
  const check = (
    kind: 'agent' | 'runtime',
    name: string | undefined,
    known: readonly string[],
    path: string[],
  ): void => {
    if (name === undefined || known.includes(name)) return;
    const near = nearest(name, known);
    const hint = near === null ? `there are: ${list(known)}` : `did you mean ${near}?`;
    report(`unknown_${kind}`, path, `unknown ${kind} ${quote(name)}`, hint);
  };
  check('agent', task.agent, agents, ['agent']);
  check('runtime', task.runtime, context.runtimes, ['runtime']);
  check('agent', task.fallback?.agent, agents, ['fallback', 'agent']);
  check('runtime', task.fallback?.runtime, context.runtimes, ['fallback', 'runtime']);
  if (task.fallback?.runtime === 'command' && task.command === undefined) {
    const message = 'the fallback has no command to run';
    report('bad_command', ['fallback', 'runtime'], message, 'name another runtime');
  }
  const wanted = task.runtime === undefined ? preferredRuntime(task.agent ?? '', context) : null;
  if (wanted === null || context.runtimes.includes(wanted)) return;
  const message = `the agent ${quote(task.agent ?? '')} runs by ${quote(wanted)}, which is no runtime here`;
  report('agent_without_runtime', ['agent'], message, 'name another agent, or a runtime');
}

/** One worker has to offer all of it; where none is configured, the built-in pool offers everything. */
function checkRequires({ requires = [] }: PartialTask, context: PlanContext, report: Report): void {
  const { subagents } = context.settings;
  if (subagents.length === 0 || requires.length === 0) return;
  const offered = [...new Set(subagents.flatMap(offersOf))];
  const unknown = requires.flatMap((capability, index) =>
    offered.includes(capability) ? [] : [{ capability, index }],
  );
  for (const { capability, index } of unknown) {
    const near = nearest(capability, offered);
    const hint = near === null ? `subagents offer: ${list(offered)}` : `did you mean ${near}?`;
    report(
      'unknown_capability',
      ['requires', index],
      `no worker offers ${quote(capability)}`,
      hint,
    );
  }
  if (unknown.length > 0 || subagents.some((worker) => canDo(worker, requires))) return;
  const message = `no single worker offers all of ${list(requires)}`;
  const hint = 'split the task, or give one of the subagents all of them';
  report('unknown_capability', ['requires'], message, hint);
}

function checkCommand(task: PartialTask, context: PlanContext, report: Report): void {
  const runtime = runtimeOf(task, context);
  if (task.command !== undefined && runtime !== 'command') {
    const message = `a command needs "runtime: command", here it is ${runtime}`;
    report('bad_command', ['command'], message, 'add runtime: command, or take the command out');
  }
  if (task.command?.[0]?.trim() === '')
    report('bad_command', ['command', 0], 'the program has no name');
  if (runtime === 'command' && task.command === undefined) {
    report(
      'bad_command',
      ['runtime'],
      'runtime command needs a command',
      'such as command: ["npm", "test"]',
    );
  }
}

function checkWorkspace(task: PartialTask, context: PlanContext, report: Report): void {
  if (task.workspace !== 'none') return;
  const runtime = runtimeOf(task, context);
  if (!PLAIN_RUNTIMES.includes(runtime)) {
    const message = `workspace none is for ${PLAIN_RUNTIMES.join(' and ')} tasks, this one runs by ${runtime}`;
    report('bad_workspace', ['workspace'], message, 'use clone');
  }
  if (task.expect_changes === true) {
    report(
      'bad_workspace',
      ['expect_changes'],
      'a task without a workspace changes nothing',
      'use workspace: clone',
    );
  }
}

/**
 * Tells which runtime a task will have.
 *
 * @param task - As much of it as is known.
 * @param context - The agents, which may prefer one, and the run's default.
 * @returns The runtime's name.
 */
export function runtimeOf(task: PartialTask, context: PlanContext): string {
  if (task.runtime !== undefined) return task.runtime;
  const { agent, title = '', description = '' } = task;
  const name = agent ?? context.route({ title, description }).agent;
  return preferredRuntime(name, context) ?? context.settings.defaultRuntime;
}

/**
 * Tells which runtime an agent wants.
 *
 * @param agent - Its name.
 * @param context - The agents.
 * @returns The runtime of its file; `null` = any.
 */
export function preferredRuntime(
  agent: string,
  { agents }: Pick<PlanContext, 'agents'>,
): string | null {
  return agents.find(({ name }) => name === agent)?.runtime ?? null;
}

/**
 * Tells whether a runtime can do without a workspace.
 *
 * @param runtime - Its name.
 * @returns Whether it runs a program as it is.
 */
export function isPlainRuntime(runtime: string): boolean {
  return PLAIN_RUNTIMES.includes(runtime);
}
