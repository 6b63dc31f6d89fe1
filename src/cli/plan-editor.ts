// A plan in the person's own editor. What was typed is in a file of the run until it is a revision:
// whatever happens in between, the next call goes on with it.

import { spawn } from 'node:child_process';
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';

import { reviseByFile } from '../app/edit-plan.ts';
import type { Editable, Revised } from '../app/edit-plan.ts';
import { no } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import type { Context } from './context.ts';
import { sayProblem } from './problem.ts';

const FILE = 'plan-edit.yaml';
const HEAD = /^# .*, revision (?<revision>\d+)\./u;

/**
 * Lets a person edit a plan in their editor, again and again until it is right or they leave it.
 *
 * @param context - What every verb works with.
 * @param opened - The plan.
 * @returns The new revision.
 */
export async function editInEditor(context: Context, opened: Editable): Promise<Result<Revised>> {
  const path = await draftOf(context, opened);
  for (;;) {
    const problem = await runEditor(context, path);
    if (problem !== null) return problem;
    const text = await readFile(path, 'utf8');
    const revised = await reviseByFile(context.app, opened, text);
    if (revised.ok) {
      await rm(path, { force: true });
      return revised;
    }
    if (revised.problem.code !== 'bad_plan') return kept(revised, path);
    const { secrets } = context.app;
    sayProblem(context.outside, { problem: revised.problem, secrets }, { json: false });
    if (!(await again(context))) return kept(revised, path);
  }
}

function kept(revised: Extract<Result<Revised>, { ok: false }>, path: string): Result<Revised> {
  const { problem } = revised;
  return {
    ok: false,
    problem: { ...problem, hint: `${problem.hint}; what you wrote is in ${path}` },
  };
}

/** The file to edit: what was left of an earlier call, or the plan as it is. */
async function draftOf(context: Context, { run, plan, text }: Editable): Promise<string> {
  const { files } = context.app;
  const path = join(files.folder(run.key), FILE);
  const head = `# The plan of ${run.key}, revision ${plan.revision}. Save and close to make it a new revision.\n`;
  const fresh = `${head}${text}`;
  const left = await readFile(path, 'utf8').catch(() => null);
  if (left !== null && left !== fresh) {
    const of = HEAD.exec(left)?.groups?.['revision'];
    if (of === String(plan.revision)) {
      context.say(`Going on with what you wrote before; to begin anew, remove ${path}`);
      return path;
    }
    const aside = join(files.folder(run.key), `plan-edit-${of ?? 'old'}.yaml`);
    await rename(path, aside);
    context.say(`What you wrote before was about another revision; it is in ${aside}`);
  }
  // Makes the folder; the text itself is written as it is, for what is left out would be changed.
  await files.write(run.key, FILE, '');
  await chmod(path, 0o600);
  await writeFile(path, fresh);
  return path;
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
  return no(
    'editor',
    what,
    `set EDITOR, or use --add, --remove, --split and --set; nothing was changed, what you wrote is in ${path}`,
  );
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
