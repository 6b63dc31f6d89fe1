// What outcomes say about who should do a task. They decide only between agents for whom the words of
// a task speak about equally, and only where enough is known: a name, a type, a configured pattern or
// a word that clearly means somebody is never overruled.

import type { PastPick } from '../model/history.ts';

/** What is known of one agent at tasks of one sort. */
export interface PickRecord {
  /** Tasks whose first try said something, and how many of those passed. */
  readonly tried: number;
  readonly passed: number;
  /** How often a person gave such a task to it instead of another, and took one from it. */
  readonly given: number;
  readonly taken: number;
}

/** Tasks whose words speak for the same agents, and what is known of whoever did them. */
interface Field {
  /** The agents about equal, the best first. */
  readonly close: readonly string[];
  readonly records: ReadonlyMap<string, PickRecord>;
}

/** What is known of agents, by what the tasks were about. */
export type RoutingHistory = readonly Field[];

const NOTHING: PickRecord = { tried: 0, passed: 0, given: 0, taken: 0 };
/** A person who gives a task to somebody else says as much as three tasks. */
const PERSON_COUNTS = 3;
/** Fewer say nothing. */
const FEWEST = 3;
/** What an agent without a past is taken for, and for how many tasks that counts. */
const USUAL = { rate: 0.75, tasks: 4 } as const;
/** A difference below this is chance. */
const LEAST_GAIN = 0.15;
/** Agents whose score is at least this part of the best one are about equal. */
const CLOSE = 0.5;

/**
 * Finds the agents for whom words speak about equally.
 *
 * @param scores - What they say for each agent.
 * @param winner - The agent they say most for.
 * @returns The winner, then the others.
 */
function closeTo(scores: ReadonlyMap<string, number>, winner: string): readonly string[] {
  const least = (scores.get(winner) ?? 0) * CLOSE;
  const others = [...scores].filter(([agent, score]) => agent !== winner && score >= least);
  return [winner, ...others.map(([agent]) => agent)];
}

/**
 * Sorts what is known of agents by what the tasks were about.
 *
 * @param past - What agents did, and what persons gave them.
 * @param scored - What the words of a title say for each agent, and for whom most; `null` = for none.
 * @returns What later choices go by.
 */
export function routingHistory(
  past: readonly PastPick[],
  scored: (
    title: string,
  ) => { readonly scores: ReadonlyMap<string, number>; readonly winner: string } | null,
): RoutingHistory {
  const fields = new Map<string, Field & { readonly records: Map<string, PickRecord> }>();
  for (const pick of past) {
    const found = scored(pick.title);
    if (found === null) continue;
    const close = closeTo(found.scores, found.winner);
    const key = JSON.stringify(close);
    const { records } = fields.get(key) ?? { records: new Map<string, PickRecord>() };
    fields.set(key, { close, records });
    const add = (agent: string, more: Partial<PickRecord>): void => {
      records.set(agent, summed(records.get(agent) ?? NOTHING, more));
    };
    if (pick.kind === 'done') {
      add(pick.agent, { tried: 1, passed: Number(pick.passed) });
      continue;
    }
    const from = pick.from ?? found.winner;
    if (from === pick.to) continue; // it would have got it anyway
    add(pick.to, { given: 1 });
    add(from, { taken: 1 });
  }
  return [...fields.values()];
}

function summed(one: PickRecord, more: Partial<PickRecord>): PickRecord {
  const { tried = 0, passed = 0, given = 0, taken = 0 } = more;
  return {
    tried: one.tried + tried,
    passed: one.passed + passed,
    given: one.given + given,
    taken: one.taken + taken,
  };
}

/** Who is preferred, and what is known of all that were about equal. */
export interface Preferred {
  readonly agent: string;
  readonly records: Readonly<Record<string, PickRecord>>;
}

/**
 * Chooses between agents for whom the words speak about equally.
 *
 * @param scores - What the words say for each agent.
 * @param winner - The agent they say most for.
 * @param history - What is known of them.
 * @returns The winner, unless another one has done clearly better at such tasks.
 */
export function preferred(
  scores: ReadonlyMap<string, number>,
  winner: string,
  history: RoutingHistory,
): Preferred {
  const close = closeTo(scores, winner);
  const such = history.filter((field) => isSuch(field, close));
  const records = new Map(close.map((agent) => [agent, recordOf(agent, such)]));
  const own = rateOf(records.get(winner) ?? NOTHING);
  let [agent, best] = [winner, own + LEAST_GAIN];
  for (const [rival, record] of records) {
    if (rival === winner || weightOf(record) < FEWEST || rateOf(record) <= best) continue;
    [agent, best] = [rival, rateOf(record)];
  }
  const known = [...records].filter(([, record]) => weightOf(record) > 0);
  return { agent, records: Object.fromEntries(known) };
}

/** Tasks about the same: where agents compete, tasks for which at least two of them did. */
function isSuch(field: Field, close: readonly string[]): boolean {
  const shared = field.close.filter((agent) => close.includes(agent)).length;
  return shared >= Math.min(2, close.length);
}

function recordOf(agent: string, such: readonly Field[]): PickRecord {
  return such
    .map(({ records }) => records.get(agent) ?? NOTHING)
    .reduce((sum, record) => summed(sum, record), NOTHING);
}

function weightOf({ tried, given, taken }: PickRecord): number {
  return tried + PERSON_COUNTS * (given + taken);
}

/** Drawn towards the usual, the more the less is known. */
function rateOf(record: PickRecord): number {
  const good = record.passed + PERSON_COUNTS * record.given;
  return (good + USUAL.rate * USUAL.tasks) / (weightOf(record) + USUAL.tasks);
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/**
 * Says what is known of an agent.
 *
 * @param record - What is known.
 * @returns Such as `9 of 10 first-try passes`.
 */
export function recordText({ tried, passed, given, taken }: PickRecord): string {
  const said = [
    ...(tried > 0 ? [`${passed} of ${tried} first-try passes`] : []),
    ...(given > 0 ? [`given such a task by a person ${times(given)}`] : []),
    ...(taken > 0 ? [`taken off one by a person ${times(taken)}`] : []),
  ];
  return said.join(', ');
}
