// The actions of stages that come with tutti. They are honest about what they are: a prompt looks and
// thinks, and proves nothing; only a command and the run's checks are evidence.

import type { Action } from '../model/stage.ts';
import type { OrchestrationConfig } from './config.ts';

const BUILT_IN: Readonly<Record<string, Action['does']>> = {
  web_search: {
    kind: 'prompt',
    text: 'Search the web for what is known about reaching the goal well: the documentation of the versions that this project uses, current recommendations, known traps, security advice. Name the address of everything you rely on. Where you have no way to reach the web, say so in the first line, answer from what you know and mark that as such.',
  },
  codebase_analysis: {
    kind: 'prompt',
    text: 'Analyse this code base for the goal: where it will be changed, what there is already to build on, the conventions, interfaces and data it touches, how it is tested and built, and which parts several people would get into conflict about. Give the file and line of everything others will rely on.',
  },
  doc_gathering: {
    kind: 'prompt',
    text: "Gather the documentation that matters for the goal: the project's own (README, docs, comments, decision records, conventions for agents), and that of the libraries involved as far as it is installed here. Quote what has to be kept to, and say where it stands.",
  },
  security_scan: {
    kind: 'prompt',
    text: 'Look through the code that the goal concerns, and what was changed for it, for security problems: injection, missing checks of rights, unsafe handling of secrets, sessions and input, unsafe defaults. For each give file, line, how it can be abused, how bad that is, and a remedy. You read the code; say that no scanner was run, unless you ran one that this project has.',
  },
  vulnerability_check: {
    kind: 'prompt',
    text: "Check the dependencies of this project for known vulnerabilities. Where the project's package manager has an audit command (npm audit, pip-audit, cargo audit, govulncheck, bundle audit) that is installed and can be reached, run it in a way that changes nothing, and quote its result. Otherwise say that none was run, and name from the lock files what you know to be affected, with the version that mends it.",
  },
  run_tests: { kind: 'checks' },
};

/** The names of the actions that come with tutti. */
export const BUILT_IN_ACTIONS: readonly string[] = Object.keys(BUILT_IN);

/**
 * Looks an action up; a person's own hides a built-in one of the same name.
 *
 * @param orchestration - The section.
 * @param name - The action's name.
 * @returns The action; `null` when there is none of that name.
 */
export function actionOf(
  { actions }: Pick<OrchestrationConfig, 'actions'>,
  name: string,
): Action | null {
  const own = actions[name];
  if (own?.run !== undefined) return { name, does: { kind: 'command', run: own.run } };
  if (own?.prompt !== undefined) return { name, does: { kind: 'prompt', text: own.prompt } };
  const does = BUILT_IN[name];
  return does === undefined ? null : { name, does };
}
