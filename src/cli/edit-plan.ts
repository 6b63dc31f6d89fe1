// `tutti plan edit KEY`: by flags, or in the person's own editor.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';

import { openPlan, revise, reviseByFile } from '../app/edit-plan.ts';
import type { Editable, PlanEdit } from '../app/edit-plan.ts';
import { no, ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import type { Shown } from '../app/shown.ts';
import type { Context, Given, Verb } from './context.ts';
import { sayProblem } from './problem.ts';

/**
 * Edits the plan of a run.
 *
 * @param context - What every verb works with.
 * @param given - The key and the edits.
 * @returns 0 when the edits are made.
 */
export const editPlan: Verb = async (context, given) => {
  const edits = editsOf(given);
  if (!edits.ok) return edits;
  if (edits.value.length === 0 && !context.interactive) {
    const hint = 'use --add TITLE, --remove ID or --set ID.field=value';
    return no('usage', 'there is nothing to edit, and no terminal for an editor', hint);
  }
  const opened = await openPlan(context.app, given.words[0] ?? '');
  if (!opened.ok) return opened;
  const revised =
    edits.value.length > 0
      ? await revise(context.app, opened.value, edits.value)
      : await inEditor(context, opened.value);
  if (!revised.ok) return revised;
  context.show(revised.value);
  return ok(0);
};

/** Flags are read by kind, not in their order: what is set is set on what is there, or was added. */
function editsOf({ options }: Given): Result<PlanEdit[]> {
  const list = (name: string): readonly string[] => {
    const value = options[name];
    if (typeof value === 'string') return [value];
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  };
  const dependsOn = list('dependsOn').flatMap((ids) => ids.split(',').map((id) => id.trim()));
  const edits: PlanEdit[] = [
    ...list('add').map((title) => ({ kind: 'add', title, dependsOn }) as const),
    ...list('remove').map((id) => ({ kind: 'remove', id }) as const),
  ];
  if (dependsOn.length > 0 && list('add').length === 0) {
    const hint = 'to change a task: --set ID.depends_on="[a, b]"';
    return no('usage', '--depends-on belongs to --add', hint);
  }
  for (const text of list('set')) {
    const at = text.indexOf('=');
    if (at < 1) return no('usage', `"${text.slice(0, 80)}" sets nothing`, '--set ID.field=value');
    edits.push({ kind: 'set', target: text.slice(0, at), value: text.slice(at + 1) });
  }
  return ok(edits);
}

// ---- in an editor ----

async function inEditor(context: Context, opened: Editable): Promise<Result<Shown>> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-plan-'));
  const path = join(folder, `${opened.run.key}.yaml`);
  try {
    await writeFile(path, opened.text);
    for (;;) {
      const problem = await runEditor(context, path);
      if (problem !== null) return problem;
      const text = await readFile(path, 'utf8');
      const revised = await reviseByFile(context.app, opened, text);
      if (revised.ok || revised.problem.code !== 'bad_plan') return revised;
      const { secrets } = context.app;
      sayProblem(context.outside, { problem: revised.problem, secrets }, { json: false });
      if (!(await again(context))) return revised;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As git does it: the shell takes the words apart, the path is an argument. */
async function runEditor({ outside }: Context, path: string): Promise<Result<never> | null> {
  const { environment } = outside;
  const editor = [environment['VISUAL'], environment['EDITOR'], 'vi'].find(
    (one) => one !== undefined && one !== '',
  );
  const code = await new Promise<number | null>((resolve) => {
    const child = spawn('/bin/sh', ['-c', `${editor} "$@"`, editor ?? 'vi', path], {
      stdio: 'inherit',
    });
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  if (code === 0) return null;
  const what = `the editor "${editor}" ended with ${code ?? 'a signal'}`;
  return no('editor', what, 'set EDITOR, or use --add, --remove and --set; nothing was changed');
}

async function again({ outside }: Context): Promise<boolean> {
  const lines = createInterface({ input: outside.stdin, output: outside.stderr });
  try {
    // The end of input is no yes, but no harm either: nothing is changed.
    const closed = new Promise<string>((resolve) => {
      lines.once('close', () => resolve('n'));
    });
    const answer = await Promise.race([lines.question('Edit again? [Y/n] '), closed]);
    return !answer.trim().toLowerCase().startsWith('n');
  } finally {
    lines.close();
  }
}
