// Which agent a task would get, and why.

import { recordText } from '../plan/route-history.ts';
import { ROUTE_RULES } from '../plan/route.ts';
import type { Route } from '../plan/route.ts';
import { fit } from '../report/view.ts';
import { oneLine } from '../util/terminal-text.ts';
import { loadAgents } from './agents.ts';
import type { App } from './app.ts';
import { lookOr } from './find.ts';
import { ok } from './result.ts';
import type { Result } from './result.ts';
import { pastPicks, routerOf } from './routing.ts';
import type { Shown, View } from './shown.ts';

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
  const past = await lookOr(app, pastPicks, []);
  if (!past.ok) return past;
  const { title, description, type } = task;
  const route = routerOf(
    settings.value.config,
    agents,
    past.value,
  )({
    title,
    ...(description !== null && { description }),
    ...(type !== null && { type }),
  });
  const { agent, reason, scores, history = {}, rule, scored } = route;
  return ok({
    json: { agent, reason, scores, history, ...(explain && { rule, scored }) },
    text: (view) => {
      const head = `${view.style.bold(agent)}  ${oneLine(reason)}`;
      return explain ? [head, ...explained(route, view)].join('\n') : head;
    },
  });
}

const RULES: Readonly<Record<Route['rule'], string>> = {
  named: 'an agent that is named',
  type: 'the type of the task',
  glob: 'the patterns of agent_routing',
  keyword: 'the words, scored',
  default: 'the default',
};

/** Which rule decided, and what the words said for each agent. */
function explained(route: Route, { width, style }: View): string[] {
  const { scores, scored, history = {} } = route;
  const rules = ROUTE_RULES.map((rule) =>
    rule === route.rule ? style.bold(`[${RULES[rule]}]`) : RULES[rule],
  );
  const rows = Object.entries(scores).filter(([, score]) => score > 0);
  if (rows.length === 0) {
    return [`  decided by: ${rules.join(' > ')}`, '  no word of it speaks for any agent'];
  }
  const columns = Math.max(...rows.map(([name]) => name.length));
  return [
    `  decided by: ${rules.join(' > ')}`,
    `  words of the ${scored.place}:`,
    ...rows.map(([name, score]) => {
      const words = scored.words[name] ?? [];
      const said = words.map(({ word, points }) => `${word} ${points}`).join(', ');
      const record = history[name];
      const known = record === undefined ? '' : `  history: ${recordText(record)}`;
      const line = `  ${name.padEnd(columns)}  ${String(score).padStart(3)}`;
      return `${line}  ${fit(said, Math.max(20, width - line.length - 2))}${known}`;
    }),
  ];
}
