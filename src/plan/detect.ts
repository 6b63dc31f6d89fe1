// Whether a goal is planned and done by many, or goes directly to one agent. The first rule that
// applies decides: disabled · told · explicit · a sign to skip · type of task · keyword · complexity.

import { COMPLEXITIES } from '../model/complexity.ts';
import type { Complexity, Estimate } from '../model/complexity.ts';
import { estimateComplexity } from './complexity.ts';
import { keywordIn } from './goal-keyword.ts';
import type { RepositoryMap } from './repository-map.ts';
import { signToSkip } from './skip-signs.ts';

/** What is known of a goal. */
export interface DetectedGoal {
  readonly goal: string;
  readonly description: string;
  /** The type of the task, such as `feature`; `null` = nobody said. */
  readonly type: string | null;
  /** What a person said about it: to plan it, not to, or nothing. */
  readonly told: boolean | null;
}

/** What the configuration says. */
export interface DetectionRules {
  readonly mode: 'auto' | 'explicit' | 'disabled';
  readonly taskTypes: readonly string[];
  readonly keywords: readonly string[];
  readonly minComplexity: Complexity;
}

/** Which of the rules decided. */
export type DetectedBy =
  | 'disabled'
  | 'told'
  | 'explicit'
  | 'sign'
  | 'type'
  | 'keyword'
  | 'complexity';

/** What was decided. */
export interface Detection {
  readonly orchestrate: boolean;
  readonly by: DetectedBy;
  /** In words; the first one names the rule. */
  readonly reasons: readonly string[];
  /** What the rules take the goal for, where that decided. */
  readonly estimate?: Estimate;
}

/**
 * Decides whether a goal is planned and done by many.
 *
 * @param goal - What is known of it.
 * @param rules - What the configuration says.
 * @param map - What the repository is made of; `null` = nothing is known of it.
 * @returns The decision. To orchestrate what is disabled is for the caller to refuse.
 */
export function detect(
  goal: DetectedGoal,
  rules: DetectionRules,
  map: RepositoryMap | null,
): Detection {
  if (rules.mode === 'disabled') return decided(false, 'disabled', 'orchestration is disabled');
  if (goal.told !== null) {
    return decided(
      goal.told,
      'told',
      goal.told ? 'told to orchestrate' : 'told not to orchestrate',
    );
  }
  if (rules.mode === 'explicit') {
    return decided(false, 'explicit', 'orchestration is for goals that ask for it (--orchestrate)');
  }
  const estimate = estimateComplexity(goal.goal, goal.description, map);
  const sign = signToSkip(goal, estimate.complexity);
  if (sign !== null) return decided(false, 'sign', sign);
  const type = goal.type?.trim().toLowerCase();
  if (type !== undefined && rules.taskTypes.some((one) => one.toLowerCase() === type)) {
    return decided(true, 'type', `tasks of type ${type}`);
  }
  const keyword = keywordIn(goal, rules.keywords);
  if (keyword !== null) {
    return decided(true, 'keyword', `"${keyword.word}" in the ${keyword.place}`);
  }
  return { ...byComplexity(estimate, rules.minComplexity, 'rules'), estimate };
}

/**
 * Decides by an estimate.
 *
 * @param estimate - How much work the goal is.
 * @param least - What is planned at least.
 * @param method - Who estimated.
 * @returns The decision.
 */
export function byComplexity(
  { complexity, reasons }: Estimate,
  least: Complexity,
  method: 'rules' | 'model',
): Detection {
  const orchestrate = COMPLEXITIES.indexOf(complexity) >= COMPLEXITIES.indexOf(least);
  const by = method === 'rules' ? 'by rules' : 'by a model';
  const head = `complexity ${complexity} (${by}; ${least} is planned${least === 'high' ? '' : ' and more'})`;
  const why = reasons.length === 0 ? ['nothing in it asks for more than one agent'] : reasons;
  return { orchestrate, by: 'complexity', reasons: [head, ...why] };
}

function decided(orchestrate: boolean, by: DetectedBy, reason: string): Detection {
  return { orchestrate, by, reasons: [reason] };
}
