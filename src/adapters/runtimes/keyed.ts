// The key of a runtime that takes it from its environment: under a name of the person's own
// (`key_env`), or printed by a command (`key_command`). It reaches that one runtime and nothing else.

import { failure } from '../../model/failure.ts';
import type { RuntimeSettings } from '../../model/settings.ts';
import type {
  AgentRuntime,
  AttemptSpec,
  RuntimeProbe,
  Session,
} from '../../ports/agent-runtime.ts';
import type { ProcessSupervisor } from '../../ports/process.ts';
import { failedSession } from './cli-session.ts';
import { deferredSession, startedLate } from './deferred-session.ts';
import { printedKey } from './key-command.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** What is needed to find keys. */
export interface KeyOptions {
  readonly supervisor: ProcessSupervisor;
  /** The person's own environment. */
  readonly environment: Variables;
  /** Hears of keys that a command has printed, to keep them out of what is written. */
  readonly learn: (keys: readonly string[]) => void;
}

/** The variable in which a program expects its key. */
const USUAL: Readonly<Record<string, string>> = {
  claude: 'ANTHROPIC_API_KEY',
  codex: 'CODEX_API_KEY',
  gemini: 'GEMINI_API_KEY',
};

/** Of OpenCode it depends on the provider; these are not called like theirs. */
const PROVIDERS: Readonly<Record<string, string>> = {
  google: 'GEMINI_API_KEY',
  xai: 'XAI_API_KEY',
  togetherai: 'TOGETHER_API_KEY',
  'fireworks-ai': 'FIREWORKS_API_KEY',
  moonshotai: 'MOONSHOT_API_KEY',
  zhipuai: 'ZHIPU_API_KEY',
};

/**
 * Lets a runtime have its key from where the person keeps it.
 *
 * @param runtime - A runtime that takes its key from its environment.
 * @param options - What is needed to find keys.
 * @returns The same runtime, which has its key when it starts.
 */
export function withKey(runtime: AgentRuntime, options: KeyOptions): AgentRuntime {
  return {
    id: runtime.id,
    features: runtime.features,
    probe: async (settings) => {
      const usual = usualVariable(runtime.id, settings.model);
      const env = keyVariables(settings, usual, options.environment);
      const found = await runtime.probe({ ...settings, env: { ...settings.env, ...env } });
      return env === null && hasCommand(settings) ? notAsked(found) : found;
    },
    start: (spec) => startWith(runtime, spec, options),
  };
}

function startWith(runtime: AgentRuntime, spec: AttemptSpec, options: KeyOptions): Session {
  const { settings } = spec;
  const { keyCommand = null, keyEnv = null } = settings;
  const usual = usualVariable(runtime.id, spec.model ?? settings.model);
  const found = keyVariables(settings, usual, options.environment);
  if (found !== null) return runtime.start(withEnv(spec, found));
  if (keyCommand === null) return runtime.start(spec);
  const names = [usual, keyEnv].filter((name) => name !== null);
  if (names.length === 0) {
    const message = `nobody knows in which variable ${runtime.id} expects its key: set runtimes.${runtime.id}.key_env`;
    return failedSession(failure('setup_failed', message));
  }
  const start = async (): Promise<Session> => {
    const printed = await printedKey(keyCommand, options.supervisor, options.environment);
    if (!printed.ok) return failedSession(failure('auth', printed.message));
    options.learn([printed.key]);
    return startedLate(() => runtime.start(withEnv(spec, named(names, printed.key))));
  };
  return deferredSession(start());
}

/**
 * The key where a variable holds it already: under a name of the person's own it is handed on, under
 * the usual one the runtime finds it by itself. `null` = no variable holds it.
 */
function keyVariables(
  { env, keyEnv = null }: RuntimeSettings,
  usual: string | null,
  environment: Variables,
): Record<string, string> | null {
  const value = (name: string | null): string =>
    name === null ? '' : (env[name] ?? environment[name] ?? '');
  const own = value(keyEnv);
  if (own !== '')
    return named(
      [usual, keyEnv].filter((name) => name !== null),
      own,
    );
  return value(usual) === '' ? null : {};
}

function named(names: readonly string[], key: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, key]));
}

function withEnv(spec: AttemptSpec, env: Readonly<Record<string, string>>): AttemptSpec {
  return { ...spec, settings: { ...spec.settings, env: { ...spec.settings.env, ...env } } };
}

function hasCommand({ keyCommand = null }: RuntimeSettings): boolean {
  return keyCommand !== null;
}

/** What a command would print is not asked for only to look. */
function notAsked(found: RuntimeProbe): RuntimeProbe {
  return found.found && found.loggedIn !== true ? { ...found, loggedIn: null, hint: null } : found;
}

function usualVariable(id: string, model: string | null): string | null {
  if (id !== 'opencode') return USUAL[id] ?? null;
  const provider = model?.includes('/') === true ? (model.split('/')[0] ?? '') : '';
  if (provider === '') return null;
  return PROVIDERS[provider] ?? `${provider.toUpperCase().replaceAll(/\W/gu, '_')}_API_KEY`;
}
