// The course of a run as a drawing: a line a task, time from left to right. Plain text, so that it
// looks alike in a terminal and in a file.

import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { formatDuration } from '../util/amount.ts';
import { displayWidth, padToWidth, wrapToWidth } from '../util/terminal-text.ts';
import type { Activity, Course, Span } from './course.ts';
import { fit } from './view.ts';

const FILLS: Readonly<Record<Activity, string>> = {
  ready: '·',
  backoff: '~',
  asked: '?',
  work: '█',
  verify: '▓',
  integrate: '▒',
};

/** Of what falls into one column the busiest is shown, for equal times the first of these. */
const ORDER: readonly Activity[] = ['work', 'integrate', 'verify', 'asked', 'backoff', 'ready'];

const LEGEND: readonly (readonly [Activity, string])[] = [
  ['work', 'work'],
  ['verify', 'verify'],
  ['integrate', 'integrate'],
  ['ready', 'ready, waits'],
  ['backoff', 'backoff'],
  ['asked', 'waits for a person'],
];

/** More lines than this nobody reads; the longest and the troubled ones are left. */
const MOST_LINES = 60;
const SPARKS = ' ▁▂▃▄▅▆▇█' as const;

/**
 * Draws the course of a run.
 *
 * @param run - The run.
 * @param course - Its course.
 * @param options - `critical`: tasks that made up its length, marked; `width`: columns there are.
 * @returns The lines; none when nothing has started.
 */
export function drawGantt(
  run: Run,
  course: Course,
  { critical, width }: { readonly critical: ReadonlySet<string>; readonly width: number },
): string[] {
  if (course.spans.length === 0) return [];
  const spans = bySpanTask(course.spans);
  const tasks = chosen(run, spans, critical);
  const left = run.tasks.length - tasks.length;
  const labels = tasks.map((task) => `${sign(task, critical)} ${task.key} ${task.spec.title}`);
  const widest = Math.max(...labels.map((label) => displayWidth(label)), 'attempts at work'.length);
  const room = Math.min(widest, Math.max(18, Math.floor(width * 0.3)));
  const columns = Math.max(10, width - room - 2 - TAIL);
  const label = (text: string): string => padToWidth(fit(text, room), room);
  const line = (name: string, drawn: string, tail: string): string =>
    `${label(name)} ${drawn} ${tail.padStart(TAIL)}`.trimEnd();
  const lines = tasks.map((task, index) => {
    const own = spans.get(task.key) ?? [];
    return line(labels[index] ?? '', bar(own, failures(course, task), course, columns), total(own));
  });
  const used = new Set(course.spans.map(({ activity }) => activity));
  const legend = LEGEND.filter(([one]) => used.has(one)).map(([one, is]) => `${FILLS[one]} ${is}`);
  const failed = course.tries.some(({ outcome }) => outcome === 'failed');
  return [
    line('', axis(course, columns), ''),
    ...lines,
    ...(left > 0 ? [`  … and ${left} more`] : []),
    line('attempts at work', sparks(course, columns), `of ${course.slots}`),
    '',
    ...wrapToWidth(
      [...legend, ...(failed ? ['✗ failed'] : []), '* on the critical path'].join('   '),
      width,
    ),
  ];
}

/** Columns for the time behind a line. */
const TAIL = 7;

function bySpanTask(spans: readonly Span[]): ReadonlyMap<string, readonly Span[]> {
  const found = new Map<string, Span[]>();
  for (const span of spans) {
    const others = found.get(span.task);
    if (others === undefined) found.set(span.task, [span]);
    else others.push(span);
  }
  return found;
}

function chosen(
  run: Run,
  spans: ReadonlyMap<string, readonly Span[]>,
  critical: ReadonlySet<string>,
): readonly Task[] {
  if (run.tasks.length <= MOST_LINES) return run.tasks;
  const weight = (task: Task): number => {
    const troubled = task.status.state === 'failed' || task.attempts.length > 1;
    const own = spans.get(task.key) ?? [];
    const ms = own.reduce((sum, { from, to }) => sum + to - from, 0);
    return ms + (critical.has(task.key) ? 2e15 : 0) + (troubled ? 1e15 : 0);
  };
  const weights = new Map(run.tasks.map((task) => [task, weight(task)]));
  return run.tasks
    .toSorted((a, b) => (weights.get(b) ?? 0) - (weights.get(a) ?? 0))
    .slice(0, MOST_LINES)
    .toSorted((a, b) => a.number - b.number);
}

function sign({ key }: Task, critical: ReadonlySet<string>): string {
  return critical.has(key) ? '*' : ' ';
}

function failures({ tries }: Course, { attempts }: Task): readonly number[] {
  const own = new Set(attempts.map(({ key }) => key));
  return tries
    .filter(({ attempt, outcome }) => outcome === 'failed' && own.has(attempt))
    .map(({ finishedAt }) => finishedAt);
}

function total(spans: readonly Span[]): string {
  const [first, last] = [spans[0], spans.at(-1)];
  if (first === undefined || last === undefined) return '';
  const work = spans.find(({ activity }) => activity === 'work');
  return formatDuration(last.to - (work ?? first).from);
}

function bar(
  spans: readonly Span[],
  failed: readonly number[],
  { from, to }: Course,
  columns: number,
): string {
  const scale = columns / Math.max(1, to - from);
  const cells = Array.from({ length: columns }, () => new Map<Activity, number>());
  for (const span of spans) {
    const [start, end] = [(span.from - from) * scale, (span.to - from) * scale];
    for (let at = Math.max(0, Math.floor(start)); at < columns && at <= end; at += 1) {
      const share = Math.min(end, at + 1) - Math.max(start, at);
      const cell = cells[at];
      if (cell !== undefined && (share > 0 || start === end)) {
        cell.set(span.activity, (cell.get(span.activity) ?? 0) + Math.max(share, 1e-9));
      }
    }
  }
  const marks = new Set(failed.map((at) => Math.max(0, Math.ceil((at - from) * scale) - 1)));
  return cells.map((cell, at) => (marks.has(at) ? '✗' : shownIn(cell))).join('');
}

function shownIn(cell: ReadonlyMap<Activity, number>): string {
  let [best, most] = [' ', 0];
  for (const activity of ORDER) {
    const share = cell.get(activity) ?? 0;
    if (share > most) [best, most] = [FILLS[activity], share];
  }
  return best;
}

/** Moments above the drawing: as many as there is room for. */
function axis({ from, to }: Course, columns: number): string {
  const parts = columns >= 60 ? 4 : 2;
  let text = '';
  for (let part = 0; part <= parts; part += 1) {
    const moment = formatDuration(((to - from) * part) / parts);
    const at = Math.round((columns * part) / parts);
    const shown = part === parts ? moment : `│${moment}`;
    text = text.padEnd(part === parts ? columns - shown.length : at) + shown;
  }
  return text;
}

function add(at: number, value: number, into: Float64Array): void {
  into[at] = (into[at] ?? 0) + value;
}

/** How many attempts were at work in each column, on the average. */
function sparks({ from, to, slots, spans }: Course, columns: number): string {
  const scale = columns / Math.max(1, to - from);
  // The work in whole columns is added as a difference, so that ten thousand spans cost little.
  const steps = new Float64Array(columns + 2);
  const parts = new Float64Array(columns + 2);
  for (const span of spans) {
    if (span.activity !== 'work') continue;
    const [start, end] = [(span.from - from) * scale, (span.to - from) * scale];
    const [first, last] = [Math.floor(start), Math.floor(end)];
    if (first === last) add(first, end - start, parts);
    else {
      add(first, first + 1 - start, parts);
      add(last, end - last, parts);
      add(first + 1, 1, steps);
      add(last, -1, steps);
    }
  }
  let whole = 0;
  return Array.from({ length: columns }, (_, at) => {
    whole += steps[at] ?? 0;
    const share = Math.min(1, (whole + (parts[at] ?? 0)) / slots);
    return SPARKS[Math.ceil(share * 8 - 1e-6)] ?? ' ';
  }).join('');
}
