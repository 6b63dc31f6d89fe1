import type { TaskKind } from '../model/plan.ts';
import { PLANNING } from '../model/stage.ts';
import type { Stage, StageSettings } from '../model/stage.ts';
import { actionOf } from './actions.ts';
import type { Config, OrchestrationConfig } from './config.ts';
import { BUILT_IN_STAGES, inStageOrder, stageEdges } from './stage-order.ts';

/**
 * Takes down the stages of a run.
 *
 * @param config - The complete configuration.
 * @returns Its stages, in an order in which they can run.
 */
export function toStages({ orchestration }: Config): StageSettings {
  const { stages, custom_stages: custom, max_review_rounds: maxReviewRounds } = orchestration;
  const { review } = stages;
  const edges = stageEdges(orchestration);
  const names = [...BUILT_IN_STAGES, ...Object.keys(custom)];
  const list = inStageOrder(names, edges).map((name) =>
    stageOf(orchestration, name, [
      ...new Set(edges.flatMap(({ from, to }) => (to === name ? from : []))),
    ]),
  );
  return {
    list,
    runtimes: {},
    runTests: review.run_tests,
    requirePassing: review.require_passing,
    maxReviewRounds,
  };
}

const KINDS: Readonly<Record<string, TaskKind>> = {
  research: 'research',
  planning: 'plan',
  implementation: 'work',
  review: 'review',
};

/** What every stage has, as far as it is configured. */
interface Configured {
  readonly enabled: boolean;
  readonly agents: readonly string[];
  readonly timeout: number;
  readonly actions: readonly string[];
  readonly output_path: string | null;
  readonly output_to_context: boolean;
}

const NO_OUTPUT = { actions: [], output_path: null, output_to_context: true } as const;

function configured({ stages, custom_stages: custom, ...rest }: OrchestrationConfig): {
  readonly [name: string]: Configured;
} {
  const { research, planning, implementation, review } = stages;
  return {
    ...Object.fromEntries(
      Object.entries({ ...custom, research, planning }).map(([name, stage]) => [
        name,
        { ...stage, agents: [stage.agent] },
      ]),
    ),
    implementation: {
      ...NO_OUTPUT,
      enabled: true,
      agents: [],
      timeout: implementation.timeout_per_task ?? rest.task_timeout_secs,
    },
    review: { ...NO_OUTPUT, ...review },
  };
}

function stageOf(
  orchestration: OrchestrationConfig,
  name: string,
  dependsOn: readonly string[],
): Stage {
  const stage = configured(orchestration)[name];
  return {
    name,
    kind: KINDS[name] ?? 'custom',
    enabled: orchestration.enabled && stage?.enabled === true,
    agents: stage?.agents ?? [],
    timeoutSecs: stage?.timeout ?? orchestration.task_timeout_secs,
    actions: (stage?.actions ?? []).flatMap((action) => actionOf(orchestration, action) ?? []),
    dependsOn,
    outputPath: stage?.output_path ?? null,
    outputToContext: stage?.output_to_context ?? true,
    ...(name === PLANNING && { createsSubtasks: orchestration.stages.planning.creates_subtasks }),
  };
}
