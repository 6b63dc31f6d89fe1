// `tutti undo KEY`: the change of a finished task goes out of its run's branch, if the gate lets it.

import type { Event } from '../model/event.ts';
import type { TaskKey } from '../model/key.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import { TASK_OVER } from '../model/task.ts';
import type { Task } from '../model/task.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Repository } from '../ports/repository.ts';
import type { Store } from '../ports/store.ts';
import { shortCommit } from '../report/view.ts';
import { checksOfResult } from '../run/result-checks.ts';
import { plural } from '../util/amount.ts';
import type { App } from './app.ts';
import type { Confirm } from './confirm.ts';
import { find } from './find.ts';
import type { Found } from './find.ts';
import { foreignCommits } from './foreign-commits.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import { send } from './send.ts';
import type { Shown } from './shown.ts';

/** How often it is looked whether somebody else has done it. */
const LOOK_MS = 100;

/** Who is there while a change is taken out. */
export interface UndoWish {
  readonly confirm: Confirm;
  readonly say: (line: string) => void;
}

/** A task whose change is to go, and what is said about it. */
interface Undoing {
  readonly run: Run;
  readonly task: Task;
  /** The base branch, where it has the change too. */
  readonly mergedInto: string | null;
}

type End = Extract<Event, { type: 'task-undone' | 'undo-refused' }>;

/**
 * Takes the change of a task out of its run's branch.
 *
 * @param app - The application.
 * @param text - The task's key as it was typed; or that of a run of one task.
 * @param wish - Who is there.
 * @returns What was done.
 */
export async function undoTask(app: App, text: string, wish: UndoWish): Promise<Result<Shown>> {
  const found = await find(app, text);
  if (!found.ok) return found;
  const named = taskOfFound(found.value, text);
  if (!named.ok) return named;
  const undoing = await lookAt(app, found.value.run, named.value);
  if (!undoing.ok) return undoing;
  const isUnder = undoing.value.run.undo?.task === named.value.key;
  // Whoever began it was asked.
  const refused = isUnder ? null : await refusal(undoing.value, wish.confirm);
  if (refused !== null) return refused;
  const { mergedInto, run } = undoing.value;
  if (mergedInto !== null) {
    wish.say(`${mergedInto} has the change already and keeps it: only ${run.branch} changes`);
  }
  const ended = await carryOut(app, undoing.value, wish.say);
  return ended.ok ? outcome(app, undoing.value, ended.value) : ended;
}

/** The task that is meant; a run stands for it where it has only one. */
function taskOfFound({ run, task }: Found, text: string): Result<Task> {
  if (task !== null) return ok(task);
  const [only, ...others] = run.tasks;
  if (only !== undefined && others.length === 0) return ok(only);
  const hint = `name one of its tasks: tutti show ${run.key}`;
  return no('wrong_key', `${text} names no task whose change could be taken out`, hint);
}

async function lookAt(app: App, run: Run, task: Task): Promise<Result<Undoing>> {
  const opened = await app.repository();
  if (!opened.ok) return opened;
  const repository = opened.value;
  const { status } = task;
  const commit = status.state === 'completed' ? status.commit : null;
  const tip = await repository.resolve(`refs/heads/${run.baseBranch}`);
  const stays = commit === null ? null : await whyItStays(repository, run, task, commit);
  if (stays !== null) return stays;
  if (commit === null || tip === null) return ok({ run, task, mergedInto: null });
  if ((await repository.resolve(commit)) === null) {
    const what = `the change of ${task.key}, commit ${commit}, is not in the repository any more`;
    return no('missing_commit', what, 'see what else is missing: tutti verify', 1);
  }
  const isMerged = await repository.isAncestor(commit, tip);
  return ok({ run, task, mergedInto: isMerged ? run.baseBranch : null });
}

/** Nothing takes up what is committed to the branch of a run that is over, so the branch cannot move. */
async function whyItStays(
  repository: Repository,
  run: Run,
  { key }: Task,
  commit: string,
): Promise<Result<never> | null> {
  if (!RUN_OVER[run.status.state] || run.undo !== null) return null;
  const foreign = await foreignCommits(repository, run);
  if (foreign === null) return null;
  const hint = `take it out there yourself: git revert ${shortCommit(commit)}`;
  return no('undo_refused', `${key} was not undone: ${foreign}`, hint, 1);
}

/** Whether the person wants it although something is unusual. */
async function refusal({ run, task }: Undoing, confirm: Confirm): Promise<Result<never> | null> {
  // What cannot be undone at all is said by whoever decides.
  if (task.status.state !== 'completed' || task.status.commit === null) return null;
  const reasons = unusual(run, task);
  if (reasons.length === 0) return null;
  const what = reasons.join('; ');
  if ((await confirm(`${what}. Undo ${task.key} all the same?`)) === true) return null;
  const hint = `look at it: tutti diff ${task.key}; undo it all the same: tutti undo ${task.key} --yes`;
  return no('unusual', `${task.key} was not undone: ${what}`, hint, 3);
}

function unusual(run: Run, task: Task): readonly string[] {
  const dependents = run.tasks.filter(({ dependsOn }) => dependsOn.includes(task.key));
  const done = dependents.filter(
    ({ status }) => status.state === 'completed' && status.commit !== null,
  );
  const atWork = dependents.filter(({ status }) => status.state === 'running');
  return [
    ...(checksOfResult(run, task).length === 0 ? ['no check can prove what is left'] : []),
    ...(done.length === 0 ? [] : [`${names(done)} built on it and stays`]),
    ...(atWork.length === 0 ? [] : [`${names(atWork)} is at work on it and will be stopped`]),
  ];
}

function names(tasks: readonly Task[]): string {
  const some = tasks.slice(0, 5).map(({ key }) => key);
  return tasks.length > some.length
    ? `${some.join(', ')} and ${tasks.length - some.length} more`
    : some.join(', ');
}

/** Gives the command, and waits until the gate has judged; who dies meanwhile is stood in for. */
async function carryOut(
  app: App,
  { run, task }: Undoing,
  say: UndoWish['say'],
): Promise<Result<End>> {
  const opened = await app.store();
  if (!opened.ok) return opened;
  const store = opened.value;
  const { recorded } = await store.log(run.key);
  for (let tries = 0; ; tries += 1) {
    if (tries === 0 || !(await isAttended(app, store))) {
      const { status } = task;
      const isThere = status.state === 'completed' && status.commit !== null;
      if (tries === 0 && isThere) say(`taking the change of ${task.key} out of ${run.branch}`);
      const said = await send(app, { type: 'undo', task: task.key, by: app.person });
      const end = await endIn(store, run.key, task.key, recorded.count);
      if (end !== null) return ok(end);
      if (!said.ok) return said;
    }
    const end = await endIn(store, run.key, task.key, recorded.count);
    if (end !== null) return ok(end);
    await new Promise<void>((resolve) => {
      app.clock.after(LOOK_MS, resolve);
    });
  }
}

async function isAttended(app: App, store: Store): Promise<boolean> {
  const { holder } = await store.lease();
  return holder !== null && (await app.isAlive(holder));
}

async function endIn(store: Store, run: string, task: TaskKey, after: number): Promise<End | null> {
  for (const { event } of (await store.eventsAfter(run, after)).toReversed()) {
    const isEnd = event.type === 'task-undone' || event.type === 'undo-refused';
    if (isEnd && event.task === task) return event;
  }
  return null;
}

async function outcome(app: App, undoing: Undoing, end: End): Promise<Result<Shown>> {
  const { task, mergedInto } = undoing;
  const opened = await app.store();
  if (!opened.ok) return opened;
  const run = (await opened.value.run(undoing.run.key)) ?? undoing.run;
  if (end.type === 'undo-refused') {
    const what = `${task.key} was not undone: ${end.message}`;
    const hint = `nothing was moved; undo first what builds on it, or mend it on ${run.branch}`;
    return no('undo_refused', what, hint, 1);
  }
  const verdicts = (await opened.value.verdicts(run.key))
    .filter((row) => row.task === task.key)
    .map(({ verdict }) => verdict)
    .filter(({ tree }) => tree !== null);
  const last = verdicts.at(-1)?.tree;
  const proof = verdicts.filter(({ tree }) => tree === last);
  const checks = checksOfResult(run, task).length === 0 ? [] : proof;
  const left = run.tasks.filter(
    ({ key, dependsOn, status }) =>
      key !== task.key && dependsOn.includes(task.key) && status.state !== 'completed',
  );
  const undo = {
    run: run.key,
    task: task.key,
    branch: run.branch,
    commit: end.commit,
    checks: checks.map(({ name, ok: good, command, exitCode, tree, durationMs }) => ({
      name,
      ok: good,
      command,
      exitCode,
      tree,
      durationMs,
    })),
    leftOut: left.map(({ key }) => key),
    mergedInto,
  };
  return ok({ json: { undo }, text: () => words(run, task, { end, checks, left }) });
}

function words(
  run: Run,
  { key }: Task,
  done: {
    readonly end: Extract<End, { type: 'task-undone' }>;
    readonly checks: readonly Verdict[];
    readonly left: readonly Task[];
  },
): string {
  const { end, checks, left } = done;
  const proof =
    checks.length === 0 ? '' : `, ${plural(checks.length, 'check')} passed on what is left`;
  const lines = [
    `${key} is undone: its change is out of ${run.branch}, as ${shortCommit(end.commit)}${proof}`,
  ];
  const waits = left.filter(({ status }) => !TASK_OVER[status.state]);
  const skipped = left.filter(({ status }) => status.state === 'skipped');
  if (skipped.length > 0) lines.push(`  skipped because of it: ${names(skipped)}`);
  if (waits.length > 0) lines.push(`  will be skipped because of it: ${names(waits)}`);
  if (run.offeredAs?.state === 'open')
    lines.push(`  bring its pull request up to date: tutti pr ${run.key}`);
  lines.push(`  do it again: tutti retry ${key}`);
  if (!RUN_OVER[run.status.state]) lines.push(`  go on: tutti resume ${run.key}`);
  return lines.join('\n');
}
