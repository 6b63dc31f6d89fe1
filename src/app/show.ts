// One thing in full: a run, a task, an attempt or an ask.

import type { Ask } from '../model/ask.ts';
import type { Attempt } from '../model/attempt.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { askLines } from '../report/asks.ts';
import { askJson, attemptJson, crewOf, runJson, verdictJson } from '../report/json.ts';
import { nextOfRun, renderRun } from '../report/show-run.ts';
import { renderTask } from '../report/show-task.ts';
import { renderStages, stagesJson } from '../report/stages.ts';
import { summarize } from '../report/summarize.ts';
import { taskJson } from '../report/task-json.ts';
import { clashToResolve, placesOf } from '../run/conflict.ts';
import { readForeseen } from '../run/foreseen-file.ts';
import { sanitizeTerminal } from '../util/terminal-text.ts';
import type { App } from './app.ts';
import { find } from './find.ts';
import type { Found } from './find.ts';
import { keptOfTasks } from './kept.ts';
import { othersOf } from './others.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown, View } from './shown.ts';
import { specialistNotes } from './specialists.ts';

/** Which parts are wanted beside, or instead of, the usual ones. */
export interface Parts {
  readonly stages: boolean;
  readonly attempts: boolean;
  readonly evidence: boolean;
  readonly diff: boolean;
}

/**
 * Shows what a key names.
 *
 * @param app - The application.
 * @param key - A run, a task, an attempt or an ask.
 * @param parts - Which parts are wanted.
 * @returns What to show.
 */
export async function showKey(app: App, key: string, parts: Parts): Promise<Result<Shown>> {
  const found = await find(app, key);
  if (!found.ok) return found;
  const diff = parts.diff ? await diffOf(app, found.value) : ok('');
  if (!diff.ok) return diff;
  const shown = await shownOf(app, found.value, parts);
  if (!parts.diff) return ok(shown);
  return ok({
    json: { ...shown.json, diff: diff.value },
    text: (view) => sanitizeTerminal(diff.value).trimEnd() || `${shown.text(view)}\n\nNo change.`,
  });
}

interface Whole extends Shown {
  readonly json: Readonly<Record<string, unknown>>;
}

function shownOf(app: App, found: Found, parts: Parts): Promise<Whole> | Whole {
  if (found.task !== null) return taskShown(app, found, parts);
  return found.key.kind === 'ask'
    ? askShown(app, found, found.key.ask)
    : runShown(app, found, parts);
}

async function runShown(app: App, { run, store }: Found, parts: Parts): Promise<Whole> {
  const now = app.clock.now();
  const verdicts = parts.evidence ? await store.verdicts(run.key) : [];
  const others = await othersOf(store, run);
  const kept = parts.attempts ? await keptOfTasks(app, run.tasks) : undefined;
  const foreseen = await readForeseen(app.files, run.key, async () => run);
  const { holder } = await store.lease();
  const isLive = holder !== null && (await app.isAlive(holder));
  const text = (view: View): string => {
    if (parts.stages) return renderStages(run, now);
    if (!parts.attempts && !parts.evidence) {
      const next = nextOfRun(run, isLive);
      const hint = next === '' ? '' : `\n\nNext: ${view.style.cyan(next)}`;
      return `${renderRun(run, now, view, { others, foreseen })}${hint}`;
    }
    if (run.tasks.length === 0) return `${run.key} has no tasks yet.`;
    // Of what looks around and plans there is nothing to judge.
    const judged = run.tasks.filter(
      ({ key, spec }) =>
        parts.attempts || !isThinking(spec.kind) || verdicts.some(({ task }) => task === key),
    );
    if (judged.length === 0) return `No check or review has judged anything of ${run.key} yet.`;
    return judged
      .map((task) =>
        renderTask(
          { task, run, verdicts, now, others, ...(kept !== undefined && { kept }) },
          parts,
          view,
        ),
      )
      .join('\n\n');
  };
  return {
    json: {
      run: runJson(summarize(run)),
      tasks: run.tasks.map((task) => taskJson(task, run, now, others)),
      conflicts: foreseen,
      ...(parts.stages && { stages: stagesJson(run) }),
      ...(parts.attempts && {
        attempts: run.tasks.flatMap(({ attempts }) =>
          attempts.map((one) => attemptWith(one, kept)),
        ),
      }),
      ...(parts.evidence && { verdicts: verdicts.map((row) => verdictJson(row)) }),
    },
    text,
  };
}

function isThinking(kind: Task['spec']['kind']): boolean {
  return kind === 'research' || kind === 'plan';
}

async function taskShown(app: App, found: Found, parts: Parts): Promise<Whole> {
  const { run, store, attempt } = found;
  const now = app.clock.now();
  const task = found.task ?? run.tasks[0];
  if (task === undefined) throw new Error(`${run.key} has no tasks`);
  const all = await store.verdicts(run.key);
  const others = await othersOf(store, run);
  const verdicts = all.filter(
    (row) => row.task === task.key && (attempt === null || row.attempt === attempt.key),
  );
  const { agent, runtime } = crewOf(task, run);
  const notes = (await specialistNotes(app))(agent, runtime);
  const shown = attempt === null ? task : { ...task, attempts: [attempt] };
  const kept = parts.attempts || attempt !== null ? await keptOfTasks(app, [task]) : undefined;
  const wanted = attempt === null ? parts : { attempts: true, evidence: true };
  return {
    json: {
      ...(attempt !== null && { attempt: attemptJson(attempt) }),
      task: taskJson(task, run, now, others),
      attempts: shown.attempts.map((one) => attemptWith(one, kept)),
      verdicts: verdicts.map((row) => verdictJson(row)),
      notes,
    },
    text: (view) =>
      renderTask(
        {
          task: shown,
          run,
          verdicts,
          now,
          others,
          notes,
          ...(kept !== undefined && { kept }),
        },
        wanted,
        view,
      ),
  };
}

function attemptWith(
  attempt: Attempt,
  kept: Awaited<ReturnType<typeof keptOfTasks>> | undefined,
): object {
  const json = attemptJson(attempt);
  return kept === undefined ? json : { ...json, kept: kept.get(attempt.key) ?? null };
}

async function askShown(app: App, { run }: Found, key: string): Promise<Whole> {
  const ask = run.asks.find((one) => one.key === key);
  if (ask === undefined) throw new Error(`${run.key} has no ${key}`);
  const { status } = ask;
  const answered = status.state === 'answered' ? status : null;
  const conflict = await conflictOf(app, run, ask);
  return {
    json: {
      ask: {
        ...askJson(ask),
        state: status.state,
        answer: answered?.answer ?? null,
        answeredBy: answered?.by ?? null,
      },
      ...(conflict !== null && { conflict }),
    },
    text: (view) => {
      const lines = askLines(ask, app.clock.now(), view);
      if (status.state === 'open') return lines.join('\n');
      const end =
        answered === null ? 'withdrawn' : `answered by ${answered.by}: ${answered.answer}`;
      // The command that answers it would be refused now.
      return [...lines.slice(0, -1), `    ${sanitizeTerminal(end)}`].join('\n');
    },
  };
}

/** Both sides of the conflict that is asked about, for programs. */
async function conflictOf(
  app: App,
  run: Run,
  { kind, task: key, status }: Ask,
): Promise<object | null> {
  const task = run.tasks.find((one) => one.key === key);
  if (kind !== 'conflict' || status.state !== 'open' || task === undefined) return null;
  const opened = await app.repository();
  if (!opened.ok) return null;
  const clash = await clashToResolve(opened.value, run, task, run.head);
  if (clash === null) return null;
  const { branch, notes } = clash;
  const { base, commit: change } = clash.change;
  return { branch, base, change, files: await placesOf(opened.value, clash), notes };
}

async function diffOf(app: App, { run, task, attempt }: Found): Promise<Result<string>> {
  const opened = await app.repository();
  if (!opened.ok) return opened;
  const repository = opened.value;
  if (task === null) {
    const head = await repository.resolve(run.head);
    if (head !== null) return ok(await repository.diff(run.base.merged, run.head));
    return gone(run.head, RUN_OVER[run.status.state]);
  }
  const changes = (attempt === null ? task.attempts : [attempt]).flatMap(({ status }) =>
    'change' in status && status.change !== null ? [status.change] : [],
  );
  const change = changes.at(-1);
  if (change === undefined) return ok('');
  const there = await repository.resolve(change.commit);
  if (there !== null) return ok(await repository.diff(change.base, change.commit));
  return gone(change.commit, true);
}

function gone(commit: string, over: boolean): Result<never> {
  const hint = over ? 'it may have been cleaned up; see: tutti verify' : 'see: tutti verify';
  return no('gone', `the commit ${commit} is not in the repository any more`, hint);
}
