// What a person does to runs that exist: keys are looked up before anything is sent, so that a wrong
// one changes nothing.

import type { Ask } from '../model/ask.ts';
import type { Command } from '../model/command.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import { renderAsks } from '../report/asks.ts';
import { askJson, runJson } from '../report/json.ts';
import { summarize } from '../report/summarize.ts';
import type { App } from './app.ts';
import { find } from './find.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import { send } from './send.ts';
import type { Shown } from './shown.ts';

/**
 * Finds the one open ask that a key stands for.
 *
 * @param app - The application.
 * @param text - An ask's key; or that of a task or run with exactly one open ask.
 * @returns The ask, answered ones included when they are named themselves.
 */
export async function findAsk(app: App, text: string): Promise<Result<Ask>> {
  const found = await find(app, text);
  if (!found.ok) return found;
  const { key, run } = found.value;
  const named = run.asks.find((ask) => key.kind === 'ask' && ask.key === key.ask);
  if (named !== undefined) return ok(named);
  const open = run.asks.filter(({ status, task }) => {
    const concerned = !('task' in key) || key.task === task;
    return status.state === 'open' && concerned;
  });
  const [only, ...more] = open;
  if (only === undefined) {
    return no('no_ask', `nothing waits for an answer in ${text}`, 'tutti asks shows what does');
  }
  if (more.length === 0) return ok(only);
  const keys = open.map((ask) => `'${ask.key}'`).join(', ');
  return no('which_ask', `${text} has ${open.length} open questions: ${keys}`, 'name one of them');
}

/**
 * Tells whether an answer means that the person has put both sides of a conflict together.
 *
 * @param ask - What is answered.
 * @param said - The answer.
 * @returns Whether what they made is to be taken.
 */
export function isResolved({ kind, status }: Ask, said: string): boolean {
  return kind === 'conflict' && status.state === 'open' && said.trim().toLowerCase() === 'done';
}

/** What a command came to. */
export interface Steered {
  readonly text: string;
  readonly shown: Shown;
  /** Whether a process is at work that goes on at once. */
  readonly live: boolean;
}

/**
 * Gives a command about a run.
 *
 * @param app - The application.
 * @param run - The run.
 * @param command - The command.
 * @returns What was said to it, and how the run stands after it.
 */
export async function steer(app: App, run: Run, command: Command): Promise<Result<Steered>> {
  const said = await send(app, command);
  if (!said.ok) return said;
  const store = await app.store();
  if (!store.ok) return store;
  const after = (await store.value.run(run.key)) ?? run;
  const { holder } = await store.value.lease();
  const live = holder !== null && (await app.supervisor()).isAlive(holder);
  const { text } = said.value;
  const next = live || RUN_OVER[after.status.state] ? null : nextOf(command, after);
  const json = { run: runJson(summarize(after)), message: text };
  return ok({
    text,
    live,
    shown: { json, text: () => (next === null ? text : `${text}\nNext: ${next}`) },
  });
}

/** Nobody is at work: what was recorded is acted on by whoever resumes. */
function nextOf({ type }: Command, run: Run): string | null {
  if (type === 'pause' || type === 'cancel' || type === 'kill') return null;
  return `tutti resume ${run.key}`;
}

/**
 * Lists the runs that can be worked on without a person deciding first.
 *
 * @param app - The application.
 * @returns Keys, the oldest first; and those that wait for somebody to approve or resume them.
 */
export async function queue(app: App): Promise<Result<{ open: string[]; held: string[] }>> {
  const opened = await app.look();
  if (!opened.ok) return opened;
  const all = (await opened.value?.summaries({ unfinishedOnly: true })) ?? [];
  const runs = all.map(({ run }) => run).toReversed();
  const held = runs.filter((run) => isHeld(run)).map(({ key }) => key);
  return ok({ open: runs.flatMap(({ key }) => (held.includes(key) ? [] : [key])), held });
}

function isHeld({ paused, status }: Pick<Run, 'paused' | 'status'>): boolean {
  return paused !== null || status.state === 'awaiting_approval';
}

/**
 * Shows what waits for a person.
 *
 * @param app - The application.
 * @returns What to show.
 */
export async function showAsks(app: App): Promise<Result<Shown>> {
  const opened = await app.look();
  if (!opened.ok) return opened;
  const asks = (await opened.value?.openAsks()) ?? [];
  const now = app.clock.now();
  return ok({
    json: { asks: asks.map((ask) => askJson(ask)) },
    text: (view) => renderAsks(asks, now, view),
  });
}
