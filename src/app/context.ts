// Everything that is known about a run or a task: what its agents are told, and what they came to.

import type { Change } from '../model/attempt.ts';
import type { Published } from '../model/published.ts';
import type { Task } from '../model/task.ts';
import { planTaskJson } from '../report/json.ts';
import { standing } from '../report/show-run.ts';
import { fit, shortCommit, stateSign } from '../report/view.ts';
import { oneLine, sanitizeTerminal, wrapToWidth } from '../util/terminal-text.ts';
import type { App } from './app.ts';
import { planText } from './face.ts';
import { find } from './find.ts';
import { past } from './past.ts';
import { ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown, View } from './shown.ts';

/** A prompt is read whole up to here, in bytes. */
const PROMPT_BYTES = 1_048_576;
/** The files of a change are listed in its row up to this number. */
const LISTED_FILES = 1000;

/** Of a run's context so much is shown; all of it stands in its file. */
const CONTEXT_BYTES = 1_048_576;

/** What a task came to. */
interface Outcome {
  readonly task: Task;
  readonly summary: string;
  readonly change: Change | null;
  readonly published: Published | null;
}

/**
 * Shows the context of a run or a task.
 *
 * @param app - The application.
 * @param key - The run or the task; an attempt stands for its task.
 * @returns What to show.
 */
export async function showContext(app: App, key: string): Promise<Result<Shown>> {
  const found = await find(app, key);
  if (!found.ok) return found;
  const { run, task } = found.value;
  const prompt = task === null ? null : await app.files.read(task.key, 'prompt.md', PROMPT_BYTES);
  // A task is told what those came to that it depends on; a run knows all of them.
  const tasks =
    task === null ? run.tasks : run.tasks.filter((one) => task.dependsOn.includes(one.key));
  const exchange = await app.exchange();
  const outcomes = await Promise.all(
    tasks.map(async (one) => outcomeOf(one, await exchange.published(one.key))),
  );
  const files = await changedBy(app, task === null ? run.tasks : [task]);
  if (!files.ok) return files;
  const context = await app.files.read(run.key, 'context.md', CONTEXT_BYTES);
  const plan = run.plans.at(-1) ?? null;
  const history = await past(app);
  return ok({
    json: {
      run: run.key,
      task: task?.key ?? null,
      goal: run.goal,
      given: run.settings.givenContext ?? null,
      plan:
        plan === null
          ? null
          : { revision: plan.revision, tasks: plan.tasks.map((one) => planTaskJson(one)) },
      results: outcomes.map(({ task: one, summary, change, published }) => ({
        task: one.key,
        title: one.spec.title,
        state: one.status.state,
        summary,
        files: change?.files ?? [],
        commit: one.status.state === 'completed' ? one.status.commit : null,
        published: published?.files ?? [],
        refused: published?.refused ?? [],
      })),
      files: files.value,
      context,
      contextPath: context === null ? null : exchange.contextPath(run.key),
      prompt,
    },
    text: (view) => {
      const { bold } = view.style;
      const blocks = [
        `${bold('Goal')}\n${wrapped(run.goal, view)}`,
        ...section('Given with it', run.settings.givenContext ?? '', view),
        ...(task === null && plan !== null ? [planText({ run, plan, history }, view)] : []),
        `${bold(task === null ? 'Results so far' : 'What it builds on')}\n${results(outcomes, view)}`,
      ];
      if (task === null) {
        const named = context === null ? [] : [exchange.contextPath(run.key)];
        const changed = files.value.map((path) => fit(path, view.width)).join('\n');
        return [
          ...blocks,
          ...(changed === '' ? [] : [`${bold('Files changed')}\n${changed}`]),
          ...named.map((path) => `${bold('All of it, as agents can read it')}\n${path}`),
        ].join('\n\n');
      }
      const said = prompt === null ? noPrompt(task) : sanitizeTerminal(prompt).trimEnd();
      return [...blocks, `${bold('Prompt')}\n${said}`].join('\n\n');
    },
  });
}

/**
 * Lists the files that were changed by what is integrated.
 *
 * @param app - The application.
 * @param key - The run, or one task of it.
 * @returns What to show.
 */
export async function showFiles(app: App, key: string): Promise<Result<Shown>> {
  const found = await find(app, key);
  if (!found.ok) return found;
  const { run, task } = found.value;
  const changed = await changedBy(app, task === null ? run.tasks : [task]);
  if (!changed.ok) return changed;
  const files = changed.value;
  return ok({
    json: { files },
    text: () =>
      files.length === 0 ? 'No file has been changed yet.' : files.map(oneLine).join('\n'),
  });
}

async function changedBy(app: App, tasks: readonly Task[]): Promise<Result<readonly string[]>> {
  const paths = new Set<string>();
  for (const change of integrated(tasks)) {
    const listed = await filesOf(app, change);
    if (!listed.ok) return listed;
    for (const path of listed.value) paths.add(path);
  }
  return ok([...paths].toSorted());
}

function integrated(tasks: readonly Task[]): Change[] {
  return tasks.flatMap((task) => {
    if (task.status.state !== 'completed' || task.status.commit === null) return [];
    return outcomeOf(task).change ?? [];
  });
}

async function filesOf(app: App, change: Change): Promise<Result<readonly string[]>> {
  if (change.files.length < LISTED_FILES) return ok(change.files);
  const opened = await app.repository();
  if (!opened.ok) return opened;
  const all = await opened.value.changedFiles(change.base, change.commit);
  return ok(all.map(({ path }) => path));
}

function outcomeOf(task: Task, published: Published | null = null): Outcome {
  const last = task.attempts.at(-1)?.status;
  const done = last?.state === 'ended' || last?.state === 'handed_in' ? last : null;
  const summary = done?.report?.summary ?? '';
  return { task, summary, change: done?.change ?? null, published };
}

function results(outcomes: readonly Outcome[], view: View): string {
  if (outcomes.length === 0) return 'nothing';
  return outcomes
    .flatMap(({ task, summary, change, published }) => {
      const { width, style } = view;
      const head = `${task.key}  ${task.spec.title} (${standing(task)})`;
      const commit = task.status.state === 'completed' ? (task.status.commit ?? '') : '';
      const files =
        change === null ? [] : [`${shortCommit(commit)} ${change.files.join(', ')}`.trim()];
      return [
        `${stateSign(task.status.state, style)} ${fit(head, width - 2)}`,
        ...(summary === '' ? [] : wrapToWidth(oneLine(summary), width - 4)).map(
          (line) => `    ${line}`,
        ),
        ...[...files, ...exchanged(published)].map((line) =>
          style.dim(`    ${fit(line, width - 4)}`),
        ),
      ];
    })
    .join('\n');
}

function exchanged(published: Published | null): string[] {
  if (published === null) return [];
  const { files, refused, moreRefused } = published;
  const named = files.map(({ path }) => path).join(', ');
  return [
    ...(files.length === 0 ? [] : [`published ${named}`]),
    ...refused.map(({ name, why }) => `not published: ${name}: ${why}`),
    ...(moreRefused === 0 ? [] : [`not published: ${moreRefused} more`]),
  ];
}

function section(title: string, text: string, view: View): string[] {
  return text === '' ? [] : [`${view.style.bold(title)}\n${wrapped(text, view)}`];
}

function wrapped(text: string, { width }: View): string {
  return sanitizeTerminal(text)
    .split('\n')
    .flatMap((line) => (line === '' ? [''] : wrapToWidth(line, width)))
    .join('\n');
}

function noPrompt({ spec, attempts }: Task): string {
  if (spec.command !== null) return 'none: a plain command is told nothing';
  return attempts.length === 0 ? 'none yet: it has not started' : 'none: its file is gone';
}
