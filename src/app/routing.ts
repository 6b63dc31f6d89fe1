import type { Config } from '../config/config.ts';
import type { Agent } from '../model/agent.ts';
import { routeTask, routingOf } from '../plan/route.ts';
import type { Route, RoutedTask } from '../plan/route.ts';

/**
 * Makes the router of a project.
 *
 * @param config - Its configuration: the patterns of `agent_routing` and their default.
 * @param agents - Its agents.
 * @returns Chooses the agent of a task.
 */
export function routerOf(config: Config, agents: readonly Agent[]): (task: RoutedTask) => Route {
  const { agent_routing: patterns } = config.orchestration.stages.implementation;
  const routing = routingOf(agents, patterns);
  return (task) => routeTask(task, routing);
}
