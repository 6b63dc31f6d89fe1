// Whether planning has paid off for goals like this one. It is advice for a person: it decides nothing.

import { formatUsd, plural } from '../util/amount.ts';
import { median } from '../util/median.ts';
import { estimateComplexity } from './complexity.ts';
import { goalDomains } from './goal-domains.ts';

/** What a run came to that is over. */
export interface PastGoal {
  readonly goal: string;
  /** The type of the task. */
  readonly type: string;
  /** Whether it was planned and done by many, or went to one agent. */
  readonly planned: boolean;
  readonly failed: boolean;
  /** How much faster it went than one attempt after the other; `null` where nobody can tell. */
  readonly speedUp: number | null;
  readonly usd: number;
}

/** A goal to be advised about. */
export interface NewGoal {
  readonly goal: string;
  /** `null` = nobody said. */
  readonly type: string | null;
}

/** What nobody has named is no type. */
const ANY_TYPE = 'task';
/** Fewer say nothing. */
const FEWEST = 3;
const PAYS = 1.2;
const HARDLY = 1.1;
/** A share of failures that differs by less is chance. */
const WORSE = 0.25;

/**
 * Says what came of goals like this one, planned and done by one agent.
 *
 * @param wanted - The goal.
 * @param past - Runs that are over.
 * @returns One sentence; `null` where too few are like it.
 */
export function advice(wanted: NewGoal, past: readonly PastGoal[]): string | null {
  const isLike = likeness(wanted);
  const like = past.filter((one) => isLike(one));
  const planned = like.filter((one) => one.planned);
  const direct = like.filter((one) => !one.planned);
  if (planned.length < FEWEST) return null;
  const speedUp = median(planned.flatMap((one) => one.speedUp ?? []));
  const facts = [
    ...(speedUp === null ? [] : [`${speedUp.toFixed(1)}× as fast as one after the other`]),
    ...factsOf(planned),
  ].join(', ');
  const others =
    direct.length === 0 ? '' : `; ${direct.length} by one agent: ${factsOf(direct).join(', ')}`;
  const end = verdict(planned, direct, speedUp);
  return `history of goals like this: ${planned.length} planned: ${facts}${others}${end}`;
}

/** Of the same type or in the same field of work, and of the same size. */
function likeness(wanted: NewGoal): (one: PastGoal) => boolean {
  const own = featuresOf(wanted.goal, wanted.type ?? ANY_TYPE);
  return ({ goal, type }) => {
    const other = featuresOf(goal, type);
    if (other.complexity !== own.complexity) return false;
    if (own.type !== ANY_TYPE && own.type === other.type) return true;
    return [...own.domains].some((domain) => other.domains.has(domain));
  };
}

function featuresOf(
  goal: string,
  type: string,
): { readonly complexity: string; readonly type: string; readonly domains: ReadonlySet<string> } {
  const { named, implied } = goalDomains(goal);
  return {
    // Without the repository: it is another one today than it was then.
    complexity: estimateComplexity(goal, '', null).complexity,
    type: type.toLowerCase(),
    domains: new Set([...named, ...implied]),
  };
}

function factsOf(goals: readonly PastGoal[]): string[] {
  const usd = median(goals.map((one) => one.usd)) ?? 0;
  const failed = goals.filter((one) => one.failed).length;
  return [
    ...(usd > 0 ? [`${formatUsd(usd)} each`] : []),
    failed === 0 ? 'none failed' : `${failed} of ${plural(goals.length, 'run')} failed`,
  ];
}

function verdict(
  planned: readonly PastGoal[],
  direct: readonly PastGoal[],
  speedUp: number | null,
): string {
  const [ours, theirs] = [failedShare(planned), failedShare(direct)];
  if (direct.length >= FEWEST && ours >= theirs + WORSE) {
    return '; one agent did better';
  }
  if (speedUp !== null && speedUp < HARDLY) return '; planning hardly saved time';
  const pays = speedUp !== null && speedUp >= PAYS;
  const safer = direct.length >= FEWEST && theirs >= ours + WORSE;
  return pays || safer ? '; planning paid off' : '';
}

function failedShare(goals: readonly PastGoal[]): number {
  return goals.filter((one) => one.failed).length / Math.max(1, goals.length);
}
