// Where a rehearsal happens: a throwaway clone of the project, the person's configuration as it is, and
// for each kind of runtime what leads it to the model on loopback, and away from any other.

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import type { PartialConfig } from '../config/config.ts';
import { configPaths, stateHome } from '../config/find.ts';
import { errorCode } from '../util/system-error.ts';
import type { LoadedSettings, App } from './app.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The kinds of runtimes that can be led to another model. */
type Kind = 'claude' | 'codex' | 'gemini' | 'opencode' | 'api';

/** Where a rehearsal happens. */
export interface RehearsalPlace {
  /** Everything of it lies in here. */
  readonly folder: string;
  readonly project: string;
  readonly environment: Environment;
  readonly flags: PartialConfig;
}

/** What a rehearsal is made with. */
export interface RehearsalWish {
  readonly runtime: string;
  /** Where the model is. */
  readonly model: string;
  /** Whether the project's set-up and checks are run. */
  readonly checks: boolean;
}

/** The branch that a rehearsal starts from. */
const BRANCH = 'rehearsal';

/** What would lead to a person's account, or to another model. */
const THEIRS =
  /^(?:ANTHROPIC_|CLAUDE_|OPENAI_|CODEX_|GEMINI_|GOOGLE_|OPENCODE_|TUTTI_(?:HOME|RUNTIME|BASE_BRANCH|TRUST)|XDG_)|_API_KEY$/u;

/** Folders with logins and providers; what the configuration says of them is over what we say. */
const PLACES = /^(?:CODEX_HOME|GEMINI_CLI_HOME|OPENCODE_CONFIG\w*|XDG_\w+)$/u;

/**
 * Tells how a runtime can be led to another model.
 *
 * @param runtime - Its name.
 * @param settings - The configuration in force.
 * @returns Its kind, or why it cannot be rehearsed.
 */
export function rehearsalKind(runtime: string, settings: LoadedSettings): Result<Kind> {
  const own = settings.config.runtimes[runtime];
  const protocol = typeof own === 'object' ? own.protocol : null;
  if (runtime === 'api' || protocol === 'api') return ok('api');
  const place =
    typeof own === 'object' ? Object.keys(own.env).find((name) => PLACES.test(name)) : undefined;
  if (place !== undefined) {
    const why = `runtimes.${runtime}.env.${place} leads it to a folder with another model`;
    return no(
      'cannot_rehearse',
      why,
      'set it in your environment instead, then it is left out here',
    );
  }
  const known = (['claude', 'codex', 'gemini', 'opencode'] as const).find((id) => id === runtime);
  if (known !== undefined) return ok(known);
  const why =
    runtime === 'command' || runtime === 'scripted'
      ? `"${runtime}" asks no model: there is nothing to rehearse`
      : `only "${runtime}" itself knows where its model is, so nothing can stand in for it`;
  const hint =
    'rehearse one of: claude, codex, gemini, opencode, api, or a name of yours with protocol: api';
  return no('cannot_rehearse', why, hint);
}

/**
 * Makes the place of a rehearsal.
 *
 * @param app - The application, in the person's project.
 * @param settings - Its configuration.
 * @param kind - How the runtime is led.
 * @param wish - The runtime and its model.
 * @returns The place; `folder` is to be removed afterwards.
 */
export async function makeRehearsal(
  app: App,
  settings: LoadedSettings,
  kind: Kind,
  wish: RehearsalWish,
): Promise<Result<RehearsalPlace>> {
  const above = join(stateHome(app.environment), 'tutti', 'rehearsals');
  await mkdir(above, { recursive: true, mode: 0o700 });
  const folder = await realpath(await mkdtemp(join(above, 'r-')));
  const project = join(folder, 'project');
  const problem = await cloneTo(project, app, settings);
  if (problem !== null) {
    await rm(folder, { recursive: true, force: true });
    return problem;
  }
  await takeConfiguration(app, folder, project, wish.checks);
  const led = LED[kind](wish, folder, settings);
  for (const [path, text] of Object.entries(led.files ?? {})) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { mode: 0o600 });
  }
  for (const name of ['state', 'data', 'cache', 'claude']) {
    await mkdir(join(folder, name), { recursive: true });
  }
  return ok({
    folder,
    project,
    environment: environmentOf(app.environment, folder, { ...led.env, ...led.places }),
    flags: flagsOf(folder, wish, {
      ...led,
      blank: { ...led.blank, ...blanked(settings, wish.runtime) },
    }),
  });
}

/** Its own copy of the history, and nothing that git would run. */
async function cloneTo(
  project: string,
  { root, environment }: App,
  { config }: LoadedSettings,
): Promise<Result<never> | null> {
  const git = (...args: string[]): Promise<unknown> =>
    promisify(execFile)('git', ['-c', 'core.hooksPath=/dev/null', ...args], {
      env: { ...environment, GIT_LFS_SKIP_SMUDGE: '1' },
    });
  const base = config.project.base_branch;
  const branch = base === null ? [] : ['--branch', base];
  try {
    await git('clone', '--quiet', '--template=', '--single-branch', ...branch, root, project);
    await git('-C', project, 'checkout', '--quiet', '-B', BRANCH);
    await git('-C', project, 'remote', 'remove', 'origin');
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return no('no_clone', `the project cannot be cloned: ${why.trim()}`, 'is there a commit?');
  }
}

/** There need not be any. */
async function copy(from: string, to: string): Promise<void> {
  try {
    await cp(from, to, { recursive: true });
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** As it is now, committed or not: the project's and the person's own. */
async function takeConfiguration(
  app: App,
  folder: string,
  project: string,
  checks: boolean,
): Promise<void> {
  await mkdir(join(project, '.tutti'), { recursive: true });
  // With a file of its own no checks are looked for: they are only shown where there is a plan.
  if (!checks) await writeFile(join(project, '.tutti/config.yaml'), '{}\n');
  await copy(join(app.root, '.tutti/config.yaml'), join(project, '.tutti/config.yaml'));
  await copy(join(app.root, '.tutti/agents'), join(project, '.tutti/agents'));
  await copy(join(app.root, '.claude/agents'), join(project, '.claude/agents'));
  const { person } = configPaths(app.root, app.environment);
  if (person !== null) await copy(dirname(person), join(folder, 'config/tutti'));
  // What was said about agents without a sandbox holds here too.
  const said = 'tutti/agents-without-sandbox';
  await mkdir(join(folder, 'state/tutti'), { recursive: true });
  await copy(join(stateHome(app.environment), said), join(folder, 'state', said));
}

function environmentOf(
  theirs: Environment,
  folder: string,
  led: Readonly<Record<string, string>>,
): Environment {
  const kept = Object.entries(theirs).filter(([name]) => !THEIRS.test(name));
  return {
    ...Object.fromEntries(kept),
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    // A company's proxy knows nothing of our loopback.
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    // It is the person's own, and they trust it, or we would not be here.
    TUTTI_TRUST_PROJECT: '1',
    ...led,
  };
}

/** Keys that the configuration gives to the runtime itself. */
function blanked({ config }: LoadedSettings, runtime: string): Readonly<Record<string, string>> {
  const own = config.runtimes[runtime];
  const names = typeof own === 'object' ? Object.keys(own.env) : [];
  return Object.fromEntries(names.filter((name) => THEIRS.test(name)).map((name) => [name, '']));
}

function flagsOf(folder: string, { runtime, checks }: RehearsalWish, led: Led): PartialConfig {
  const own = {
    key_command: null,
    key_env: null,
    ...led.settings,
    env: { ...led.blank, ...led.env },
  };
  return {
    project: { base_branch: BRANCH },
    runtimes: { default: runtime, [runtime]: own },
    workspace: {
      dir: join(folder, 'state/work'),
      ...(checks ? {} : { setup: [], warm: [], copy: [] }),
    },
    // Whether the runtime works and its answers are read is all that is rehearsed.
    orchestration: { stages: { research: { enabled: false }, review: { enabled: false } } },
    budget: { usd: null, tokens: null },
    ...(checks ? {} : { checks: [] }),
  };
}

/** How a runtime is led to the model. */
interface Led {
  readonly env: Readonly<Record<string, string>>;
  /** Where the person's own folder of it is: the runtime takes what it needs from there. */
  readonly places?: Readonly<Record<string, string>>;
  /** What its own configuration may say and must not. */
  readonly blank?: Readonly<Record<string, string>>;
  /** Files by their path in the folder. */
  readonly files?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, unknown>>;
}

type Lead = (wish: RehearsalWish, folder: string, settings: LoadedSettings) => Led;

/** No key at all: the model takes any. */
const KEY = 'rehearsal-without-a-key';

function configured(
  { config }: LoadedSettings,
  runtime: string,
): { model: string | null; provider: string | null } {
  const own = config.runtimes[runtime];
  return typeof own === 'object' ? own : { model: null, provider: null };
}

const LED: Readonly<Record<Kind, Lead>> = {
  claude: ({ model }, folder) => ({
    env: {
      ANTHROPIC_BASE_URL: model,
      ANTHROPIC_API_KEY: KEY,
      CLAUDE_CONFIG_DIR: join(folder, 'claude'),
      CLAUDE_CODE_MAX_RETRIES: '1',
    },
    blank: {
      ANTHROPIC_AUTH_TOKEN: '',
      CLAUDE_CODE_OAUTH_TOKEN: '',
      CLAUDE_CODE_USE_BEDROCK: '',
      CLAUDE_CODE_USE_VERTEX: '',
      CLAUDE_CODE_USE_FOUNDRY: '',
    },
  }),
  codex: ({ model, runtime }, folder, settings) => ({
    env: {
      TUTTI_REHEARSAL_KEY: KEY,
      // Where the network is cut, its endpoint is found by this.
      OPENAI_BASE_URL: `${model}/v1`,
    },
    places: { CODEX_HOME: join(folder, 'codex') },
    files: {
      'codex/config.toml': [
        'model_provider = "rehearsal"',
        '[model_providers.rehearsal]',
        'name = "rehearsal"',
        `base_url = "${model}/v1"`,
        'env_key = "TUTTI_REHEARSAL_KEY"',
        'wire_api = "responses"',
        'request_max_retries = 1',
        'stream_max_retries = 1\n',
      ].join('\n'),
    },
    // One that it knows, so that it offers all its tools.
    settings: { model: configured(settings, runtime).model ?? 'gpt-5.5' },
  }),
  gemini: ({ model, runtime }, folder, settings) => ({
    env: {
      GOOGLE_GEMINI_BASE_URL: model,
      GEMINI_API_KEY: KEY,
    },
    blank: { GOOGLE_GENAI_USE_VERTEXAI: '', GOOGLE_GENAI_USE_GCA: '', GOOGLE_API_KEY: '' },
    places: { GEMINI_CLI_HOME: join(folder, 'gemini') },
    files: { 'gemini/.gemini/settings.json': '{"general":{"maxAttempts":2}}' },
    settings: { model: configured(settings, runtime).model ?? 'gemini-2.5-pro' },
  }),
  opencode: ({ model }) => ({
    env: {},
    files: {
      'config/opencode/opencode.json': JSON.stringify({
        model: 'rehearsal/m1',
        small_model: 'rehearsal/m1',
        enabled_providers: ['rehearsal'],
        provider: {
          rehearsal: {
            npm: '@ai-sdk/openai-compatible',
            name: 'Rehearsal',
            options: { baseURL: `${model}/v1`, apiKey: KEY },
            models: { m1: { name: 'm1', limit: { context: 1_000_000, output: 8000 } } },
          },
        },
      }),
    },
    settings: { model: 'rehearsal/m1' },
  }),
  api: ({ model, runtime }, _folder, settings) => {
    const { provider, model: name } = configured(settings, runtime);
    return {
      env: { TUTTI_REHEARSAL_KEY: KEY },
      settings: {
        provider: provider ?? 'anthropic',
        base_url: `${model}/${provider === 'google' ? 'v1beta' : 'v1'}`,
        key_env: 'TUTTI_REHEARSAL_KEY',
        model: name ?? 'claude-opus-4-8',
      },
    };
  },
};
