// How it stands with the sandbox here, and what a person has said about agents without one.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { stateHome } from '../config/find.ts';
import type { RunKey } from '../model/key.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import { withoutSandbox } from '../run/confine.ts';
import type { SandboxState } from '../run/sandbox-state.ts';
import type { App, LoadedSettings } from './app.ts';
import type { Confirm } from './confirm.ts';
import { no } from './result.ts';
import type { Result } from './result.ts';

/**
 * Tells how it stands with the sandbox.
 *
 * @param app - The application.
 * @param loaded - The configuration that is in force.
 * @returns Whether it works, is switched off, or is missing and why.
 */
export async function sandboxState(app: App, loaded: LoadedSettings): Promise<SandboxState> {
  const { mode, network, read, write } = loaded.config.sandbox;
  if (mode === 'off') return { kind: 'off' };
  const probe = await (await app.sandbox()).probe(network);
  if (!probe.works) {
    const { cause, remedy } = probe;
    const required = mode === 'on';
    return { kind: 'missing', cause, remedy, required, accepted: await isAccepted(app) };
  }
  const { form, program, weaker } = probe;
  const personHome = app.environment['HOME'] ?? null;
  const whole = (path: string): string =>
    path.startsWith('~/') ? join(personHome ?? '/', path.slice(2)) : resolve(app.root, path);
  return {
    kind: 'works',
    form,
    program,
    weaker,
    network,
    personHome,
    read: read.map(whole),
    write: write.map(whole),
  };
}

/**
 * Makes sure that runtimes may work as it stands with the sandbox; a person may be asked.
 *
 * @param app - The application.
 * @param runtimes - Their ids.
 * @param confirm - Asks the person; left out = there is nobody.
 * @returns Why they may not; `null` = they may.
 */
export async function sandboxThere(
  app: App,
  runtimes: Iterable<string>,
  confirm?: Confirm,
): Promise<Result<never> | null> {
  const loaded = await app.settings();
  if (!loaded.ok) return loaded;
  const state = await sandboxState(app, loaded.value);
  const refused = [...runtimes].filter((name) => withoutSandbox(state, name) !== null);
  if (state.kind !== 'missing' || refused.length === 0) return null;
  const { cause, remedy, required } = state;
  if (!required && confirm !== undefined) {
    const answer = await confirm(
      `There is no working sandbox: ${cause}. ${capital(remedy)}. Run agents on this machine without one? They can do what you can do`,
    );
    if (answer === true) {
      await accept(app);
      return null;
    }
  }
  const what = `there is no working sandbox: ${cause}`;
  const without = required ? '' : '; or let agents run without one: TUTTI_SANDBOX=off';
  return no('sandbox', what, `${remedy}${without}`, 4);
}

/**
 * Makes sure of the same before runs go on.
 *
 * @param app - The application.
 * @param keys - The runs.
 * @param confirm - Asks the person.
 * @returns Why they may not; `null` = they may.
 */
export async function sandboxForRuns(
  app: App,
  keys: readonly RunKey[],
  confirm: Confirm,
): Promise<Result<never> | null> {
  const store = await app.store();
  if (!store.ok) return store;
  const found = new Set<string>();
  for (const key of keys) {
    const run = await store.value.run(key);
    if (run === null || RUN_OVER[run.status.state]) continue;
    for (const name of runtimesOf(run)) found.add(name);
  }
  return sandboxThere(app, found, confirm);
}

/**
 * Says what a person should know of the sandbox when a run begins.
 *
 * @param app - The application.
 * @param usesAgents - Whether agents will be at work, and not only what a person wrote down.
 * @returns The line; `null` = all is as it should be.
 */
export async function sandboxRemark(app: App, usesAgents: boolean): Promise<string | null> {
  const loaded = await app.settings();
  if (!loaded.ok) return null;
  const state = await sandboxState(app, loaded.value);
  switch (state.kind) {
    case 'off':
      return usesAgents ? 'the sandbox is off: agents can do what you can do' : null;
    case 'works':
      return state.weaker === null ? null : `a weaker sandbox is used: ${state.weaker}`;
    case 'missing': {
      const who = usesAgents ? 'agents and commands run' : 'commands run';
      return `${who} without a sandbox: ${state.cause}; ${state.remedy}`;
    }
  }
}

/**
 * Lists the runtimes that a run uses.
 *
 * @param run - The run.
 * @returns Their ids.
 */
export function runtimesOf({ tasks, plans, settings }: Run): Set<string> {
  const specs = [...tasks.map(({ spec }) => spec), ...(plans.at(-1)?.tasks ?? [])];
  return new Set(specs.map(({ runtime }) => runtime ?? settings.defaultRuntime));
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function memoryPath({ environment }: App): string {
  return join(stateHome(environment), 'tutti', 'agents-without-sandbox');
}

async function isAccepted(app: App): Promise<boolean> {
  return (await readFile(memoryPath(app), 'utf8').catch(() => '')) !== '';
}

async function accept(app: App): Promise<void> {
  const path = memoryPath(app);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const since = new Date(app.clock.now()).toISOString();
  await writeFile(path, `${since} ${app.person}\n`, { mode: 0o600 });
}
