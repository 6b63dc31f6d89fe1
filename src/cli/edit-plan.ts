// `tutti plan edit KEY`: by flags, or in the person's own editor.

import { openPlan, revise } from '../app/edit-plan.ts';
import type { PlanEdit, Revised } from '../app/edit-plan.ts';
import { withPast } from '../app/past.ts';
import { planShown } from '../app/plans.ts';
import { no, ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import type { Context, Given, Verb } from './context.ts';
import { editInEditor } from './plan-editor.ts';
import { splitByPlanner } from './plan-talk.ts';

/**
 * Edits the plan of a run.
 *
 * @param context - What every verb works with.
 * @param given - The key and the edits.
 * @returns 0 when the edits are made.
 */
export const editPlan: Verb = async (context, given) => {
  const key = given.words[0] ?? '';
  const edits = editsOf(given);
  if (!edits.ok) return edits;
  if (edits.value.length === 0 && !context.interactive) {
    const hint = 'use --add TITLE, --remove ID, --split ID or --set ID.field=value';
    return no('usage', 'there is nothing to edit, and no terminal for an editor', hint);
  }
  const [only, ...others] = edits.value;
  if (only?.kind === 'split' && only.into.length === 0) {
    if (others.length === 0 && listOf(given, 'set').length === 0) {
      return splitByPlanner(context, key, only.id);
    }
    return no(
      'usage',
      '--split without --into stands alone',
      'give the other edits in another call',
    );
  }
  const revised =
    edits.value.length > 0
      ? await revise(context.app, key, edits.value)
      : await edited(context, key);
  if (!revised.ok) return revised;
  const { notes } = revised.value;
  for (const note of notes) context.say(note);
  context.show(planShown(await withPast(context.app, revised.value), { notes }));
  return ok(0);
};

async function edited(context: Context, key: string): Promise<Result<Revised>> {
  const opened = await openPlan(context.app, key);
  return opened.ok ? editInEditor(context, opened.value) : opened;
}

function listOf({ options }: Given, name: string): readonly string[] {
  const value = options[name];
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** Flags are read by kind, not in their order: what is set is set on what is there, or was added. */
function editsOf(given: Given): Result<PlanEdit[]> {
  const list = (name: string): readonly string[] => listOf(given, name);
  const dependsOn = list('dependsOn').flatMap((ids) => ids.split(',').map((id) => id.trim()));
  const [split, into] = [list('split'), list('into')];
  const edits: PlanEdit[] = [
    ...list('add').map((title) => ({ kind: 'add', title, dependsOn }) as const),
    ...list('remove').map((id) => ({ kind: 'remove', id }) as const),
    ...split.map((id) => ({ kind: 'split', id, into }) as const),
  ];
  if (dependsOn.length > 0 && list('add').length === 0) {
    const hint = 'to change a task: --set ID.depends_on="[a, b]"';
    return no('usage', '--depends-on belongs to --add', hint);
  }
  if ((into.length > 0 && split.length !== 1) || split.length > 1) {
    const hint = '--split ID --into "one piece" --into "another one"';
    return no('usage', 'one task is split at a time, and --into belongs to --split', hint);
  }
  for (const text of list('set')) {
    const at = text.indexOf('=');
    if (at < 1) return no('usage', `"${text.slice(0, 80)}" sets nothing`, '--set ID.field=value');
    edits.push({ kind: 'set', target: text.slice(0, at), value: text.slice(at + 1) });
  }
  return ok(edits);
}
