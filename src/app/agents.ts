// Which specialists there are: the built-in ones, Claude Code's own of this project, the project's, the
// person's.

import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { configPaths } from '../config/find.ts';
import type { Agent, AgentOrigin } from '../model/agent.ts';
import { pickAgents, readAgentFile } from '../plan/agent-file.ts';
import type { App } from './app.ts';
import { reviewerId } from './repository-reviewers.ts';

/** The agents of a project, and what could not be read. */
export interface LoadedAgents {
  readonly agents: readonly Agent[];
  /** Those that another one of the same name takes the place of. */
  readonly hidden: readonly Agent[];
  /** One line a file that is no agent, for whoever looks at agents. */
  readonly problems: readonly string[];
}

/** More than any agent: what a repository brings could be of any size. */
const LARGEST_FILE = 1_048_576;

/**
 * Loads the agents of a project.
 *
 * @param app - The application.
 * @returns The agents by precedence: the person's over `.tutti/agents` over `.claude/agents` over
 *   the built-in ones of the catalogues that are switched on.
 */
export async function loadAgents(app: App): Promise<LoadedAgents> {
  const folders = await foldersOf(app);
  const found = await Promise.all(folders.map(([folder, origin]) => readFolder(folder, origin)));
  const read = found.flat();
  const settings = await app.settings();
  const untrusted = new Set(settings.ok ? settings.value.untrusted.map(({ id }) => id) : []);
  // A reviewer that the repository brings counts when a person has trusted it, not before.
  const all = read.flatMap((one) =>
    one.ok && !untrusted.has(reviewerId(one.agent) ?? '') ? [one.agent] : [],
  );
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

async function readFolder(
  folder: string,
  origin: AgentOrigin,
): Promise<ReturnType<typeof readAgentFile>[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.md')).toSorted();
  return Promise.all(files.map((name) => readFileOf(join(folder, name), origin)));
}

/** A link that a repository brings may lead to a device that never ends. */
async function readFileOf(
  path: string,
  origin: AgentOrigin,
): Promise<ReturnType<typeof readAgentFile>> {
  const refuse = (message: string, hint: string): ReturnType<typeof readAgentFile> => ({
    ok: false,
    path,
    line: 1,
    message,
    hint,
  });
  try {
    const about = await stat(path);
    if (!about.isFile()) return refuse('not a file', 'move it away');
    if (about.size > LARGEST_FILE) return refuse('larger than 1 MiB', 'keep prompts short');
    return readAgentFile(await readFile(path, 'utf8'), { path, origin });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason';
    return refuse(`cannot be read: ${code}`, 'see that you may read it, or move it away');
  }
}
