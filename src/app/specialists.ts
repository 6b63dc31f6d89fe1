// What the runtimes here cannot honour of the agents they play.

import { runtimeSettings } from '../config/settings.ts';
import type { Agent } from '../model/agent.ts';
import { specialistFor } from '../model/specialist.ts';
import { loadAgents } from './agents.ts';
import type { App } from './app.ts';

/** Tells what a runtime cannot honour of an agent, a sentence each. */
export type NotesOf = (agent: string, runtime: string) => readonly string[];

/**
 * Makes what tells of an agent and a runtime what is not honoured. Where the configuration cannot be
 * read nothing is told; that it cannot is said elsewhere.
 *
 * @param app - The application.
 * @param known - The agents, where they are loaded already.
 * @returns What tells it.
 */
export async function specialistNotes(app: App, known?: readonly Agent[]): Promise<NotesOf> {
  const settings = await app.settings();
  if (!settings.ok) return () => [];
  const agents = known ?? (await loadAgents(app)).agents;
  const runtimes = await app.runtimes();
  const configured = runtimeSettings(settings.value.config);
  return (name, id) => {
    const agent = agents.find((one) => one.name === name);
    const stage = runtimes.get(id);
    if (agent === undefined) return [];
    if (stage === undefined) return [`there is no runtime ${id}`];
    return specialistFor(agent, stage, configured[id]?.model ?? null).notes;
  };
}
