// What tasks hand to one another beside their changes: the folders of an attempt, what it publishes,
// and the run's context, to which every finished task adds a part.

import { ancestorsOf } from '../graph/ancestors.ts';
import type { TaskKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import type { ContextPart, Exchange } from '../ports/exchange.ts';
import { singleLine } from '../util/single-line.ts';
import type { Job } from './bench.ts';
import type { Workshop } from './workshop.ts';

/** What a finished task adds in its own words, in bytes. */
const NOTE_BYTES = 70_000;
const LISTED_FILES = 50;

/**
 * Makes the folders in which an attempt finds what others published, and puts what it publishes.
 *
 * @param exchange - Hands on.
 * @param job - The attempt.
 * @param home - The private folder of its task.
 * @param late - Only where somebody has published something: thousands of plain commands find nothing,
 *   and one that publishes makes its outbox itself.
 */
export async function layOut(
  exchange: Exchange,
  { run, task }: Job,
  home: string,
  late: boolean,
): Promise<void> {
  if (late && !(await exchange.hasPublished(run.key))) return;
  const from = ancestorsOf(run.tasks, task)
    .filter((one) => one.task.status.state === 'completed')
    .map((one) => one.task.key);
  await exchange.layOut(home, from);
}

/**
 * Takes what an attempt has put into its outbox.
 *
 * @param exchange - Hands on.
 * @param job - The attempt; its processes are gone, and it has done what it was told.
 * @param home - The private folder of its task.
 */
export async function handOver(exchange: Exchange, { task }: Job, home: string): Promise<void> {
  const published = await exchange.publish(task.key, home);
  // Thousands of plain commands leave nothing, and have no other use for a folder of their own.
  if (published === null && task.spec.workspace === 'none') exchange.clear(home);
}

/**
 * Adds to a run's context what its finished tasks came to, each once. It is derived from the run, so
 * that it is made up for after a crash.
 *
 * @param workshop - Where the files are.
 * @param run - The run.
 * @param only - Nothing but this task's part; left out: all that are missing.
 */
export async function accumulate(
  { exchange }: Pick<Workshop, 'exchange'>,
  run: Run,
  only: TaskKey | null = null,
): Promise<void> {
  const finished = run.tasks
    .filter(({ key }) => only === null || key === only)
    .filter(({ status, spec }) => status.state === 'completed' && spec.kind !== 'plan')
    .toSorted((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || a.number - b.number);
  const telling: Task[] = [];
  for (const task of finished) {
    // A plain command says nothing that others would need, unless it publishes something.
    const tells = task.spec.command === null || (await exchange.published(task.key)) !== null;
    if (tells) telling.push(task);
  }
  const parts = telling.flatMap((task) => partOf(exchange, task));
  if (parts.length === 0) return;
  await exchange.addToContext(run.key, [headOf(run), ...parts]);
}

function headOf({ key, goal, settings }: Run): ContextPart {
  const given = settings.givenContext ?? '';
  const context = given === '' ? '' : `\n## Given with the goal\n\n${given.trim()}\n`;
  const text = `# Context of ${key}\n\n## Goal\n\n${goal.trim()}\n${context}`;
  return { id: 'goal', text: () => Promise.resolve(text) };
}

function partOf(exchange: Exchange, task: Task): ContextPart[] {
  const last = task.attempts.at(-1);
  const done = last?.status.state === 'ended' ? last.status : null;
  if (last === undefined || done === null) return [];
  const isSilent = task.spec.command !== null || done.report === null;
  const text = async (): Promise<string> => {
    const published = await exchange.published(task.key);
    const lines = [
      `## ${task.key} ${singleLine(task.spec.title)} (${singleLine(last.agent)})`,
      isSilent ? '' : (done.report?.summary ?? '').trim(),
      listed('Changed', done.change?.files ?? []),
      listed('Published', published?.files.map(({ path }) => `${task.key}/${path}`) ?? []),
      published?.note === true ? (await exchange.note(task.key, NOTE_BYTES)).trim() : '',
    ];
    return `\n${lines.filter((line) => line !== '').join('\n\n')}\n`;
  };
  return [{ id: last.key, text }];
}

function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > LISTED_FILES ? `, and ${names.length - LISTED_FILES} more` : '';
  return `${what}: ${names.slice(0, LISTED_FILES).join(', ')}${more}`;
}
