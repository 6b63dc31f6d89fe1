// `tutti resolve KEY`: a person puts both sides of a conflict together. They are laid out in a folder
// of their own, as a clone in which git works; what is made of them gets onto the branch through the
// same gate as everything else.

import type { Ask } from '../model/ask.ts';
import type { ByHand } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { Workspace } from '../ports/workspace.ts';
import { shortCommit, shellKey } from '../report/view.ts';
import { clashToResolve, placesOf } from '../run/conflict.ts';
import type { Clash } from '../run/conflict.ts';
import { missingIn, missingText } from '../run/resolution.ts';
import type { Workshop } from '../run/workshop.ts';
import { plural } from '../util/amount.ts';
import { singleLine } from '../util/single-line.ts';
import { oneLine, sanitizeTerminal } from '../util/terminal-text.ts';
import type { App } from './app.ts';
import type { Confirm } from './confirm.ts';
import { find } from './find.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown } from './shown.ts';
import { steer } from './steer.ts';

/** What is wanted. */
export interface ResolveWish {
  /** It is as the person wants it: take it. */
  readonly done: boolean;
  /** Throw away what was made so far and begin again. */
  readonly anew: boolean;
  readonly confirm: Confirm;
}

/** A conflict that a person is asked about. */
interface Asked {
  readonly workshop: Workshop;
  readonly run: Run;
  readonly task: Task;
  readonly ask: Ask;
  /** The folder's name. */
  readonly name: string;
}

/**
 * Lays a conflict out for a person, or takes what they have made of it.
 *
 * @param app - The application.
 * @param key - An ask about a conflict, or the task or run that has one.
 * @param wish - What is wanted.
 * @returns What was done.
 */
export async function resolveByHand(
  app: App,
  key: string,
  wish: ResolveWish,
): Promise<Result<Shown>> {
  const found = await askedAbout(app, key);
  if (!found.ok) return found;
  const asked = found.value;
  const there = await asked.workshop.workspaces.find(asked.name);
  if (wish.done) return take(app, asked, there, wish.confirm);
  if (there !== null && !wish.anew) return laidOut(asked, there.path, asked.run.head);
  if (there !== null) {
    const answer = await wish.confirm(`Throw away what was made in ${there.path}?`);
    if (answer !== true) {
      const hint = `go on with it, then: tutti resolve ${asked.task.key} --done`;
      return no('needs_yes', `nothing was changed in ${there.path}`, hint, 3);
    }
    await there.remove();
  }
  return layOut(asked);
}

async function askedAbout(app: App, text: string): Promise<Result<Asked>> {
  const found = await find(app, text);
  if (!found.ok) return found;
  const { key, run } = found.value;
  const asks = run.asks.filter(({ key: own, kind, task, status }) => {
    if (kind !== 'conflict' || status.state !== 'open') return false;
    if (key.kind === 'ask') return own === key.ask;
    return !('task' in key) || key.task === task;
  });
  const [ask, ...more] = asks;
  const task = run.tasks.find((one) => one.key === ask?.task);
  if (ask === undefined || task === undefined) {
    const hint = 'tutti asks shows what waits for you, tutti conflicts what is ahead';
    return no('no_conflict', `${text} has no conflict that waits for a person`, hint);
  }
  if (more.length > 0) {
    const keys = asks.map(({ task: one }) => one).join(', ');
    return no('which_task', `${text} has ${asks.length} conflicts: ${keys}`, 'name one of them');
  }
  const workshop = await app.workshop();
  if (!workshop.ok) return workshop;
  const name = `${task.spec.resolves ?? task.key}-by-hand`;
  return ok({ workshop: workshop.value, run, task, ask, name });
}

// ---- laying it out ----

async function layOut(asked: Asked): Promise<Result<Shown>> {
  const { workshop, run, task, name } = asked;
  const { repository, workspaces } = workshop;
  const clash = await clashToResolve(repository, run, task, run.head);
  if (clash === null) return nothingKept(asked);
  const prepared = await workspaces.prepare(
    {
      name,
      mode: 'clone',
      commit: run.head,
      branch: `${run.settings.branchPrefix}${name}`,
      // Whatever is needed to try it, the person starts themselves.
      settings: { ...run.settings.workspace, setup: [] },
    },
    async () => null,
    async () => true,
  );
  if (!prepared.ok) return notLaidOut(prepared.message);
  const { workspace } = prepared;
  const laid = await workspace.lay(clash.tree);
  if (laid.kind !== 'laid') {
    await workspace.remove();
    return notLaidOut(laid.kind === 'failed' ? laid.message : `they do not fit ${workspace.path}`);
  }
  return laidOut(asked, workspace.path, run.head);
}

function notLaidOut(why: string): Result<never> {
  const hint = 'mend that, then give the command again';
  return no('no_workspace', `both sides could not be laid out: ${why}`, hint, 1);
}

async function laidOut(asked: Asked, dir: string, branch: string): Promise<Result<Shown>> {
  const { repository } = asked.workshop;
  const clash = await clashToResolve(repository, asked.run, asked.task, branch);
  if (clash === null) return nothingKept(asked);
  const files = await placesOf(repository, clash);
  const { base, commit: change } = clash.change;
  const { task, ask } = asked;
  const json = { ask: ask.key, task: task.key, state: 'laid_out', dir, branch, base, change };
  return ok({
    json: { resolve: { ...json, files, notes: clash.notes } },
    text: ({ style }) =>
      [
        ...(files.length === 0
          ? [`The change of ${task.key} fits the run's branch now. It lies in`]
          : [`Both sides of ${task.key}, with git's marks where they conflict, lie in`]),
        `  ${style.bold(dir)}`,
        ...fileLines(files, clash),
        '',
        'To take one side of a file whole, say there:',
        `  git checkout ${shortCommit(branch)} -- FILE   what the run's branch has`,
        `  git checkout ${shortCommit(change)} -- FILE   what the change has`,
        '',
        `When it is as you want it: ${style.cyan(`tutti resolve ${shellKey(task.key)} --done`)}`,
      ].join('\n'),
  });
}

function fileLines(
  files: readonly { readonly path: string; readonly hunks: readonly object[] }[],
  { notes }: Clash,
): string[] {
  const places = files
    .filter(({ hunks }) => hunks.length > 0)
    .map(({ path, hunks }) => `    ${oneLine(path)}  ${plural(hunks.length, 'place')}`);
  const whole = notes
    .filter((note) => !note.startsWith('CONFLICT (content)'))
    .map((note) => `    ${sanitizeTerminal(note)}`);
  return [...places, ...whole];
}

function nothingKept({ task }: Asked): Result<never> {
  const what = `nothing is kept of the change of ${task.key} that is in conflict`;
  return no('nothing_kept', what, `see what there is: tutti show ${task.key} --attempts`);
}

// ---- taking it ----

async function take(
  app: App,
  asked: Asked,
  there: Workspace | null,
  confirm: Confirm,
): Promise<Result<Shown>> {
  const { task, run, ask } = asked;
  if (there === null) {
    const hint = `lay it out first: tutti resolve ${task.key}`;
    return no('not_laid_out', `nobody has laid the conflict of ${task.key} out yet`, hint);
  }
  const made = await madeIn(app, asked, there);
  if (!made.ok) return made;
  const byHand = made.value;
  const lacking = await refusal(asked, byHand, confirm);
  if (lacking !== null) return lacking;
  const kept = await keep(asked, byHand.commit);
  if (kept !== null) return kept;
  const { person: by } = app;
  const answer = { type: 'answer', ask: ask.key, answer: 'done', by, byHand } as const;
  const said = await steer(app, run, answer);
  if (!said.ok) return said;
  await there.remove();
  await asked.workshop.workspaces.rest();
  return ok(said.value.shown);
}

/** The difference to what was laid out, as a commit; where there is none, the head as it is. */
async function madeIn(app: App, asked: Asked, there: Workspace): Promise<Result<ByHand>> {
  const { task, run } = asked;
  const title = singleLine(task.spec.title);
  const message = `${task.key}: ${title}\n\nTutti-Agent: person\n`;
  const made = await there.collect(message, app.clock.now());
  const again = `mend that, then: tutti resolve ${task.key} --done`;
  if (made.kind === 'invalid') {
    return no('invalid', `what is in ${there.path} cannot be taken: ${made.message}`, again, 1);
  }
  if (made.kind === 'none') return ok({ commit: run.head, base: run.head });
  if (made.secrets.length > 0) {
    const where = made.secrets.join(', ');
    return no('secret', `there is a secret in what you made: ${where}`, again, 1);
  }
  const { commit, base } = made.change;
  return ok({ commit, base });
}

/** Marks have to go; lines that are gone may be meant to be. */
async function refusal(
  { workshop, run, task }: Asked,
  { commit, base }: ByHand,
  confirm: Confirm,
): Promise<Result<never> | null> {
  // What they made of it before is theirs to change: only the two sides count.
  const first = run.tasks.find(({ key }) => key === task.spec.resolves) ?? task;
  const clash = await clashToResolve(workshop.repository, run, first, base);
  if (clash === null) return null;
  const missing = await missingIn(workshop.repository, clash, commit);
  const text = sanitizeTerminal(missingText(missing));
  if (missing.marked.length > 0) {
    const hint = `put both sides together there, then: tutti resolve ${task.key} --done`;
    return no('marks_left', text, hint, 1);
  }
  if (missing.lost.length + missing.left === 0) return null;
  const answer = await confirm(`${text}\nTake it all the same?`);
  if (answer === true) return null;
  const hint = `if that is meant: tutti resolve ${task.key} --done --yes`;
  return no('lines_lost', text, hint, 3);
}

/** No object may go before the branch has it. */
async function keep(
  { workshop: { repository }, task }: Asked,
  commit: string,
): Promise<Result<never> | null> {
  const ref = `refs/tutti/kept/${task.spec.resolves ?? task.key}/by-hand`;
  const old = await repository.resolve(ref);
  if (old === commit) return null;
  const moved = await repository.move([{ ref, old, new: commit }], null);
  if (moved.kind === 'moved') return null;
  return no('busy', `${ref} was moved by somebody else`, 'give the command again', 1);
}
