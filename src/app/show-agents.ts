// Which specialists there are, which of them is at work, and which one a task would get.

import type { Agent, AgentOrigin } from '../model/agent.ts';
import type { Attempt } from '../model/attempt.ts';
import type { Store } from '../ports/store.ts';
import { fit } from '../report/view.ts';
import { readLastAction } from '../run/last-action.ts';
import type { Action } from '../run/last-action.ts';
import { formatDuration } from '../util/amount.ts';
import { oneLine, padToWidth, wrapToWidth } from '../util/terminal-text.ts';
import { loadAgents } from './agents.ts';
import type { App } from './app.ts';
import { lookOr } from './find.ts';
import { ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown, View } from './shown.ts';
import { specialistNotes } from './specialists.ts';

/** An agent with what becomes of it here. */
interface Listed {
  readonly agent: Agent;
  /** What its tasks run by, unless a plan says otherwise. */
  readonly runtime: string;
  /** Those of the same name that it takes the place of. */
  readonly over: readonly Agent[];
  /** What that runtime cannot honour. */
  readonly notes: readonly string[];
}

/**
 * Lists the agents.
 *
 * @param app - The application.
 * @returns What to show, with what could not be read.
 */
export async function showAgents(app: App): Promise<Result<Shown>> {
  const settings = await app.settings();
  if (!settings.ok) return settings;
  const { default: usual } = settings.value.config.runtimes;
  const { agents, hidden, problems } = await loadAgents(app);
  const notesOf = await specialistNotes(app, agents);
  const listed = agents.map((agent): Listed => {
    const runtime = agent.runtime ?? usual;
    const over = hidden.filter(
      ({ name, origin }) => name === agent.name && origin !== agent.origin,
    );
    return { agent, runtime, over, notes: notesOf(agent.name, runtime) };
  });
  return ok({
    json: {
      agents: listed.map(({ agent: { prompt: _prompt, ...agent }, runtime, over, notes }) => ({
        ...agent,
        runsBy: runtime,
        overrides: over.map(({ origin, path }) => ({ origin, path })),
        notes,
      })),
      problems,
    },
    text: (view) => agentsText(listed, problems, view),
  });
}

const ORIGINS: Readonly<Record<AgentOrigin, string>> = {
  'built-in': '',
  domain: 'domain',
  claude: '.claude/agents',
  project: '.tutti/agents',
  person: 'yours',
};

function agentsText(
  listed: readonly Listed[],
  problems: readonly string[],
  { width, style }: View,
): string {
  const columns = Math.min(30, Math.max(0, ...listed.map(({ agent }) => agent.name.length)));
  const room = Math.max(20, width - columns - 2);
  const indent = ' '.repeat(columns + 2);
  const lines = listed.flatMap(({ agent, over, notes }) => {
    const facts = [
      ORIGINS[agent.origin],
      ...over.map(({ origin }) => `over the ${ORIGINS[origin] || 'built-in'} one`),
      agent.model ?? '',
      agent.runtime ?? '',
    ];
    const note = facts.filter((one) => one !== '').join(', ');
    const about = `${oneLine(agent.description)}${note === '' ? '' : ` (${note})`}`;
    const [first = '', second, ...more] = wrapToWidth(about, room);
    const rest = second === undefined ? [] : [fit([second, ...more].join(' '), room)];
    return [
      `${style.bold(padToWidth(agent.name, columns))}  ${first}`,
      ...rest.map((line) => `${indent}${line}`),
      ...notes
        .flatMap((line) => wrapToWidth(`! ${oneLine(line)}`, room))
        .map((line) => `${indent}${style.yellow(line)}`),
    ];
  });
  const wrong = problems.map((line) => style.yellow(`! ${oneLine(line)}`));
  return [...lines, ...wrong].join('\n');
}

/**
 * Lists the attempts that are at work now, with what each did last.
 *
 * @param app - The application.
 * @returns What to show.
 */
export async function showActive(app: App): Promise<Result<Shown>> {
  const found = await lookOr(app, atWork, []);
  if (!found.ok) return found;
  const now = app.clock.now();
  const active = await Promise.all(
    found.value.map(async ({ attempt, title, run }) => ({
      agent: attempt.agent,
      runtime: attempt.runtime,
      worker: attempt.worker,
      run,
      task: attempt.task,
      title,
      attempt: attempt.key,
      state: attempt.status.state,
      startedAt: attempt.startedAt,
      last: await readLastAction(app.files, attempt),
    })),
  );
  return ok({
    json: {
      agents: active.map(({ last, ...one }) => ({
        ...one,
        startedAt: new Date(one.startedAt).toISOString(),
        lastAction: last === null ? null : { at: timeOf(last.at), text: oneLine(last.text) },
      })),
    },
    text: ({ width, style }) =>
      active.length === 0
        ? 'No agent is at work.'
        : active.map((one) => activeText(one, now, { width, style })).join('\n'),
  });
}

interface Active extends Pick<Attempt, 'agent' | 'runtime' | 'worker' | 'startedAt'> {
  readonly attempt: string;
  readonly title: string;
  readonly last: Action | null;
}

function activeText(one: Active, now: number, { width, style }: View): string {
  const { agent, runtime, worker, attempt, title, startedAt, last } = one;
  const by = [runtime, ...(worker === null ? [] : [oneLine(worker)])].join(', ');
  const since = formatDuration(now - startedAt).padStart(7);
  const room = width - attempt.length - 11;
  const head = `${style.bold(attempt)}  ${since}  ${fit(`${agent} (${by}): ${title}`, room)}`;
  if (last === null) return head;
  const did = `${formatDuration(Math.max(0, now - last.at))} ago: ${last.text}`;
  return `${head}\n    ${style.dim(fit(did, width - 4))}`;
}

/** The file may have been written by anybody who may write there. */
function timeOf(at: number): string | null {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

async function atWork(store: Store): Promise<{ attempt: Attempt; title: string; run: string }[]> {
  const runs = await Promise.all((await store.unfinished()).map((key) => store.run(key)));
  return runs.flatMap((run) =>
    (run?.tasks ?? []).flatMap(({ spec, attempts }) =>
      attempts
        .filter(({ status }) => status.state !== 'ended' && status.state !== 'handed_in')
        .map((attempt) => ({ attempt, title: spec.title, run: run?.key ?? '' })),
    ),
  );
}
