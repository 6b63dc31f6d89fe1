// What changed from one revision of a plan to another.

import type { PlanTask } from '../model/plan.ts';
import { planTaskJson } from '../report/json.ts';
import { fit } from '../report/view.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { spellOut, wrapToWidth } from '../util/terminal-text.ts';
import type { View } from './shown.ts';

/** What became of one task between two revisions. */
interface Changed {
  readonly id: string;
  readonly fields: readonly {
    readonly field: string;
    readonly from: unknown;
    readonly to: unknown;
  }[];
}

/** What changed between two revisions. */
export interface PlanChanges {
  readonly added: readonly PlanTask[];
  readonly removed: readonly PlanTask[];
  readonly changed: readonly Changed[];
}

/**
 * Compares two revisions.
 *
 * @param from - The older tasks.
 * @param to - The newer ones.
 * @returns What was added, removed and changed.
 */
export function changesOf(from: readonly PlanTask[], to: readonly PlanTask[]): PlanChanges {
  return {
    added: to.filter(({ id }) => !from.some((task) => task.id === id)),
    removed: from.filter(({ id }) => !to.some((task) => task.id === id)),
    changed: to.flatMap((task) => {
      const before = from.find(({ id }) => id === task.id);
      return before === undefined ? [] : changedTask(before, task);
    }),
  };
}

/**
 * Tells whether two revisions are the same.
 *
 * @param changes - What changed.
 * @returns Whether nothing did.
 */
export function isUnchanged({ added, removed, changed }: PlanChanges): boolean {
  return added.length === 0 && removed.length === 0 && changed.length === 0;
}

/**
 * Writes changes as scripts see them.
 *
 * @param changes - The changes.
 * @returns Their JSON.
 */
export function changesJson({ added, removed, changed }: PlanChanges): Record<string, unknown> {
  return {
    added: added.map((task) => planTaskJson(task)),
    removed: removed.map(({ id, title }) => ({ id, title })),
    changed,
  };
}

function changedTask(before: PlanTask, after: PlanTask): Changed[] {
  const [old, young] = [fieldsOf(before), fieldsOf(after)];
  const fields = [...young.keys()]
    .filter((field) => canonicalJson(old.get(field)) !== canonicalJson(young.get(field)))
    .map((field) => ({ field, from: old.get(field), to: young.get(field) }));
  return fields.length === 0 ? [] : [{ id: after.id, fields }];
}

function fieldsOf(task: PlanTask): ReadonlyMap<string, unknown> {
  const { agentReason: _reason, ...fields } = planTaskJson(task);
  return new Map(Object.entries(fields));
}

function valueText(value: unknown): string {
  return spellOut(typeof value === 'string' ? value : JSON.stringify(value ?? null));
}

/**
 * Shows changes: what is gone, what is new, and each field that is another one.
 *
 * @param diff - The changes.
 * @param view - Where they are shown.
 * @returns Lines; none where nothing changed.
 */
export function changeLines(diff: PlanChanges, { width, style }: View): string[] {
  return [
    ...diff.removed.map(({ id, title }) => style.red(`- ${fit(`${id}  ${title}`, width - 2)}`)),
    ...diff.added.map(({ id, title }) => style.green(`+ ${fit(`${id}  ${title}`, width - 2)}`)),
    ...diff.changed.flatMap(({ id, fields }) => [
      style.yellow(`~ ${fit(id, width - 2)}`),
      // Commands can be among it: nothing is cut.
      ...fields.flatMap(({ field, from, to }) =>
        wrapToWidth(`${field}: ${valueText(from)} → ${valueText(to)}`, width - 4).map(
          (line) => `    ${line}`,
        ),
      ),
    ]),
  ];
}
