// Which specialists there are: the built-in ones, Claude Code's own of this project, the project's.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Agent, AgentOrigin } from '../model/agent.ts';
import { pickAgents, readAgentFile } from '../plan/agent-file.ts';

/** The agents of a project, and what could not be read. */
export interface LoadedAgents {
  readonly agents: readonly Agent[];
  /** One line a file that is no agent, for whoever looks at agents. */
  readonly problems: readonly string[];
}

/**
 * Loads the agents of a project.
 *
 * @param root - The project's root.
 * @param builtIn - The folder of the built-in ones.
 * @returns The agents by precedence: `.tutti/agents` over `.claude/agents` over built-in.
 */
export async function loadAgents(root: string, builtIn: string): Promise<LoadedAgents> {
  const folders: readonly (readonly [string, AgentOrigin])[] = [
    [builtIn, 'built-in'],
    [join(root, '.claude', 'agents'), 'claude'],
    [join(root, '.tutti', 'agents'), 'project'],
  ];
  const found = await Promise.all(folders.map(([folder, origin]) => readFolder(folder, origin)));
  const read = found.flat();
  return {
    agents: pickAgents(read.flatMap((one) => (one.ok ? [one.agent] : []))),
    problems: read.flatMap((one) =>
      one.ok ? [] : [`${one.path}:${one.line}: ${one.message} (${one.hint})`],
    ),
  };
}

async function readFolder(
  folder: string,
  origin: AgentOrigin,
): Promise<ReturnType<typeof readAgentFile>[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.md')).toSorted();
  return Promise.all(
    files.map(async (name) => {
      const path = join(folder, name);
      const text = await readFile(path, 'utf8').catch(() => '');
      return readAgentFile(text, { path, origin });
    }),
  );
}
