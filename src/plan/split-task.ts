// A task of a plan is split: its pieces take its place in the order of the others.

import { slug } from '../util/slug.ts';
import { quote } from '../util/yaml-tree.ts';
import type { PlanContext } from './plan-context.ts';

/** A task as a plan file has it. */
export type Written = Readonly<Record<string, unknown>>;

/** The tasks after it, or why it cannot be. */
type Split =
  | { readonly ok: true; readonly written: readonly Written[] }
  | { readonly ok: false; readonly message: string; readonly hint: string };

/** The agent that does what nobody else is known for. */
const ANYBODY = 'general-purpose';
const LONGEST_ID = 40;

/**
 * Splits a task. The pieces can go on at the same time; only where the task has commands that prove
 * it, which need all of it, the last piece takes them and waits for the others.
 *
 * @param written - All tasks.
 * @param split - Which task, and the titles of its pieces.
 * @param split.id - Which task.
 * @param split.into - The titles of its pieces.
 * @param context - Who does what.
 * @returns The tasks with the pieces in its place.
 */
export function splitTask(
  written: readonly Written[],
  { id, into }: { readonly id: string; readonly into: readonly string[] },
  context: PlanContext,
): Split {
  const whole = written.find((task) => task['id'] === id);
  if (whole === undefined) throw new Error(`no task ${id} to split`);
  if (into.length < 2) {
    return no('a task is split into two pieces or more', `--split ${id} --into "…" --into "…"`);
  }
  if (Array.isArray(whole['command'])) {
    return no(`${quote(id)} is a plain command`, 'remove it and add others with a command each');
  }
  const ids: string[] = [];
  for (const title of into) ids.push(newId(title, [...idsOf(written), ...ids]));
  const proof = lists(whole, 'checks').length > 0;
  const pieces = into.map((title, index) => {
    const last = proof && index === into.length - 1;
    return pieceOf(
      whole,
      { id: ids[index] ?? '', title, waits: last ? ids.slice(0, -1) : [], last },
      {
        count: into.length,
        context,
      },
    );
  });
  const instead = proof ? ids.slice(-1) : ids;
  return {
    ok: true,
    written: written.flatMap((task) => {
      if (task === whole) return pieces;
      const others = dependenciesOf(task);
      if (!others.includes(id)) return [task];
      return [{ ...task, depends_on: others.flatMap((each) => (each === id ? instead : [each])) }];
    }),
  };
}

function pieceOf(
  whole: Written,
  piece: { id: string; title: string; waits: readonly string[]; last: boolean },
  { count, context }: { count: number; context: PlanContext },
): Written {
  const { checks, acceptance, estimate, agent, ...kept } = whole;
  const routed = context.route({ title: piece.title }).agent;
  return {
    ...kept,
    id: piece.id,
    title: piece.title,
    description: describe(whole, piece),
    // Whoever does the whole can do a piece that says nothing of its own.
    ...(routed === ANYBODY && { agent }),
    depends_on: [...dependenciesOf(whole), ...piece.waits],
    ...(piece.last && { checks, ...(acceptance !== undefined && { acceptance }) }),
    ...(isAmounts(estimate) && { estimate: shared(estimate, count) }),
  };
}

function describe(whole: Written, { title }: { title: string }): string {
  const { title: of, description } = whole;
  const parts = [`${title}.`, `This is one piece of "${String(of)}"; other tasks do the others.`];
  if (typeof description === 'string') parts.push(`About the whole:\n${description}`);
  const accepted = lists(whole, 'acceptance');
  if (accepted.length > 0) parts.push(`The whole is done when:\n${accepted.join('\n')}`);
  return parts.join('\n\n');
}

type Amounts = Readonly<Record<string, number>>;

function isAmounts(value: unknown): value is Amounts {
  return typeof value === 'object' && value !== null;
}

function shared(estimate: Amounts, count: number): Amounts {
  return Object.fromEntries(
    Object.entries(estimate).map(([name, amount]) => [
      name,
      Math.max(0.01, Math.round((amount / count) * 100) / 100),
    ]),
  );
}

function lists(task: Written, name: string): readonly unknown[] {
  const value = task[name];
  return Array.isArray(value) ? value : [];
}

/**
 * Lists the ids of tasks.
 *
 * @param written - The tasks.
 * @returns Their ids.
 */
export function idsOf(written: readonly Written[]): readonly string[] {
  return written.map(({ id }) => id).filter((id) => typeof id === 'string');
}

/**
 * Lists what a task waits for.
 *
 * @param task - The task.
 * @returns Ids, as they are written.
 */
export function dependenciesOf(task: Written): readonly unknown[] {
  return lists(task, 'depends_on');
}

/**
 * Makes an id that the title suggests and nobody has.
 *
 * @param title - The title.
 * @param taken - The ids there are.
 * @returns The id.
 */
export function newId(title: string, taken: readonly string[]): string {
  const base = slug(title, LONGEST_ID);
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base}-${number}`;
    if (!taken.includes(id)) return id;
  }
}

function no(message: string, hint: string): Split {
  return { ok: false, message, hint };
}
