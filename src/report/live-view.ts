// The live view of `run` on a terminal: one line a task, what waits for a person on top, the whole
// at the bottom. It is drawn anew from the run each time and always fits the screen.

import { blockedOn } from '../model/attempt.ts';
import { stillAhead } from '../model/foreseen.ts';
import type { Foreseen } from '../model/foreseen.ts';
import type { AttemptKey, RunKey, TaskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Task, TaskState } from '../model/task.ts';
import { formatDuration, plural } from '../util/amount.ts';
import { displayWidth, oneLine, padToWidth } from '../util/terminal-text.ts';
import { answerCommand } from './asks.ts';
import { moneyText } from './cost.ts';
import { foreseenLines } from './foreseen.ts';
import { crewOf, taskCounts } from './json.ts';
import { progressBar, progressText } from './progress.ts';
import { elapsed, standing, trouble } from './show-run.ts';
import { summarize } from './summarize.ts';
import { fit, inStateTone, stateSign } from './view.ts';
import type { View } from './view.ts';

/** What the run itself does not know. */
export interface LiveInput {
  readonly run: Run;
  /** What agents did last, by task. */
  readonly lastAction: ReadonlyMap<TaskKey | AttemptKey, string>;
  /** Which of its changes would conflict, as they were seen last, by run; left out: nobody looks. */
  readonly foreseen?: ReadonlyMap<RunKey, readonly Foreseen[]>;
  /** When this process began to work on the run, epoch milliseconds. */
  readonly startedAt: number;
  readonly now: number;
}

/** A terminal: columns, and lines at most. */
export interface Screen extends View {
  readonly height: number;
}

// What a person wants to see first when not everything fits.
const RANK: Readonly<Record<TaskState, number>> = {
  waiting: 0,
  running: 1,
  failed: 2,
  ready: 3,
  pending: 4,
  completed: 5,
  skipped: 6,
  canceled: 7,
};

/** The tasks that have a line, in their own order, and how many of each state have not. */
function chosen(tasks: readonly Task[], room: number): { shown: Task[]; folded: string } {
  if (tasks.length <= room) return { shown: [...tasks], folded: '' };
  const kept = new Set(
    tasks
      .toSorted((a, b) => RANK[a.status.state] - RANK[b.status.state] || a.number - b.number)
      .slice(0, Math.max(0, room - 1)),
  );
  const counts = new Map<string, number>();
  for (const task of tasks.filter((one) => !kept.has(one))) {
    const { state } = task.status;
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const words = [...counts].map(([state, count]) => `${count} ${state}`);
  return { shown: tasks.filter((task) => kept.has(task)), folded: `… and ${words.join(', ')}` };
}

function lastOf(task: Task, { run, lastAction, now }: LiveInput): string {
  const attempt = task.attempts.at(-1);
  const isBlocked = attempt !== undefined && blockedOn(attempt) !== null;
  if (task.status.state !== 'running' || isBlocked) return trouble(task, run, now);
  const action = lastAction.get(attempt?.key ?? '') ?? lastAction.get(task.key) ?? '';
  return task.status.phase === 'work' ? action : standing(task);
}

/** Narrow terminals show no agent; the title and what happens matter more. */
function agentColumns({ run }: LiveInput, shown: readonly Task[], width: number): number {
  if (width < 72) return 0;
  const widths = shown.map((task) => displayWidth(oneLine(crewOf(task, run).agent)));
  return Math.min(18, Math.max(0, ...widths));
}

function taskLine(
  task: Task,
  input: LiveInput,
  { width, style, columns }: Screen & { readonly columns: number },
): string {
  const { run, now } = input;
  const { state } = task.status;
  const name = task.key.padEnd(run.key.length + String(run.tasks.length).length + 1);
  const time = elapsed(task, now).padStart(7);
  const again = task.attempts.length > 1 ? `#${task.attempts.length}` : '';
  const agent = columns === 0 ? '' : padToWidth(oneLine(crewOf(task, run).agent), columns);
  const used = 2 + name.length + 2 + displayWidth(agent) + (agent === '' ? 0 : 2) + 7 + 2;
  const room = Math.max(0, width - used);
  const titleWidth = Math.min(40, Math.floor(room / 2));
  const title = padToWidth(oneLine(task.spec.title), titleWidth);
  const said = [again, lastOf(task, input)].filter((text) => text !== '').join(' ');
  const cells = [title, ...(agent === '' ? [] : [style.dim(agent)]), time];
  const last = fit(said, room - titleWidth - 2);
  const line = `${stateSign(state, style)} ${name}  ${cells.join('  ')}`;
  return last === '' ? line.trimEnd() : `${line}  ${inStateTone(last, state, style)}`;
}

function askLinesOf({ run }: LiveInput, { width, height, style }: Screen): string[] {
  const open = run.asks.filter(({ status }) => status.state === 'open');
  const room = Math.max(1, Math.floor(height / 4));
  const lines = open.slice(0, room).flatMap((ask) => {
    const command = fit(answerCommand(ask), Math.floor(width / 2));
    const question = fit(`${ask.key} ${ask.question}`, width - displayWidth(command) - 4);
    return [`${style.yellow('?')} ${question}  ${style.cyan(command)}`];
  });
  const more = open.length - room;
  return more > 0
    ? [...lines, style.yellow(`? ${plural(more, 'more question')}: tutti asks`)]
    : lines;
}

function wholeLines(input: LiveInput, { width, style }: Screen): string[] {
  const { run, now, startedAt } = input;
  const { counts: some, costUsd } = summarize(run);
  const counts = taskCounts(some);
  const bar = Math.max(0, Math.min(24, width - 30));
  const paused = run.paused === null ? '' : `paused: ${run.paused.reason}`;
  const state = run.status.state === 'running' ? paused : run.status.state.replace('_', ' ');
  const [done = '', ...others] = progressText(counts).split(', ');
  // What a narrow screen cuts off is what the lines above show anyway.
  const spent = [moneyText(costUsd, run.ceiling), formatDuration(now - startedAt)];
  const facts = [done, ...spent, state, others.join(', ')];
  const text = facts.filter((fact) => fact !== '').join(' · ');
  const drawn = bar === 0 ? '' : `${progressBar(counts, bar, style)}  `;
  return [drawn + fit(text, width - (bar === 0 ? 0 : bar + 2))];
}

/**
 * Draws a run as it is now.
 *
 * @param input - The run and what its agents are doing.
 * @param screen - Where it is drawn.
 * @returns Lines, none wider than the screen and not more of them than it has.
 */
export function renderLive(input: LiveInput, screen: Screen): string[] {
  const { run } = input;
  const { width, height, style } = screen;
  const asks = askLinesOf(input, screen);
  const head = style.bold(fit(`${run.key}  ${run.title}`, width));
  const ahead = stillAhead(run, input.foreseen?.get(run.key) ?? []);
  const warned = foreseenLines(ahead, Math.min(3, Math.floor(height / 6)), screen);
  const whole = [...warned, ...wholeLines(input, screen)];
  const { shown, folded } = chosen(run.tasks, height - asks.length - 1 - whole.length);
  const columns = agentColumns(input, shown, width);
  const lines = [
    ...asks,
    head,
    ...shown.map((task) => taskLine(task, input, { ...screen, columns })),
    ...(folded === '' ? [] : [style.dim(fit(folded, width))]),
    ...whole,
  ];
  // A screen of a few lines keeps its last ones: the whole, then tasks.
  return height < 1 ? [] : lines.slice(-height);
}
