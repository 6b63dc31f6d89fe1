// Where Gemini CLI keeps its things, and what reaches it of the person's: a folder of the task's own,
// into which the login and the settings are copied, with ours on top.

import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Specialist } from '../../../model/specialist.ts';
import type { AttemptSpec } from '../../../ports/agent-runtime.ts';
import { isRecord } from '../../../util/is-record.ts';
import { NETWORK_VARIABLES } from '../network-variables.ts';
import { keepOnly, ownFolder, putCopy, putFile } from '../own-files.ts';

type Variables = Readonly<Record<string, string | undefined>>;
type Json = Readonly<Record<string, unknown>>;

const OWN = /^(?:GEMINI_\w+|GOOGLE_\w+|CODE_ASSIST_\w+|CLOUD_SHELL)$/u;
/** They belong to a session that tutti itself runs in, or would put a sandbox or a prompt of their own in the way. */
const NOT_OURS = /^GEMINI_(?:CLI\w*|SANDBOX|SYSTEM_MD|WRITE_SYSTEM_MD|RESTRICTED_MODE)$/u;
/** It goes on for ever where the model does. */
const MAX_TURNS = 500;

/**
 * Chooses the variables of the person's environment that Gemini CLI needs.
 *
 * @param environment - The person's environment.
 * @returns Those that reach it.
 */
export function geminiVariables(environment: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && isWanted(name) ? [[name, value]] : [],
    ),
  );
}

function isWanted(name: string): boolean {
  return NETWORK_VARIABLES.includes(name) || (OWN.test(name) && !NOT_OURS.test(name));
}

/**
 * Tells where a person has their login and settings.
 *
 * @param environment - The person's environment.
 * @returns The folder.
 */
export function geminiPerson(environment: Variables): string {
  const own = environment['GEMINI_CLI_HOME'] ?? '';
  return join(isAbsolute(own) ? own : (environment['HOME'] ?? homedir()), '.gemini');
}

/** What it knows of its sessions; extensions, commands and hooks beside it would be the agent's own. */
const SESSIONS = /^(?:tmp|history|projects\.json)$/u;

/** What of the person's is copied as it is. */
const COPIED = ['oauth_creds.json', 'google_accounts.json', 'installation_id', '.env'];

/**
 * Makes the whole environment of Gemini CLI for an attempt, and the folders that it names.
 *
 * @param spec - The attempt.
 * @param environment - The person's environment.
 * @param specialist - Its agent, in the words of Gemini CLI.
 * @returns The environment.
 */
export function geminiEnvironment(
  spec: AttemptSpec,
  environment: Variables,
  specialist: Specialist,
): Record<string, string> {
  const root = ownFolder(spec.homeDir, 'gemini');
  const own = ownFolder(spec.homeDir, 'gemini', '.gemini');
  const temporary = ownFolder(spec.homeDir, 'tmp');
  keepOnly(root, /^(?:\.gemini|policy\.toml)$/u);
  keepOnly(own, SESSIONS);
  const person = geminiPerson(environment);
  for (const name of COPIED) putCopy(join(person, name), join(own, name));
  const variables = { ...geminiVariables(environment), ...spec.env, ...spec.settings.env };
  const settings = geminiSettings(readSettings(join(person, 'settings.json')), specialist);
  const auth = authOf(settings, variables, existsSync(join(own, 'oauth_creds.json')));
  putFile(join(own, 'settings.json'), JSON.stringify({ ...settings, ...auth }));
  putFile(join(own, 'GEMINI.md'), memory(join(person, 'GEMINI.md'), specialist));
  const guard = join(root, 'guard.mjs');
  putFile(guard, spec.settings.trustProject === true ? GUARD : `${GUARD}${SHUT_OUT}`);
  return {
    ...geminiVariables(environment),
    ...spec.env,
    GEMINI_CLI_HOME: root,
    TMPDIR: temporary,
    // Without it nothing is done headless; what trust would let in is shut out by the guard, unless
    // the person wants it in.
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
    // Else it starts itself a second time, only to have more memory.
    GEMINI_CLI_NO_RELAUNCH: 'true',
    NODE_OPTIONS: `--import=${pathToFileURL(guard).href}`,
    ...spec.settings.env,
    PWD: spec.cwd,
  };
}

/** Runs before Gemini CLI in its process; the commands it runs do not get it. */
const GUARD = `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, resolve, sep } from 'node:path';
delete process.env.NODE_OPTIONS;
// It exits without waiting for what it has written: where nobody was quick to read, that is lost.
for (const stream of [process.stdout, process.stderr]) stream._handle?.setBlocking?.(true);
`;

/**
 * Settings and variables that the repository brings could start anything, and send the person's key
 * anywhere: for it they are not there.
 */
const SHUT_OUT = `const root = process.cwd();
const isTheirs = (path) => {
  if (typeof path !== 'string') return false;
  const whole = resolve(path);
  return whole.startsWith(root + sep) &&
    (basename(whole) === '.env' || whole === resolve(root, '.gemini', 'settings.json'));
};
const { existsSync, readFileSync } = fs;
fs.existsSync = (path) => !isTheirs(path) && existsSync(path);
fs.readFileSync = (path, options) => {
  if (!isTheirs(path)) return readFileSync(path, options);
  throw Object.assign(new Error('ENOENT: not for you: ' + path), { code: 'ENOENT' });
};
syncBuiltinESMExports();
`;

/** Comments are allowed in it; one that cannot be read is as good as none. */
function readSettings(path: string): Json {
  try {
    const text = readFileSync(path, 'utf8').replaceAll(/^\s*\/\/.*$/gmu, '');
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function geminiSettings(theirs: Json, { tools }: Specialist): Json {
  return {
    ...theirs,
    general: { maxAttempts: 3, ...part(theirs, 'general'), enableAutoUpdate: false },
    model: { maxSessionTurns: MAX_TURNS, ...part(theirs, 'model') },
    privacy: { ...part(theirs, 'privacy'), usageStatisticsEnabled: false },
    ...(tools !== null && { tools: { ...part(theirs, 'tools'), core: tools.allowed } }),
  };
}

function part(settings: Json, name: string): Json {
  const value = settings[name];
  return isRecord(value) ? value : {};
}

/** It asks how to log in where nobody has chosen: then whatever is there is chosen. */
function authOf(settings: Json, env: Variables, hasLogin: boolean): Json {
  const security = part(settings, 'security');
  const auth = part(security, 'auth');
  if (auth['selectedType'] !== undefined) return {};
  const selectedType = isSet(env['GEMINI_API_KEY'])
    ? 'gemini-api-key'
    : env['GOOGLE_GENAI_USE_VERTEXAI'] === 'true'
      ? 'vertex-ai'
      : hasLogin
        ? 'oauth-personal'
        : null;
  return selectedType === null
    ? {}
    : { security: { ...security, auth: { ...auth, selectedType } } };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

/** What stands here is added to its own system prompt; a prompt of its own would replace that. */
function memory(path: string, { systemPrompt }: Specialist): string {
  const theirs = existsSync(path) ? `${readFileSync(path, 'utf8')}\n\n` : '';
  // Else it reads the file that is named so.
  return `${theirs}${(systemPrompt ?? '').replaceAll('@', '@\u200b')}\n`;
}

/**
 * Says what it may do without asking, in the words of its policies: nobody is there to be asked.
 *
 * @param spec - The attempt.
 * @returns The path of the file.
 */
export function geminiPolicy(spec: AttemptSpec): string {
  const allowed = spec.allowedCommands.map((command) =>
    rule([
      'toolName = "run_shell_command"',
      `commandPrefix = ${JSON.stringify(command.trim())}`,
      'decision = "allow"',
      'priority = 500',
    ]),
  );
  const denied = ['run_shell_command', 'web_fetch', 'google_web_search'].map((tool) =>
    rule([`toolName = "${tool}"`, 'decision = "deny"', 'priority = 100']),
  );
  const path = join(ownFolder(spec.homeDir, 'gemini'), 'policy.toml');
  putFile(path, [...denied, ...allowed].join('\n'));
  return path;
}

function rule(lines: readonly string[]): string {
  return ['[[rule]]', ...lines, ''].join('\n');
}
