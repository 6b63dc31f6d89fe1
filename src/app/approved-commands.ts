// Checks and set-up commands that a person has approved on this machine, by the hash of their texts.

import { commandIds } from '../config/commands.ts';
import type { Command } from '../model/command.ts';
import type { RunKey } from '../model/key.ts';
import type { Store } from '../ports/store.ts';
import type { App } from './app.ts';
import { recordedTrust, recordTrust } from './trust.ts';

/**
 * Reads which commands were approved earlier.
 *
 * @param app - The application.
 * @returns Tells it by a command's hash.
 */
export async function earlierApproved(app: App): Promise<(id: string) => boolean> {
  const recorded = await recordedTrust(app);
  return (id) => recorded.has(id);
}

/**
 * Remembers the commands that were approved with a plan, for runs that have none.
 *
 * @param app - The application.
 * @param store - Where the run is.
 * @param decided - What the person said, and the run it was about.
 * @param decided.command - The command that was accepted.
 * @param decided.run - The run.
 */
export async function rememberApproved(
  app: App,
  store: Store,
  { command, run }: { readonly command: Command; readonly run: RunKey | null },
): Promise<void> {
  const approves =
    command.type === 'approve-plan' ||
    (command.type === 'add-run' && command.preapproved && command.source !== 'direct');
  if (!approves || run === null) return;
  const found = await store.run(run);
  if (found === null) return;
  // Where it cannot be recorded, a person is asked again.
  const { checks, workspace } = found.settings;
  await recordTrust(app, commandIds({ checks, setup: workspace.setup }));
}
