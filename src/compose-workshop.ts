// The part of compose.ts that only a run needs: git, runtimes, agents.

import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { createWorkspaces } from './adapters/git/workspaces/workspaces.ts';
import { createPortRanges } from './adapters/process/port-ranges.ts';
import { createAcpRuntime } from './adapters/runtimes/acp/acp.ts';
import { createApiRuntime } from './adapters/runtimes/api/api.ts';
import { createClaudeRuntime } from './adapters/runtimes/claude/claude.ts';
import { createCodexRuntime } from './adapters/runtimes/codex/codex.ts';
import { createCommandRuntime } from './adapters/runtimes/command.ts';
import { createCustomRuntime } from './adapters/runtimes/custom.ts';
import { createGeminiRuntime } from './adapters/runtimes/gemini/gemini.ts';
import { withKey } from './adapters/runtimes/keyed.ts';
import { createOpencodeRuntime } from './adapters/runtimes/opencode/opencode.ts';
import { createScriptedRuntime } from './adapters/runtimes/scripted.ts';
import { loadAgents } from './app/agents.ts';
import type { App } from './app/app.ts';
import { ok } from './app/result.ts';
import type { Result } from './app/result.ts';
import { pastPicks, routerOf } from './app/routing.ts';
import { sandboxState } from './app/sandbox.ts';
import { stateHome } from './config/find.ts';
import { runtimeSettings } from './config/settings.ts';
import { NO_RUNTIME_SETTINGS } from './model/settings.ts';
import type { AgentRuntime } from './ports/agent-runtime.ts';
import type { Workshop } from './run/workshop.ts';
import { scriptedAgentPath } from './testing/scripted-agent-path.ts';
import { packageVersion } from './util/package-version.ts';

/**
 * Puts together what a coordinator works with.
 *
 * @param app - The application.
 * @returns The workshop, or why there can be none.
 */
export async function composeWorkshop(app: App): Promise<Result<Workshop>> {
  const settings = await app.settings();
  const repository = await app.repository();
  const store = await app.store();
  if (!settings.ok) return settings;
  if (!repository.ok) return repository;
  if (!store.ok) return store;
  const { config } = settings.value;
  const { agents } = await loadAgents(app);
  const supervisor = await app.supervisor();
  const { commonDir } = repository.value;
  const { dir } = config.workspace;
  // Several projects may have the same folder.
  const state = join(dir ?? join(stateHome(app.environment), 'tutti'), projectFolder(commonDir));
  return ok({
    store: store.value,
    reserve: app.reserve,
    clock: app.clock,
    supervisor,
    sandbox: () => sandboxState(app, settings.value),
    repository: repository.value,
    workspaces: createWorkspaces(repository.value, state, () => app.secrets.known()),
    files: app.files,
    exchange: await app.exchange(),
    nudge: app.nudge,
    ports: createPortRanges(() => app.clock.monotonic()),
    runtimes: await app.runtimes(),
    agents: new Map(agents.map((agent) => [agent.name, agent])),
    route: routerOf(config, agents, await pastPicks(store.value)),
    environment: app.environment,
    secrets: app.secrets,
    runtimeSettings: (name) => runtimeSettings(config)[name] ?? NO_RUNTIME_SETTINGS,
    randomId: () => randomBytes(12).toString('hex'),
  });
}

/**
 * Puts together the runtimes there can be.
 *
 * @param app - The application.
 * @returns The runtimes by name.
 */
export async function composeRuntimes(app: App): Promise<ReadonlyMap<string, AgentRuntime>> {
  const { environment, root } = app;
  const supervisor = await app.supervisor();
  const over = { supervisor, environment, root, version: packageVersion() };
  const learn = (keys: readonly string[]): void => app.secrets.learn(keys);
  const keyed = (runtime: AgentRuntime): AgentRuntime =>
    withKey(runtime, { supervisor, environment, learn });
  const builtIn = [
    keyed(createClaudeRuntime({ supervisor, environment })),
    keyed(createCodexRuntime({ supervisor, environment })),
    keyed(createGeminiRuntime({ supervisor, environment })),
    keyed(createOpencodeRuntime({ supervisor, environment })),
    createCommandRuntime({ supervisor }),
    createScriptedRuntime({ supervisor, program: scriptedAgentPath }),
    ...[...new Set(['api', ...(await namesOf(app, 'api'))])].map((id) =>
      createApiRuntime({ id, supervisor, environment, learn }),
    ),
    // Last: a name that is known otherwise too is what the configuration says it is.
    ...['acp', ...(await namesOf(app, 'acp'))].map((id) =>
      keyed(createAcpRuntime({ ...over, id })),
    ),
  ];
  const known = new Set(builtIn.map(({ id }) => id));
  const custom = (await namesOf(app, null)).filter((id) => !known.has(id));
  const all = [...builtIn, ...custom.map((id) => keyed(createCustomRuntime({ ...over, id })))];
  return new Map(all.map((runtime) => [runtime.id, runtime]));
}

/** Names of one's own by their protocol; with none, of programs that only take a prompt. */
async function namesOf(app: App, protocol: 'api' | 'acp' | null): Promise<readonly string[]> {
  const settings = await app.settings();
  if (!settings.ok) return [];
  return Object.entries(settings.value.config.runtimes).flatMap(([name, runtime]) =>
    typeof runtime === 'object' && runtime.protocol === protocol ? [name] : [],
  );
}

/** Where a project's things lie outside it: readable, and different for every repository. */
function projectFolder(commonDir: string): string {
  return createHash('sha256').update(commonDir).digest('hex').slice(0, 16);
}
