// Which specialists there are: the built-in ones, Claude Code's own of this project, the project's, the
// person's.

import { dirname, join } from 'node:path';

import { configPaths } from '../config/find.ts';
import type { Agent, AgentOrigin } from '../model/agent.ts';
import { pickAgents } from '../plan/agent-file.ts';
import { readAgentFolder } from './agent-folder.ts';
import type { App } from './app.ts';
import { reviewerId } from './repository-reviewers.ts';

/** The agents of a project, and what could not be read. */
export interface LoadedAgents {
  readonly agents: readonly Agent[];
  /** Those that another one of the same name takes the place of. */
  readonly hidden: readonly Agent[];
  /** One line a file that does not count, for whoever looks at agents. */
  readonly problems: readonly string[];
}

/**
 * Loads the agents of a project.
 *
 * @param app - The application.
 * @returns The agents by precedence: the person's over `.tutti/agents` over `.claude/agents` over
 *   the built-in ones of the catalogues that are switched on.
 */
export async function loadAgents(app: App): Promise<LoadedAgents> {
  const folders = await foldersOf(app);
  const found = await Promise.all(
    folders.map(([folder, origin]) => readAgentFolder(folder, origin)),
  );
  const read = found.flat();
  const settings = await app.settings();
  const untrusted = new Set(settings.ok ? settings.value.untrusted.map(({ id }) => id) : []);
  // A reviewer that the repository brings counts when a person has trusted it, not before.
  const counts = (agent: Agent): boolean => !untrusted.has(reviewerId(agent) ?? '');
  const whole = read.flatMap((one) => (one.ok ? [one.agent] : []));
  const all = whole.filter((agent) => counts(agent));
  const agents = pickAgents(all);
  const hidden = all.filter((agent) => !agents.includes(agent));
  return {
    agents,
    hidden,
    problems: [
      ...read.flatMap((one) =>
        one.ok ? [] : [`${one.path}:${one.line}: ${one.message} (${one.hint})`],
      ),
      ...hidden.flatMap((agent) => twice(agent, agents)),
      ...whole
        .filter((agent) => !counts(agent))
        .map(
          ({ path, name }) => `${path}:1: ${name} judges work, and nobody trusted it (tutti trust)`,
        ),
    ],
  };
}

async function foldersOf(app: App): Promise<(readonly [string, AgentOrigin])[]> {
  const { root, environment, agentsFolder } = app;
  const settings = await app.settings();
  // What is wrong with the configuration is said elsewhere.
  const catalogues = settings.ok ? settings.value.config.agents.catalogues : ['core'];
  const { person } = configPaths(root, environment);
  return [
    ...(catalogues.includes('core') ? ([[agentsFolder, 'built-in']] as const) : []),
    ...(catalogues.includes('domain') ? ([[join(agentsFolder, 'domain'), 'domain']] as const) : []),
    [join(root, '.claude', 'agents'), 'claude'],
    [join(root, '.tutti', 'agents'), 'project'],
    ...(person === null ? [] : ([[join(dirname(person), 'agents'), 'person']] as const)),
  ];
}

/** Two files of one folder that say the same name: which one counts would be chance. */
function twice(agent: Agent, agents: readonly Agent[]): string[] {
  const winner = agents.find(({ name }) => name === agent.name);
  return winner?.origin === agent.origin
    ? [`${agent.path}:1: the name ${agent.name} is taken by ${winner.path} (rename one of them)`]
    : [];
}
