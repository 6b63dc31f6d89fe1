// Edits of a plan, each giving a new one or saying why not. The result of any edit is read again as
// a plan file would be, so that nothing gets in by an edit that could not stand in a file.

import { parse, stringify } from 'yaml';

import type { PlanFinding } from '../model/finding.ts';
import type { PlanTask } from '../model/plan.ts';
import { isRecord } from '../util/is-record.ts';
import { nearest } from '../util/nearest.ts';
import { quote } from '../util/yaml-tree.ts';
import type { PlanContext } from './plan-context.ts';
import { readPlan } from './plan-file.ts';
import { dependenciesOf, idsOf, newId, splitTask } from './split-task.ts';
import type { Written } from './split-task.ts';
import { writePlan } from './write-plan.ts';

/** One edit. */
export type PlanEdit =
  | { readonly kind: 'add'; readonly title: string; readonly dependsOn: readonly string[] }
  /** What waited for it waits for what it waited for. */
  | { readonly kind: 'remove'; readonly id: string }
  /** Its pieces take its place: what waited for it waits for all of them. */
  | { readonly kind: 'split'; readonly id: string; readonly into: readonly string[] }
  /** `target` is `ID.field` with a field of the plan file; the value is YAML. */
  | { readonly kind: 'set'; readonly target: string; readonly value: string };

/** What an edit came to. */
export type EditedPlan =
  | {
      readonly ok: true;
      readonly tasks: readonly PlanTask[];
      readonly warnings: readonly PlanFinding[];
      /** What else changed with it, a sentence each: tasks that wait for something else now. */
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly message: string; readonly hint: string };

/**
 * Edits a plan. Several edits are made together, for some make sense only so: a command and the
 * runtime that runs it.
 *
 * @param tasks - The tasks as they are.
 * @param edits - What to change, in this order.
 * @param context - What there is to choose from, and the defaults.
 * @returns The whole new plan, or why an edit cannot be.
 */
export function editPlan(
  tasks: readonly PlanTask[],
  edits: readonly PlanEdit[],
  context: PlanContext,
): EditedPlan {
  let written = writtenTasks(tasks);
  const notes: string[] = [];
  for (const edit of edits) {
    const changed = apply(written, edit, context);
    if (!changed.ok) return changed;
    if (edit.kind !== 'set') notes.push(...rewired(written, changed.written));
    written = changed.written;
  }
  const read = readAgain(written, tasks, context);
  return read.ok ? { ...read, notes } : read;
}

type Refused = Extract<EditedPlan, { ok: false }>;
type Read = Omit<Extract<EditedPlan, { ok: true }>, 'notes'>;
type Applied = { readonly ok: true; readonly written: readonly Written[] } | Refused;

function apply(written: readonly Written[], edit: PlanEdit, context: PlanContext): Applied {
  switch (edit.kind) {
    case 'add': {
      const { title, dependsOn } = edit;
      const task = { id: newId(title, idsOf(written)), title, depends_on: dependsOn };
      return { ok: true, written: [...written, task] };
    }
    case 'remove':
      return remove(written, edit.id);
    case 'split': {
      if (!idsOf(written).includes(edit.id)) return noSuchTask(edit.id, idsOf(written));
      const pieces = splitTask(written, edit, context);
      return pieces.ok ? pieces : refuse(pieces.message, pieces.hint);
    }
    case 'set':
      return set(written, edit);
  }
}

function writtenTasks(tasks: readonly PlanTask[]): readonly Written[] {
  const plan: unknown = parse(writePlan('-', tasks), { maxAliasCount: 0 });
  return isRecord(plan) && Array.isArray(plan['tasks']) ? plan['tasks'].filter(isRecord) : [];
}

/** Says of every task that is still there for what it waits now, where that is something else. */
function rewired(before: readonly Written[], after: readonly Written[]): readonly string[] {
  return after.flatMap((task) => {
    const old = before.find(({ id }) => id === task['id']);
    if (old === undefined) return [];
    const [was, is] = [dependenciesOf(old), dependenciesOf(task)];
    if (was.length === is.length && was.every((id) => is.includes(id))) return [];
    const now = is.length === 0 ? 'waits for nothing now' : `waits for ${is.join(', ')} now`;
    return [`${String(task['id'])} waited for ${was.join(', ')}: it ${now}.`];
  });
}

function remove(written: readonly Written[], id: string): Applied {
  const gone = written.find((task) => task['id'] === id);
  if (gone === undefined) return noSuchTask(id, idsOf(written));
  if (written.length === 1) {
    return refuse('a plan needs at least one task', 'reject the plan instead');
  }
  const left: Written[] = [];
  for (const task of written) {
    const others = dependenciesOf(task).filter((each) => each !== id);
    if (task === gone) continue;
    if (others.length === dependenciesOf(task).length) left.push(task);
    else left.push({ ...task, depends_on: [...new Set([...others, ...dependenciesOf(gone)])] });
  }
  return { ok: true, written: left };
}

function set(
  written: readonly Written[],
  edit: { readonly target: string; readonly value: string },
): Applied {
  const ids = idsOf(written);
  // An id may contain dots itself: the longest id that fits is meant.
  const [id] = ids
    .filter((each) => edit.target.startsWith(`${each}.`))
    .toSorted((a, b) => b.length - a.length);
  if (id === undefined) {
    if (ids.includes(edit.target)) {
      return refuse(`which field of ${quote(edit.target)}?`, `use ${edit.target}.field=value`);
    }
    return noSuchTask(edit.target.split('.')[0] ?? '', ids);
  }
  const [field = '', inner, ...more] = edit.target.slice(id.length + 1).split('.');
  if (more.length > 0) return refuse(`${quote(edit.target)} is too deep`, 'use ID.field=value');
  const value = readValue(edit.value);
  const changed: Written[] = [];
  for (const task of written) {
    if (task['id'] === id) {
      const inside = inner === undefined ? value : withField(asRecord(task[field]), inner, value);
      changed.push(withField(task, field, inside));
    } else if (field === 'id' && dependenciesOf(task).includes(id)) {
      const dependsOn = dependenciesOf(task).map((each) => (each === id ? value : each));
      changed.push({ ...task, depends_on: dependsOn });
    } else changed.push(task);
  }
  return { ok: true, written: changed };
}

/** Without a value, a field falls back to its default. */
function withField(fields: Written, name: string, value: unknown): Written {
  const { [name]: _old, ...others } = fields;
  return value === null ? others : { ...others, [name]: value };
}

function asRecord(value: unknown): Written {
  return isRecord(value) ? value : {};
}

/** What is no YAML is a text, such as a title with a colon. */
function readValue(text: string): unknown {
  try {
    const value: unknown = parse(text, { maxAliasCount: 0, logLevel: 'silent' });
    return isRecord(value) && !text.trimStart().startsWith('{') ? text : value;
  } catch {
    return text;
  }
}

function readAgain(
  written: readonly Written[],
  before: readonly PlanTask[],
  context: PlanContext,
): Read | Refused {
  const text = stringify({ goal: '-', tasks: written }, { aliasDuplicateObjects: false });
  const read = readPlan(text, context);
  if (!read.ok) {
    const message = read.problems.map((each) => `${each.path}: ${each.message}`).join('; ');
    return refuse(message, read.problems.find(({ hint }) => hint !== null)?.hint ?? 'see the plan');
  }
  const tasks = read.tasks.map((task) => {
    const old = before.find(({ id }) => id === task.id);
    // Writing names every agent; why it was chosen stands as long as it does.
    return old !== undefined && old.agent === task.agent
      ? { ...task, agentReason: old.agentReason }
      : task;
  });
  return { ok: true, tasks, warnings: read.warnings };
}

function noSuchTask(id: string, ids: readonly string[]): Refused {
  const near = nearest(id, ids);
  const hint =
    near === null ? `tasks here: ${ids.slice(0, 20).join(', ')}` : `did you mean ${near}?`;
  return refuse(`there is no task ${quote(id)}`, hint);
}

function refuse(message: string, hint: string): Refused {
  return { ok: false, message, hint };
}
