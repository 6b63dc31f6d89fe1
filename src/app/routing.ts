// Who does a task: by the configuration, the words of the task, and what agents did before.

import type { Config } from '../config/config.ts';
import type { Agent } from '../model/agent.ts';
import type { PastPick } from '../model/history.ts';
import { routeTask, routingOf, withHistory } from '../plan/route.ts';
import type { Route, RoutedTask } from '../plan/route.ts';
import type { Store } from '../ports/store.ts';
import { firstTry } from '../report/tries.ts';

/** Older runs say little about the agents as they are now. */
const NEWEST_RUNS = 200;

/**
 * Makes the router of a project.
 *
 * @param config - Its configuration: the patterns of `agent_routing` and their default.
 * @param agents - Its agents.
 * @param past - What they did before.
 * @returns Chooses the agent of a task.
 */
export function routerOf(
  config: Config,
  agents: readonly Agent[],
  past: readonly PastPick[],
): (task: RoutedTask) => Route {
  const { agent_routing: patterns } = config.orchestration.stages.implementation;
  const routing = withHistory(routingOf(agents, patterns), past);
  return (task) => routeTask(task, routing);
}

/**
 * Reads what agents did at which tasks, and what persons gave them.
 *
 * @param store - The store.
 * @returns What the routing learns from.
 */
export async function pastPicks(store: Store): Promise<readonly PastPick[]> {
  const wish = { since: 0, newest: NEWEST_RUNS, moments: false, byAgents: true };
  const runs = await store.outcomes(wish);
  const done = runs.flatMap(({ tasks }) =>
    tasks.flatMap((task): PastPick[] => {
      const first = task.kind === 'work' ? firstTry(task) : null;
      if (first === null || first.runtime === 'command') return [];
      const passed = first.outcome === 'succeeded';
      return [{ kind: 'done', title: task.title, agent: first.agent, passed }];
    }),
  );
  const given = await store.reassignments(NEWEST_RUNS);
  return [
    ...done,
    ...given.map(({ title, from, to }) => ({ kind: 'given', title, from, to }) as const),
  ];
}
