// Everything that is known about a run or a task: what its agents are told, and what they came to.

import type { Change } from '../model/attempt.ts';
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

/** What a task came to. */
interface Outcome {
  readonly task: Task;
  readonly summary: string;
  readonly change: Change | null;
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
  const outcomes = tasks.map((one) => outcomeOf(one));
  const plan = run.plans.at(-1) ?? null;
  const history = await past(app);
  return ok({
    json: {
      run: run.key,
      task: task?.key ?? null,
      goal: run.goal,
      plan:
        plan === null
          ? null
          : { revision: plan.revision, tasks: plan.tasks.map((one) => planTaskJson(one)) },
      results: outcomes.map(({ task: one, summary, change }) => ({
        task: one.key,
        title: one.spec.title,
        state: one.status.state,
        summary,
        files: change?.files ?? [],
        commit: one.status.state === 'completed' ? one.status.commit : null,
      })),
      prompt,
    },
    text: (view) => {
      const { bold } = view.style;
      const blocks = [
        `${bold('Goal')}\n${wrapped(run.goal, view)}`,
        ...(task === null && plan !== null ? [planText({ run, plan, history }, view)] : []),
        `${bold(task === null ? 'Results so far' : 'What it builds on')}\n${results(outcomes, view)}`,
      ];
      if (task === null) return blocks.join('\n\n');
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
  const paths = new Set<string>();
  for (const change of integrated(task === null ? run.tasks : [task])) {
    const listed = await filesOf(app, change);
    if (!listed.ok) return listed;
    for (const path of listed.value) paths.add(path);
  }
  const files = [...paths].toSorted();
  return ok({
    json: { files },
    text: () =>
      files.length === 0 ? 'No file has been changed yet.' : files.map(oneLine).join('\n'),
  });
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

function outcomeOf(task: Task): Outcome {
  const last = task.attempts.at(-1)?.status;
  const done = last?.state === 'ended' || last?.state === 'handed_in' ? last : null;
  return { task, summary: done?.report?.summary ?? '', change: done?.change ?? null };
}

function results(outcomes: readonly Outcome[], view: View): string {
  if (outcomes.length === 0) return 'nothing';
  return outcomes
    .flatMap(({ task, summary, change }) => {
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
        ...files.map((line) => style.dim(`    ${fit(line, width - 4)}`)),
      ];
    })
    .join('\n');
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
