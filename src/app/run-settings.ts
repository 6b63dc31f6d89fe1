// What a run goes by. Its checks and set-up commands are a person's to approve: with the plan, where
// there is one, else by themselves, once on this machine.

import { detectChecks } from '../checks/detect-checks.ts';
import { commandIds, commandLines, repositoryCommands } from '../config/commands.ts';
import type { Commands } from '../config/commands.ts';
import { configuredChecks, hasFullPermissions, toRunSettings } from '../config/settings.ts';
import type { Priority } from '../model/plan.ts';
import type { RunSettings } from '../model/settings.ts';
import { spellOut } from '../util/terminal-text.ts';
import type { App, LoadedSettings } from './app.ts';
import { earlierApproved } from './approved-commands.ts';
import type { Confirm } from './confirm.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import { recordTrust } from './trust.ts';

const MOST_FILES = 50_000;
const FILE_BYTES = 256 * 1024;

/** What a run is made of, as far as its settings go by it. */
interface Ground {
  readonly loaded: LoadedSettings;
  readonly commit: string;
  readonly request: {
    readonly priority?: Priority;
    /** `false` = there is no plan. */
    readonly orchestrate?: boolean;
    /** The person has approved plan and checks beforehand. */
    readonly yes: boolean;
    readonly confirm?: Confirm;
  };
}

/** The settings, and what a person should know of them. */
interface Found {
  readonly settings: RunSettings;
  readonly notes: readonly string[];
}

/**
 * Says what a run goes by.
 *
 * @param app - The application.
 * @param ground - The configuration and what is wanted.
 * @returns The settings, or why it may not start.
 */
export async function runSettings(app: App, ground: Ground): Promise<Result<Found>> {
  const { config, sources, initialized } = ground.loaded;
  const { request } = ground;
  const settings = toRunSettings(config, {
    priority: request.priority ?? 'medium',
    fullPermissions: hasFullPermissions(config, sources),
    sources,
  });
  // A plan is shown with its commands: whoever approves it approves them.
  const isShown = request.orchestrate !== false && (settings.confirm || request.yes);
  // No plan shows the commands of stages, and some of them run before there is one.
  const refused = request.yes ? null : await askOnce(app, ground, isShown ? 'actions' : 'all');
  if (refused !== null) return refused;
  if (initialized || configuredChecks(config).length > 0) {
    return ok({ settings, notes: noteOn(settings) });
  }
  const whole = await withDetected(app, ground, settings);
  if (!whole.ok) return whole;
  const isApproved = await earlierApproved(app);
  const may = isShown || commandIds(commandsOf(whole.value)).every((id) => isApproved(id));
  const chosen = may ? whole.value : settings;
  return ok({ settings: chosen, notes: isShown ? [] : noteOn(chosen) });
}

/** Where nobody has named any, those are proposed that the project seems to have. */
async function withDetected(
  app: App,
  { commit }: Ground,
  settings: RunSettings,
): Promise<Result<RunSettings>> {
  const repository = await app.repository();
  if (!repository.ok) return repository;
  const files = await repository.value.listFiles(commit, MOST_FILES);
  const { checks, setup } = await detectChecks({
    files,
    read: (path) => repository.value.readFile(commit, path, FILE_BYTES),
  });
  const workspace =
    settings.workspace.setup.length > 0 ? settings.workspace : { ...settings.workspace, setup };
  return ok({ ...settings, checks, workspace });
}

/**
 * Asks a person about commands that the repository's own file names, where no plan shows them. With
 * nobody there they are what the file was committed for.
 */
async function askOnce(
  app: App,
  { loaded, request }: Ground,
  only: 'all' | 'actions',
): Promise<Result<never> | null> {
  if (request.confirm === undefined) return null;
  const all = repositoryCommands(loaded.config, loaded.sources);
  const theirs = only === 'all' ? all : { ...all, checks: [], setup: [] };
  const ids = commandIds(theirs);
  const isApproved = await earlierApproved(app);
  if (app.environment['TUTTI_TRUST_PROJECT'] === '1' || ids.every((id) => isApproved(id))) {
    return null;
  }
  const lines = commandLines(theirs).map((line) => `  ${spellOut(line)}`);
  const answer = await request.confirm(
    `The repository wants these commands run on this machine:\n${lines.join('\n')}\nRun them, now and later?`,
  );
  if (answer === 'nobody') return null;
  if (!answer) {
    const hint = 'take them out of .tutti/config.yaml, or name your own in your configuration';
    return no('not_approved', 'the commands of the repository were not approved', hint, 4);
  }
  const recorded = await recordTrust(app, ids);
  return recorded.ok ? null : recorded;
}

function commandsOf({ checks, workspace }: RunSettings): Commands {
  return { checks, setup: workspace.setup };
}

function noteOn({ checks }: RunSettings): string[] {
  return checks.length > 0
    ? []
    : ['no check was named or approved, so nothing will be proven: tutti init names some'];
}
