// Reads a plan: from a file of a person (YAML or JSON) or from the answer of a model. Either it is
// complete and sound, with every default filled in, or everything that is wrong is said at once.

import type { FlawCode, PlanFinding } from '../model/finding.ts';
import type { PlanTask } from '../model/plan.ts';
import { readChecked } from '../util/checked-yaml.ts';
import type { Problem } from '../util/checked-yaml.ts';
import { pathText, readTree } from '../util/yaml-tree.ts';
import { checkPlan } from './check-plan.ts';
import { timeoutOf } from './empty-task.ts';
import type { PlanContext } from './plan-context.ts';
import { flawsOf, isPlainRuntime, preferredRuntime, runtimeOf } from './plan-rules.ts';
import type { Flaw, PartialTask } from './plan-rules.ts';
import { planSchema, taskSchema } from './plan-schema.ts';
import type { WrittenTask } from './plan-schema.ts';

/** What is wrong with a plan, where it was written. */
interface PlanProblem extends Problem {
  readonly code: FlawCode;
  /** The id of the task it is about, as it was written; `null` = the whole plan. */
  readonly task: string | null;
}

/** What reading a plan came to. */
export type ReadPlan =
  | {
      readonly ok: true;
      readonly goal: string;
      readonly tasks: readonly PlanTask[];
      /** Remarks that do not forbid it. */
      readonly warnings: readonly PlanFinding[];
    }
  | { readonly ok: false; readonly problems: readonly PlanProblem[] };

const MAX_PROBLEMS = 50;

/**
 * Reads a plan file.
 *
 * @param text - YAML or JSON.
 * @param context - What there is to choose from, and the defaults.
 * @returns The plan, or everything that is wrong with it in the order of the text.
 */
export function readPlan(text: string, context: PlanContext): ReadPlan {
  const checked = readChecked(text, planSchema);
  if (!checked.ok) {
    const further = furtherProblems(text, context);
    return refuse([...shapeProblems(checked.problems, further.ids), ...further.problems]);
  }
  const { goal, tasks: written } = checked.value;
  const flaws = flawsOf(written, context);
  if (flaws.length > 0) {
    const ids = written.map(({ id }) => id);
    return refuse(flaws.map((flaw) => locate(flaw, ids, checked.place)));
  }
  const complete = written.map((task) => completeTask(task, context));
  const { tasks, findings } = checkPlan(complete, context);
  return { ok: true, goal: goal.trim(), tasks, warnings: findings };
}

/**
 * Reads a plan that is a value already: the answer of a model.
 *
 * @param value - Any JSON value.
 * @param context - What there is to choose from, and the defaults.
 * @returns The plan, or everything that is wrong; places are those of the value's indented JSON.
 */
export function readPlanValue(value: unknown, context: PlanContext): ReadPlan {
  return readPlan(JSON.stringify(value, null, 2) ?? 'null', context);
}

type Place = (path: readonly (string | number)[]) => { line: number; column: number };

/** The ids of tasks by their place in the list, as far as they could be read. */
type Ids = readonly (string | undefined)[];

function locate({ code, path, message, hint }: Flaw, ids: Ids, place: Place): PlanProblem {
  const [list, index] = path;
  const task = list === 'tasks' && typeof index === 'number' ? (ids[index] ?? null) : null;
  return { code, task, message, path: pathText(path), ...place(path), hint };
}

/** What the schema refused knows its place as text only. */
function shapeProblems(problems: readonly Problem[], ids: Ids): readonly PlanProblem[] {
  return problems.map((problem) => {
    const index = /^tasks\[(?<index>\d+)\]/u.exec(problem.path)?.groups?.['index'];
    return { ...problem, code: 'bad_value', task: ids[Number(index ?? -1)] ?? null };
  });
}

/**
 * Looks at a plan that the schema refused: a typing error in one task must not hide a circle in the
 * others.
 *
 * @param text - YAML or JSON.
 * @param context - What there is to choose from.
 * @returns What is wrong beside what the schema found.
 */
function furtherProblems(
  text: string,
  context: PlanContext,
): { readonly problems: readonly PlanProblem[]; readonly ids: Ids } {
  const read = readTree(text);
  const tasks = read.ok ? fieldOf(read.tree.value, 'tasks') : null;
  if (!read.ok || !Array.isArray(tasks)) return { problems: [], ids: [] };
  const partial = tasks.map(partialTask);
  const ids = partial.map(({ id }) => id);
  const flaws = flawsOf(partial, context);
  return { problems: flaws.map((flaw) => locate(flaw, ids, read.tree.place)), ids };
}

/** Missing names are reported by the schema; here they must not become unknown ids. */
function partialTask(raw: unknown): PartialTask {
  const whole = taskSchema.safeParse(raw);
  if (whole.success) return whole.data;
  const [id, dependsOn, agent, command] = ['id', 'depends_on', 'agent', 'command'].map((key) =>
    fieldOf(raw, key),
  );
  const runtime = fieldOf(raw, 'runtime');
  return {
    ...(typeof id === 'string' && id.length <= 64 ? { id } : {}),
    ...(isTexts(dependsOn) ? { depends_on: dependsOn } : {}),
    ...(typeof agent === 'string' ? { agent } : {}),
    ...(typeof runtime === 'string' ? { runtime } : {}),
    // What kind of task it is counts here, not what it runs.
    ...(command === undefined ? {} : { command: isTexts(command) ? command : ['-'] }),
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

function refuse(found: readonly PlanProblem[]): ReadPlan {
  const problems = found.toSorted((a, b) => a.line - b.line || a.column - b.column);
  if (problems.length <= MAX_PROBLEMS) return { ok: false, problems };
  const [rest] = problems.slice(MAX_PROBLEMS);
  const shown = problems.slice(0, MAX_PROBLEMS);
  if (rest === undefined) return { ok: false, problems: shown };
  const message = `and ${problems.length - MAX_PROBLEMS} more problems from here on`;
  return { ok: false, problems: [...shown, { ...rest, message, hint: null }] };
}

/**
 * Fills in what a written task leaves out.
 *
 * @param task - A task that was found sound.
 * @param context - The defaults.
 * @returns The complete task.
 */
function completeTask(task: WrittenTask, context: PlanContext): PlanTask {
  const { agent, reason } = agentOf(task, context);
  const workspace = workspaceOf({ ...task, agent }, context);
  const runtime = task.runtime ?? preferredRuntime(agent, context);
  return {
    id: task.id,
    title: task.title.trim(),
    description: task.description?.trim() ?? '',
    kind: 'work',
    agent,
    agentReason: reason,
    runtime,
    ...lists(task),
    ...limits(task, context.settings, runtime),
    fallback: fallbackOf(task, context),
    approval: task.approval ?? false,
    estimate: { minutes: task.estimate?.minutes ?? null, usd: task.estimate?.usd ?? null },
    command: task.command ?? null,
    workspace,
    expectChanges: task.expect_changes ?? workspace !== 'none',
  };
}

function workspaceOf(task: WrittenTask, context: PlanContext): PlanTask['workspace'] {
  if (task.workspace !== undefined) return task.workspace;
  const { mode } = context.settings.workspace;
  // Where the run's default is to have none, agents still need one.
  return mode === 'none' && !isPlainRuntime(runtimeOf(task, context)) ? 'clone' : mode;
}

function limits(
  task: WrittenTask,
  settings: PlanContext['settings'],
  runtime: string | null,
): Pick<PlanTask, 'onFailure' | 'maxAttempts' | 'timeoutSecs' | 'idleTimeoutSecs' | 'priority'> {
  return {
    onFailure: task.on_failure ?? settings.failureStrategy,
    maxAttempts: task.max_attempts ?? settings.maxAttempts,
    timeoutSecs: task.timeout ?? timeoutOf(settings, runtime),
    idleTimeoutSecs: task.idle_timeout ?? settings.idleTimeoutSecs,
    priority: task.priority ?? settings.priority,
  };
}

function lists(
  task: WrittenTask,
): Pick<PlanTask, 'requires' | 'dependsOn' | 'files' | 'acceptance' | 'checks' | 'locks'> {
  return {
    requires: task.requires ?? [],
    dependsOn: task.depends_on ?? [],
    files: task.files ?? [],
    acceptance: task.acceptance ?? [],
    checks: task.checks ?? [],
    locks: task.locks ?? [],
  };
}

function fallbackOf({ fallback }: WrittenTask, context: PlanContext): PlanTask['fallback'] {
  if (fallback?.agent === undefined && fallback?.runtime === undefined) return null;
  const { agent = null, runtime } = fallback;
  return { agent, runtime: runtime ?? preferredRuntime(agent ?? '', context) };
}

function agentOf(task: WrittenTask, context: PlanContext): { agent: string; reason: string } {
  if (task.agent !== undefined) return { agent: task.agent, reason: 'named in the plan' };
  const { title, description = '' } = task;
  if (task.runtime === 'command') {
    // Nobody is asked to think: the name only fills the column.
    return { agent: context.route({ title: '' }).agent, reason: 'a plain command' };
  }
  return context.route({ title, description });
}
