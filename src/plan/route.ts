// Which agent does a task: named, by its type, by the configured patterns, by the words it is made
// of, else the default.

import type { PastPick } from '../model/history.ts';
import { matchGlob } from './route-glob.ts';
import { preferred, recordText, routingHistory } from './route-history.ts';
import type { PickRecord, RoutingHistory } from './route-history.ts';
import { keywordsOf, scoreWords } from './route-keywords.ts';
import type { Keywords, Routable, SaidWord, Scored } from './route-keywords.ts';
import { titleWords } from './title-words.ts';
import type { TitleWords } from './title-words.ts';

/** What routing looks at. */
export interface RoutedTask {
  readonly title: string;
  readonly description?: string;
  readonly type?: string;
  /** An agent that somebody named: it wins. */
  readonly agent?: string | null;
}

/** What routing chooses from and by. */
export interface Routing {
  readonly agents: readonly Routable[];
  /** The patterns of `agent_routing` in their order, without its default. */
  readonly globs: readonly { readonly pattern: string; readonly agent: string }[];
  /** The default of `agent_routing`, where there is one. */
  readonly defaultAgent: string | null;
  /** What outcomes say about agents; it decides between those that are about equal only. */
  readonly history?: RoutingHistory;
}

/** Which of the rules decided, in their order. */
export const ROUTE_RULES = ['named', 'type', 'glob', 'keyword', 'default'] as const;

/** Who does it, and why. */
export interface Route {
  readonly agent: string;
  readonly reason: string;
  /** What the words of the task say for each agent, the best first. */
  readonly scores: Readonly<Record<string, number>>;
  readonly rule: (typeof ROUTE_RULES)[number];
  /** Where the words that were scored stand, and what each of them said for an agent. */
  readonly scored: {
    readonly place: 'title' | 'description';
    readonly words: Readonly<Record<string, readonly SaidWord[]>>;
  };
  /** What is known of those about equal, where that was looked at and anything is. */
  readonly history?: Readonly<Record<string, PickRecord>>;
}

/**
 * Takes the `agent_routing` of a configuration apart: its patterns in their order, and its default.
 *
 * @param agents - The agents there are.
 * @param agentRouting - Agents by pattern; the key `default` is none.
 * @returns What `routeTask` chooses from and by.
 */
export function routingOf(
  agents: readonly Routable[],
  agentRouting: Readonly<Record<string, string>>,
): Routing {
  const globs = Object.entries(agentRouting)
    .filter(([pattern]) => pattern !== 'default')
    .map(([pattern, agent]) => ({ pattern, agent }));
  return { agents, globs, defaultAgent: agentRouting['default'] ?? null };
}

const FALLBACK = 'general-purpose';
/** A single weak word in an aside is no reason. */
const LEAST_SCORE = 2;
const LONGEST_DESCRIPTION = 2000;

const BY_TYPE: Readonly<Record<string, string>> = {
  test: 'qa-engineer',
  tests: 'qa-engineer',
  testing: 'qa-engineer',
  docs: FALLBACK,
  documentation: FALLBACK,
  security: 'security-engineer',
  frontend: 'frontend-designer',
  ui: 'frontend-designer',
  backend: 'backend-developer',
  api: 'backend-developer',
  devops: 'devops-engineer',
  infrastructure: 'devops-engineer',
  deployment: 'devops-engineer',
  architecture: 'tech-lead',
  review: 'code-reviewer',
  code_review: 'code-reviewer',
  research: 'Explore',
};

/**
 * Chooses the agent of a task.
 *
 * @param task - What is known about it.
 * @param routing - What there is to choose from.
 * @returns The agent (one of those there are, or the named one) with the reason in words.
 */
export function routeTask(task: RoutedTask, routing: Routing): Route {
  const keywords = keywordsOf(routing.agents);
  const title = titleWords(task.title);
  const said = scoreWords(title.words, keywords);
  const description = describedWords(task.description ?? '');
  const told = scoreWords(description.words, keywords);
  const place = best(said) === null && best(told) !== null ? 'description' : 'title';
  const counts = place === 'title' ? said : told;
  const choice =
    named(task) ??
    byType(task, routing) ??
    byGlob(title, routing, 'title') ??
    byWords(said, 'title', routing) ??
    byGlob(description, routing, 'description') ??
    byWords(told, 'description', routing) ??
    byDefault(routing, keywords);
  const scores = [...counts.scores].toSorted((a, b) => b[1] - a[1]);
  const words = Object.fromEntries(counts.said);
  return { ...choice, scores: Object.fromEntries(scores), scored: { place, words } };
}

type Choice = Omit<Route, 'scores' | 'scored'>;

function named(task: RoutedTask): Choice | null {
  const { agent } = task;
  return agent === undefined || agent === null ? null : { agent, reason: 'named', rule: 'named' };
}

function knows(routing: Routing, name: string): boolean {
  return routing.agents.some((agent) => agent.name === name);
}

function byType({ type }: RoutedTask, routing: Routing): Choice | null {
  if (type === undefined) return null;
  const word = type.toLowerCase();
  const agent = knows(routing, word) ? word : BY_TYPE[word];
  if (agent === undefined || !knows(routing, agent)) return null;
  return { agent, reason: `tasks of type ${word}`, rule: 'type' };
}

function byGlob(words: TitleWords, routing: Routing, place: string): Choice | null {
  let found: { weight: number; choice: Choice } | null = null;
  for (const { pattern, agent } of routing.globs) {
    const match = knows(routing, agent) ? matchGlob(pattern, words) : null;
    if (match !== null && match.weight > (found?.weight ?? 0)) {
      const reason = `agent_routing "${pattern}" matches "${match.word}" in the ${place}`;
      found = { weight: match.weight, choice: { agent, reason, rule: 'glob' } };
    }
  }
  return found?.choice ?? null;
}

function byWords(
  scored: Scored,
  place: string,
  { history }: Routing,
): (Choice & Pick<Route, 'history'>) | null {
  const winner = best(scored);
  if (winner === null) return null;
  const reason = (agent: string): string => `"${scored.because.get(agent) ?? ''}" in the ${place}`;
  const rule = 'keyword';
  if (history === undefined) return { agent: winner, reason: reason(winner), rule };
  const { agent, records } = preferred(scored.scores, winner, history);
  if (Object.keys(records).length === 0) return { agent, reason: reason(agent), rule };
  const record = records[agent];
  const over =
    agent === winner || record === undefined
      ? ''
      : `, before ${winner} by history: ${recordText(record)}`;
  return { agent, reason: `${reason(agent)}${over}`, rule, history: records };
}

/**
 * Adds to a routing what outcomes say about its agents.
 *
 * @param routing - What there is to choose from.
 * @param past - What agents did, and what persons gave them.
 * @returns The routing that goes by it.
 */
export function withHistory(routing: Routing, past: readonly PastPick[]): Routing {
  if (past.length === 0) return routing;
  const keywords = keywordsOf(routing.agents);
  const known = past.filter((pick) => knows(routing, pick.kind === 'done' ? pick.agent : pick.to));
  return {
    ...routing,
    history: routingHistory(known, (title) => {
      const scored = scoreWords(titleWords(title).words, keywords);
      const winner = best(scored);
      return winner === null ? null : { scores: scored.scores, winner };
    }),
  };
}

function best({ scores }: Scored): string | null {
  let [winner, most]: [string | null, number] = [null, LEAST_SCORE - 1];
  for (const [agent, score] of scores) if (score > most) [winner, most] = [agent, score];
  return winner;
}

function byDefault(routing: Routing, keywords: Keywords): Choice {
  const { defaultAgent, agents } = routing;
  if (defaultAgent !== null && knows(routing, defaultAgent)) {
    return { agent: defaultAgent, reason: 'the default of agent_routing', rule: 'default' };
  }
  if (knows(routing, FALLBACK)) {
    return { agent: FALLBACK, reason: 'nothing more specific', rule: 'default' };
  }
  const [first] = agents;
  return {
    agent: first?.name ?? FALLBACK,
    reason: keywords.size === 0 ? 'no agents' : 'the first one',
    rule: 'default',
  };
}

function describedWords(description: string): TitleWords {
  const text = description.slice(0, LONGEST_DESCRIPTION).toLowerCase();
  const words = new Map<string, { text: string; start: number; weight: number }>();
  for (const { 0: word, index } of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    // Each word once: a description repeats itself.
    if (!words.has(word)) words.set(word, { text: word, start: index, weight: 1 });
  }
  return { text, words: [...words.values()] };
}
