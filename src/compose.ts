// The one place where ports meet adapters. Everything dear is made when it is asked for, once; only
// what nearly every call needs is loaded with it.

import { existsSync, lstatSync } from 'node:fs';
import { availableParallelism, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { systemClock } from './adapters/clock/system.ts';
import { createReserve } from './adapters/files/reserve.ts';
import { createRunFiles } from './adapters/files/run-files.ts';
import { socketNudge } from './adapters/nudge/socket-nudge.ts';
import { isAliveIn } from './adapters/process/process-table.ts';
import { systemTable } from './adapters/process/system-table.ts';
import { openStore } from './adapters/store/sqlite-store.ts';
import { StoreError } from './adapters/store/store-error.ts';
import type { App } from './app/app.ts';
import type { DemoStage } from './app/demo-project.ts';
import type { StartRehearsalModel } from './app/rehearse.ts';
import { no, ok } from './app/result.ts';
import type { Result } from './app/result.ts';
import type { PartialConfig } from './config/config.ts';
import { configuredSecrets } from './config/secrets.ts';
import type { ProcessIdentity } from './model/attempt.ts';
import type { ProcessSupervisor } from './ports/process.ts';
import type { Repository } from './ports/repository.ts';
import type { Sandbox } from './ports/sandbox.ts';
import type { Store } from './ports/store.ts';
import { findGitDir } from './util/find-git-dir.ts';
import { packageRoot } from './util/package-root.ts';
import { createSecrets } from './util/secrets.ts';
import type { Secrets } from './util/secrets.ts';

/** What a call of tutti is made with. */
export interface Call {
  /** The folder it works in. */
  readonly dir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What its flags change in the configuration. */
  readonly flags: PartialConfig;
}

/**
 * Puts the application together for one call.
 *
 * @param call - Where, with what environment and which flags.
 * @returns The application, or why there can be none here.
 */
export function compose(call: Call): Result<App> {
  const place = findGitDir(call.dir);
  if (place === null) return notARepository(call.dir);
  const { environment } = call;
  const { commonDir } = place;
  const link = linkInOurs(commonDir);
  if (link !== null) {
    const what = `${link} is a link: what tutti writes there would be elsewhere`;
    return no('unsupported', what, 'move it away');
  }
  // Linked work trees share everything with the main one, its `.tutti` too.
  const root = basename(commonDir) === '.git' ? dirname(commonDir) : place.workTree;
  const secrets = createSecrets(environment);
  const files = createRunFiles(root, (text) => secrets.redact(text));
  const path = join(commonDir, 'tutti', 'tutti.db');
  const opened = new Set<{ close(): void }>();
  const openToLook = once(() => openStoreAt(path, { readOnly: true, opened, secrets }));
  const app: App = {
    root,
    environment,
    secrets,
    clock: systemClock,
    files,
    reserve: createReserve(join(commonDir, 'tutti', 'reserve')),
    nudge: socketNudge,
    processors: availableParallelism(),
    agentsFolder: fileURLToPath(new URL('agents/', packageRoot())),
    flags: call.flags,
    person: personOf(environment),
    supervisor: once(async () => makeSupervisor(secrets, await app.sandbox())),
    sandbox: once(() => makeSandbox(environment)),
    exchange: once(async () => {
      const { createExchange } = await import('./adapters/files/exchange.ts');
      return createExchange(files, (text) => secrets.redact(text));
    }),
    isAlive,
    runtimes: once(async () => (await import('./compose-workshop.ts')).composeRuntimes(app)),
    store: once(() => openStoreAt(path, { readOnly: false, opened, secrets })),
    // Not remembered while there is none: whoever watches sees it once it is made.
    look: async () => (existsSync(path) ? openToLook() : ok(null)),
    repository: once(() => openRepositoryAt(call.dir)),
    settings: once(async () => {
      const loaded = await (await import('./app/settings.ts')).loadSettings(root, call);
      if (loaded.ok) secrets.learn(configuredSecrets(loaded.value.config, environment));
      return loaded;
    }),
    notifier: async () => (await import('./adapters/notify/webhook.ts')).createWebhooks(),
    forge: async (at) => (await import('./adapters/forge/forge.ts')).createForge(at.kind, at),
    workshop: once(async () => (await import('./compose-workshop.ts')).composeWorkshop(app)),
    close: () => {
      for (const one of opened) one.close();
    },
  };
  return ok(app);
}

/**
 * Hands out what the demo is made of.
 *
 * @returns Its project, its plan and what its agents do.
 */
export async function demoStage(): Promise<DemoStage> {
  return (await import('./testing/demo/stage.ts')).demoStage;
}

/**
 * Starts the model of a rehearsal.
 *
 * @param part - What it plays.
 * @returns The model.
 */
export const rehearsalModel: StartRehearsalModel = async (part) =>
  (await import('./testing/rehearsal-model.ts')).startRehearsalModel(part);

/** What is written before the repository is opened, or without that. */
const OURS: readonly string[] = ['', 'tutti.db', 'tutti.db-wal', 'tutti.db-shm', 'reserve'];

function linkInOurs(commonDir: string): string | null {
  return OURS.map((name) => join(commonDir, 'tutti', name)).find(isLink) ?? null;
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    // It is not there, or its folder is none: whoever needs it says so.
    return false;
  }
}

/** Makes something when it is first asked for. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}

async function makeSupervisor(secrets: Secrets, sandbox: Sandbox): Promise<ProcessSupervisor> {
  const { createSupervisor } = await import('./adapters/process/supervisor.ts');
  return createSupervisor(systemClock, { redacted: () => secrets.stream(), sandbox });
}

async function makeSandbox(environment: Call['environment']): Promise<Sandbox> {
  return (await import('./adapters/sandbox/sandbox.ts')).createSandbox(environment);
}

async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return isAliveIn(systemTable(), identity);
}

async function openStoreAt(
  path: string,
  {
    readOnly,
    opened,
    secrets,
  }: { readOnly: boolean; opened: Set<{ close(): void }>; secrets: Secrets },
): Promise<Result<Store>> {
  try {
    const store = await openStore(path, {
      readOnly,
      redactAll: (value) => secrets.redactAll(value),
    });
    opened.add(store);
    return ok(store);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return no(error.code, error.message, error.hint, error.code === 'store-full' ? 3 : 2);
  }
}

async function openRepositoryAt(dir: string): Promise<Result<Repository>> {
  const { openRepository } = await import('./adapters/git/open.ts');
  const opened = await openRepository(dir);
  return opened.ok ? ok(opened.repository) : no(opened.problem, opened.message, opened.hint);
}

function notARepository(dir: string): Result<never> {
  const hint = 'run tutti in a git repository, or make one: git init && git commit';
  return no('not_a_repository', `${dir} is not in a git repository`, hint);
}

function personOf(environment: Call['environment']): string {
  const named = environment['USER'] ?? environment['LOGNAME'];
  if (named !== undefined && named !== '') return named;
  try {
    return userInfo().username;
  } catch {
    return 'somebody'; // in containers the user may have no name
  }
}
