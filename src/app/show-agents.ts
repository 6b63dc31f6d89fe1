// Which specialists there are, which of them is at work, and which one a task would get.

import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import type { Agent } from '../model/agent.ts';
import type { Attempt } from '../model/attempt.ts';
import type { Store } from '../ports/store.ts';
import { fit } from '../report/view.ts';
import { formatDuration } from '../util/amount.ts';
import { oneLine, padToWidth, wrapToWidth } from '../util/terminal-text.ts';
import { loadAgents } from './agents.ts';
import type { App } from './app.ts';
import { lookOr } from './find.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import { routerOf } from './routing.ts';
import type { Shown, View } from './shown.ts';

/**
 * Lists the agents.
 *
 * @param app - The application.
 * @returns What to show, with what could not be read.
 */
export async function showAgents(app: App): Promise<Result<Shown>> {
  const { agents, problems } = await loadAgents(app);
  return ok({
    json: {
      agents: agents.map(({ prompt: _prompt, ...agent }) => agent),
      problems,
    },
    text: (view) => agentsText(agents, problems, view),
  });
}

function agentsText(agents: readonly Agent[], problems: readonly string[], view: View): string {
  const { width, style } = view;
  const columns = Math.min(30, Math.max(0, ...agents.map(({ name }) => name.length)));
  const lines = agents.flatMap(({ name, description, origin, model, runtime }) => {
    const notes = [origin === 'built-in' ? '' : `from ${origin}`, model ?? '', runtime ?? ''];
    const note = notes.filter((one) => one !== '').join(', ');
    const about = `${oneLine(description)}${note === '' ? '' : ` (${note})`}`;
    const room = Math.max(20, width - columns - 2);
    const [first = '', second, ...more] = wrapToWidth(about, room);
    const rest = second === undefined ? [] : [fit([second, ...more].join(' '), room)];
    return [
      `${style.bold(padToWidth(name, columns))}  ${first}`,
      ...rest.map((line) => `${' '.repeat(columns + 2)}${line}`),
    ];
  });
  const wrong = problems.map((line) => style.yellow(`! ${oneLine(line)}`));
  return [...lines, ...wrong].join('\n');
}

/**
 * Lists the attempts that are at work now.
 *
 * @param app - The application.
 * @returns What to show.
 */
export async function showActive(app: App): Promise<Result<Shown>> {
  const found = await lookOr(app, atWork, []);
  if (!found.ok) return found;
  const now = app.clock.now();
  const active = found.value.map(({ attempt, title }) => ({
    agent: attempt.agent,
    runtime: attempt.runtime,
    task: attempt.task,
    title,
    attempt: attempt.key,
    state: attempt.status.state,
    startedAt: attempt.startedAt,
  }));
  return ok({
    json: {
      agents: active.map((one) => ({ ...one, startedAt: new Date(one.startedAt).toISOString() })),
    },
    text: ({ width, style }) =>
      active.length === 0
        ? 'No agent is at work.'
        : active
            .map(({ agent, attempt, title, startedAt }) => {
              const since = formatDuration(now - startedAt);
              const head = `${style.bold(attempt)}  ${since.padStart(7)}  `;
              const room = width - attempt.length - 11;
              return `${head}${fit(`${agent}: ${title}`, room)}`;
            })
            .join('\n'),
  });
}

async function atWork(store: Store): Promise<{ attempt: Attempt; title: string }[]> {
  const runs = await Promise.all((await store.unfinished()).map((key) => store.run(key)));
  return runs.flatMap((run) =>
    (run?.tasks ?? []).flatMap(({ spec, attempts }) =>
      attempts
        .filter(({ status }) => status.state !== 'ended' && status.state !== 'handed_in')
        .map((attempt) => ({ attempt, title: spec.title })),
    ),
  );
}

/** A task to be routed. */
export interface Routed {
  readonly title: string;
  readonly description: string | null;
  readonly type: string | null;
}

/**
 * Tells which agent a task would get.
 *
 * @param app - The application.
 * @param task - What is known about it.
 * @param explain - With the scores of the others.
 * @returns What to show.
 */
export async function showRoute(app: App, task: Routed, explain: boolean): Promise<Result<Shown>> {
  const settings = await app.settings();
  if (!settings.ok) return settings;
  const { agents } = await loadAgents(app);
  const { title, description, type } = task;
  const route = routerOf(
    settings.value.config,
    agents,
  )({
    title,
    ...(description !== null && { description }),
    ...(type !== null && { type }),
  });
  const { agent, reason, scores } = route;
  return ok({
    json: { agent, reason, scores },
    text: ({ style }) => {
      const head = `${style.bold(agent)}  ${oneLine(reason)}`;
      if (!explain) return head;
      const rows = Object.entries(scores).filter(([, score]) => score > 0);
      if (rows.length === 0) return `${head}\n  no word of it speaks for any agent`;
      const columns = Math.max(...rows.map(([name]) => name.length));
      return [head, ...rows.map(([name, score]) => `  ${name.padEnd(columns)}  ${score}`)].join(
        '\n',
      );
    },
  });
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/u;

/**
 * Makes the file of a new agent, for a person to fill in.
 *
 * @param app - The application.
 * @param name - The agent's name.
 * @returns Where it is.
 */
export async function addAgent(app: App, name: string): Promise<Result<Shown>> {
  if (!NAME.test(name)) {
    const what = `"${name.slice(0, 80)}" cannot be the name of an agent`;
    return no('usage', what, 'use letters, digits, - and _, such as api-writer');
  }
  const path = join(app.root, '.tutti', 'agents', `${name}.md`);
  const shown = relative(app.root, path);
  const { agents } = await loadAgents(app);
  const hidden = agents.find((agent) => agent.name === name && agent.path !== path);
  try {
    await mkdir(dirname(path), { recursive: true });
    // Exclusive: what a person wrote is never overwritten, not even by two calls at once.
    await writeFile(path, template(name), { flag: 'wx' });
  } catch (error) {
    if (await isThere(path)) return no('exists', `${shown} is there already`, 'edit that file');
    const why = error instanceof Error ? error.message : '';
    return no('system', `${shown} cannot be written: ${why}`, 'see that you may write there');
  }
  return ok({
    json: { agent: name, path, hides: hidden?.origin ?? null },
    text: () => {
      const over = hidden === undefined ? '' : `It takes the place of the ${hidden.origin} one.\n`;
      return `${shown} was made. ${over}Fill in when to use it, and its prompt; then: tutti agents`;
    },
  });
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function template(name: string): string {
  return [
    '---',
    `name: ${name}`,
    'description: Say here when to use this agent; tasks are routed by these words.',
    '# tools: Read, Edit, Bash      (all, when left out)',
    '# model: sonnet                (the configured one, when left out)',
    '---',
    '',
    `You are ${name}. Say here what this specialist knows, how it works, and when its work is done.`,
    '',
  ].join('\n');
}
