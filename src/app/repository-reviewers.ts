// Specialists of the repository that take the place of the reviewers that are built in: who judges its
// own changes judges them well, so they count only when a person has trusted them.

import { join } from 'node:path';

import { trustId } from '../config/trust.ts';
import type { Widening } from '../config/trust.ts';
import type { Agent } from '../model/agent.ts';
import { readAgentFolder } from './agent-folder.ts';

/** The built-in specialists that judge the work of others. */
const REVIEWERS: ReadonlySet<string> = new Set([
  'code-reviewer',
  'qa-engineer',
  'security-engineer',
  'tech-lead',
]);

/**
 * Looks for such specialists.
 *
 * @param root - The project's root.
 * @returns One entry a specialist.
 */
export async function repositoryReviewers(root: string): Promise<Widening[]> {
  const found: Widening[] = [];
  for (const [folder, origin] of [
    [join(root, '.claude', 'agents'), 'claude'],
    [join(root, '.tutti', 'agents'), 'project'],
  ] as const) {
    for (const read of await readAgentFolder(folder, origin)) {
      const id = read.ok ? reviewerId(read.agent) : null;
      if (!read.ok || id === null) continue;
      const shown = `takes the place of the built-in ${read.agent.name}`;
      found.push({
        path: `agents.${read.agent.name}`,
        shown,
        file: read.agent.path,
        line: 1,
        column: 1,
        id,
      });
    }
  }
  return found;
}

/**
 * Makes what trust in a specialist of the repository is recorded as.
 *
 * @param agent - The specialist.
 * @returns The hash of what it says; `null` when it needs no trust.
 */
export function reviewerId(agent: Agent): string | null {
  const own = agent.origin === 'project' || agent.origin === 'claude';
  if (!own || !REVIEWERS.has(agent.name)) return null;
  const { path: _path, ...says } = agent;
  return trustId(`agents.${agent.name}`, says);
}
