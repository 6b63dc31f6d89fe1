// The commands that a repository's own configuration names: they are run on this machine, so a person
// approves them, with a plan or by themselves.

import type { Check } from '../model/plan.ts';
import type { Config } from './config.ts';
import { configuredChecks } from './settings.ts';
import type { Source } from './source.ts';
import { trustId } from './trust.ts';

/** Commands that are run for the changes of agents. */
export interface Commands {
  readonly checks: readonly Pick<Check, 'name' | 'run'>[];
  /** What prepares a workspace. */
  readonly setup: readonly string[];
  /** What stages run. */
  readonly actions?: readonly { readonly name: string; readonly run: string }[];
}

/**
 * Takes the commands that the repository's own file names.
 *
 * @param config - The complete configuration.
 * @param sources - Where its values come from.
 * @returns The commands; what a person's own configuration says is not among them.
 */
export function repositoryCommands(
  config: Config,
  sources: Readonly<Record<string, Source>>,
): Commands {
  return {
    checks: sources['checks'] === 'project' ? configuredChecks(config) : [],
    setup: sources['workspace.setup'] === 'project' ? config.workspace.setup : [],
    actions: Object.entries(config.orchestration.actions).flatMap(([name, { run }]) =>
      run !== undefined && sources[`orchestration.actions.${name}.run`] === 'project'
        ? [{ name, run }]
        : [],
    ),
  };
}

/**
 * Makes what the approval of commands is recorded as.
 *
 * @param commands - The commands.
 * @returns A hash for each: the set-up commands first, then the checks, then the actions of stages.
 */
export function commandIds({ checks, setup, actions = [] }: Commands): string[] {
  return [...setup, ...checks.map(({ run }) => run), ...actions.map(({ run }) => run)].map((run) =>
    trustId('command', run),
  );
}

/**
 * Says commands, in the order of their hashes.
 *
 * @param commands - The commands.
 * @returns A line each, still to be made fit for a terminal.
 */
export function commandLines({ checks, setup, actions = [] }: Commands): string[] {
  return [
    ...setup.map((line) => `set-up: ${line}`),
    ...checks.map(({ name, run }) => `check ${name}: ${run}`),
    ...actions.map(({ name, run }) => `action ${name}: ${run}`),
  ];
}
