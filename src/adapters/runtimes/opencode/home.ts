// Where OpenCode keeps its things and what it goes by, alike for `opencode run` and `opencode acp`:
// folders of the task's own, into which the person's login and settings are copied, and a
// configuration of ours that comes last.

import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

import type { Specialist } from '../../../model/specialist.ts';
import type { AttemptSpec } from '../../../ports/agent-runtime.ts';
import { isRecord } from '../../../util/is-record.ts';
import { parseJson } from '../../../util/parse-json.ts';
import { NETWORK_VARIABLES } from '../network-variables.ts';
import { keepOnly, ownFolder, putCopy } from '../own-files.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** The agent that plays the specialist: a name that none of its own has. */
export const OPENCODE_AGENT = 'tutti';

/** Providers whose key may come from the environment. */
const KEYS =
  /^(?:ANTHROPIC|OPENAI|GEMINI|GOOGLE_GENERATIVE_AI|OPENROUTER|MISTRAL|GROQ|DEEPSEEK|XAI|TOGETHER|FIREWORKS|CEREBRAS|PERPLEXITY|COHERE|MOONSHOT|ZHIPU|DEEPINFRA|VENICE|BASETEN|NEBIUS|DASHSCOPE|MINIMAX|OPENCODE|AZURE|AI_GATEWAY)_API_KEY$/u;
const OWN = /^OPENCODE_(?!CONFIG_CONTENT$|PERMISSION$|SERVER_|CLIENT$)\w+$/u;

/** A cloud's credentials only for a model of that cloud. */
const CLOUDS: readonly (readonly [model: RegExp, names: RegExp])[] = [
  [/^amazon-bedrock\//u, /^AWS_\w+$/u],
  [/^google-vertex/u, /^(?:GOOGLE_\w+|VERTEX_\w+|GCLOUD_PROJECT)$/u],
  [/^azure/u, /^AZURE_\w+$/u],
];

const SETTINGS = ['opencode.json', 'opencode.jsonc', 'config.json'];

/** What it knows of its sessions. */
const SESSIONS = /^(?:storage|snapshot|project|.+\.db(?:-\w+)?)$/u;

/** Exactly these commands, and no others, change nothing. */
const HARMLESS = ['ls', 'pwd', 'git status', 'git diff', 'git log'];

/**
 * Chooses the variables of the person's environment that OpenCode needs.
 *
 * @param environment - The person's environment.
 * @param model - The model that it will use, where that is known.
 * @returns Those that reach it.
 */
export function opencodeVariables(
  environment: Variables,
  model: string | null,
): Record<string, string> {
  const clouds = CLOUDS.filter(([of]) => of.test(model ?? '')).map(([, names]) => names);
  const wanted = (name: string): boolean =>
    NETWORK_VARIABLES.includes(name) || [KEYS, OWN, ...clouds].some((names) => names.test(name));
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && wanted(name) ? [[name, value]] : [],
    ),
  );
}

/**
 * Tells where OpenCode keeps a person's login.
 *
 * @param environment - The person's environment.
 * @returns The path of the file.
 */
export function opencodeLogin(environment: Variables): string {
  return join(xdg(environment, 'XDG_DATA_HOME', '.local/share'), 'opencode', 'auth.json');
}

/**
 * Tells whether a person has settings of OpenCode.
 *
 * @param environment - The person's environment.
 * @returns Whether there are any.
 */
export function hasOpencodeSettings(environment: Variables): boolean {
  const named = ['OPENCODE_CONFIG', 'OPENCODE_CONFIG_CONTENT', 'OPENCODE_CONFIG_DIR'];
  return (
    named.some((name) => (environment[name] ?? '') !== '') ||
    SETTINGS.some((name) => existsSync(join(settingsOf(environment), name)))
  );
}

function settingsOf(environment: Variables): string {
  return join(xdg(environment, 'XDG_CONFIG_HOME', '.config'), 'opencode');
}

/**
 * Makes the folders of a task and puts the person's login and settings into them.
 *
 * @param homeDir - The task's private folder.
 * @param environment - The person's environment.
 * @returns The variables that lead OpenCode there.
 */
function opencodeFolders(homeDir: string, environment: Variables): Record<string, string> {
  const root = ownFolder(homeDir, 'opencode');
  // Plugins and settings that an agent left there, in the cache too, would be started by the next.
  keepOnly(root, /^data$/u);
  const data = ownFolder(root, 'data');
  keepOnly(data, /^opencode$/u);
  const known = ownFolder(data, 'opencode');
  keepOnly(known, SESSIONS);
  const config = ownFolder(root, 'config');
  const settings = ownFolder(config, 'opencode');
  putCopy(opencodeLogin(environment), join(known, 'auth.json'));
  for (const name of SETTINGS) {
    putCopy(join(settingsOf(environment), name), join(settings, name));
  }
  return {
    XDG_CONFIG_HOME: config,
    XDG_DATA_HOME: data,
    XDG_CACHE_HOME: join(root, 'cache'),
    XDG_STATE_HOME: join(root, 'state'),
  };
}

/**
 * Makes the whole environment of OpenCode for an attempt.
 *
 * @param spec - The attempt.
 * @param environment - The person's environment.
 * @param config - The configuration that comes last.
 * @returns The environment.
 */
export function opencodeEnvironment(
  spec: AttemptSpec,
  environment: Variables,
  config: Readonly<Record<string, unknown>>,
): Record<string, string> {
  return {
    ...opencodeVariables(environment, spec.model),
    ...spec.env,
    ...opencodeFolders(spec.homeDir, environment),
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    // The repository's own servers, plugins and permissions could run anything.
    ...(spec.settings.trustProject !== true && {
      OPENCODE_DISABLE_PROJECT_CONFIG: '1',
      // The person's plugins are not copied; any other is somebody else's.
      OPENCODE_PURE: '1',
      OPENCODE_DISABLE_CLAUDE_CODE_SKILLS: '1',
    }),
    OPENCODE_CONFIG_CONTENT: JSON.stringify(merged(environment['OPENCODE_CONFIG_CONTENT'], config)),
    ...spec.settings.env,
    PWD: spec.cwd,
  };
}

/**
 * Says why OpenCode must not work in a workspace. Seen with 1.18.33: it loads the plugins of a
 * repository whatever it is told, and they run with its keys before anything else does.
 *
 * @param spec - The attempt.
 * @returns The reason; `null` = it may.
 */
export function opencodeRefuses({ cwd, settings }: AttemptSpec): string | null {
  if (settings.trustProject === true) return null;
  const folders = ['plugin', 'plugins'].map((name) => join('.opencode', name));
  const files = [...SETTINGS, ...SETTINGS.map((name) => join('.opencode', name))];
  const found = [
    ...folders.filter((name) => existsSync(join(cwd, name))),
    // An escape could spell the word in another way.
    ...files.filter((name) => /plugin|\\u/iu.test(textOf(join(cwd, name)))),
  ];
  return found.length === 0
    ? null
    : `opencode would start plugins that the repository brings (${found.join(', ')}), and nothing keeps it from that: take them out, trust them (runtimes.opencode.trust_project_config), or use another runtime`;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** What is to be done with what it wants to do and nobody has allowed. */
type Otherwise = 'deny' | 'ask';

/**
 * Says what OpenCode may do, and as whom.
 *
 * @param spec - The attempt.
 * @param specialist - Its agent, in the words of OpenCode.
 * @param otherwise - What becomes of anything else.
 * @returns The configuration.
 */
export function opencodeConfig(
  spec: AttemptSpec,
  specialist: Specialist,
  otherwise: Otherwise,
): Record<string, unknown> {
  const { systemPrompt, tools } = specialist;
  const agent = {
    mode: 'primary',
    description: 'Does what it is told.',
    ...(systemPrompt !== null && { prompt: systemPrompt.replaceAll('\0', '') }),
    // Only what it must not use: to name one as usable would allow everything that is done with it.
    tools: Object.fromEntries((tools?.denied ?? []).map((name) => [name, false])),
  };
  return {
    autoupdate: false,
    share: 'disabled',
    permission: permissions(spec, otherwise),
    agent: { [OPENCODE_AGENT]: agent },
  };
}

function permissions(spec: AttemptSpec, otherwise: Otherwise): Record<string, unknown> {
  // Nobody is there to be asked whether it goes round in circles, or what it would like to know.
  const never = { doom_loop: 'deny', question: 'deny' };
  if (spec.fullPermissions) return { '*': 'allow', external_directory: 'allow', ...never };
  const commands: Record<string, string> = { '*': otherwise };
  for (const line of HARMLESS) commands[line] = 'allow';
  for (const line of spec.allowedCommands.map((one) => one.trim())) {
    commands[line] = 'allow';
    commands[`${line} *`] = 'allow';
  }
  const answers = join(dirname(spec.resultPath), '*');
  return {
    edit: 'allow',
    bash: commands,
    external_directory: { '*': otherwise, [answers]: 'allow' },
    ...never,
  };
}

/** The person's own configuration from the environment, under ours. */
function merged(
  theirs: string | undefined,
  ours: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const value = parseJson(theirs ?? '');
  return isRecord(value) ? { ...value, ...ours } : ours;
}

function xdg(environment: Variables, name: string, otherwise: string): string {
  const own = environment[name] ?? '';
  return own.startsWith('/') ? own : join(environment['HOME'] ?? homedir(), otherwise);
}
