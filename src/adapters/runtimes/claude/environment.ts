// Which variables of the person's environment reach Claude Code: its login, its provider, the way
// to the network. Whatever else lies in there stays there, for the agent's commands see all of it.

import { NETWORK_VARIABLES } from '../network-variables.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const ALWAYS =
  /^(?:ANTHROPIC_\w+|CLAUDE_\w+|API_TIMEOUT_MS|MAX_THINKING_TOKENS|DISABLE_TELEMETRY)$/u;

/** What is needed to find the login, and to get out where a company's proxy stands in the way. */
const NAMES = new Set(['HOME', 'USER', 'XDG_CONFIG_HOME', ...NETWORK_VARIABLES]);

/** Set where tutti itself runs inside a session of Claude Code: they belong to that one. */
const OF_A_SESSION = new Set([
  'CLAUDE_CODE_CHILD_SESSION',
  'CLAUDE_CODE_ENTRYPOINT',
  'CLAUDE_CODE_EXECPATH',
  'CLAUDE_CODE_SESSION_ID',
  'CLAUDE_CODE_SSE_PORT',
  'CLAUDE_EFFORT',
]);

/** A cloud's credentials only where the person has Claude Code use that cloud. */
const CLOUDS: readonly { readonly when: string; readonly names: RegExp }[] = [
  { when: 'CLAUDE_CODE_USE_BEDROCK', names: /^AWS_\w+$/u },
  {
    when: 'CLAUDE_CODE_USE_VERTEX',
    names: /^(?:GOOGLE_\w+|GCLOUD_PROJECT|CLOUD_ML_REGION|CLOUDSDK_\w+|VERTEX_\w+)$/u,
  },
  { when: 'CLAUDE_CODE_USE_FOUNDRY', names: /^AZURE_\w+$/u },
];

/**
 * Chooses the variables that Claude Code needs.
 *
 * @param environment - The person's environment.
 * @returns Those that reach it.
 */
export function claudeVariables(environment: Variables): Record<string, string> {
  const clouds = CLOUDS.filter(({ when }) => isOn(environment[when])).map(({ names }) => names);
  const wanted = (name: string): boolean =>
    !OF_A_SESSION.has(name) &&
    (NAMES.has(name) || [ALWAYS, ...clouds].some((names) => names.test(name)));
  const found = Object.entries(environment).filter(([name]) => wanted(name));
  return Object.fromEntries(
    found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/**
 * Tells whether an environment variable switches something on.
 *
 * @param value - Its value.
 * @returns Whether it is set, and not to a word for no.
 */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && !/^(?:|0|false|no|off)$/iu.test(value);
}
