// Where Codex keeps its things, and what reaches it of the person's: a folder of the task's own, into
// which the login and the settings are copied.

import { closeSync, fstatSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

import type { Usage } from '../../../model/attempt.ts';
import type { AttemptSpec } from '../../../ports/agent-runtime.ts';
import { isRecord } from '../../../util/is-record.ts';
import { parseJson } from '../../../util/parse-json.ts';
import { NETWORK_VARIABLES } from '../network-variables.ts';
import { isFolder, keepOnly, openTheirs, ownFolder, putCopy } from '../own-files.ts';
import { codexTokens } from './tokens.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const OWN =
  /^(?:CODEX_(?:API_KEY|ACCESS_TOKEN|CA_CERTIFICATE|SQLITE_HOME)|OPENAI_\w+|AZURE_OPENAI_\w+)$/u;
/** Names of variables that the settings name, such as that of a provider's key. */
const NAMED = /^\s*(?:env_key|bearer_token_env_var)\s*=\s*["'](?<name>\w+)["']/gmu;
const IN_HEADERS = /env_http_headers\s*=\s*\{(?<pairs>[^}]*)\}/gu;

/** Where a person has their Codex. */
export interface CodexPerson {
  readonly folder: string;
  /** The text of their settings; empty where there are none. */
  readonly config: string;
}

/**
 * Looks up a person's settings.
 *
 * @param environment - The person's environment.
 * @returns Where they are, and what they say.
 */
export function codexPerson(environment: Variables): CodexPerson {
  const own = environment['CODEX_HOME'] ?? '';
  const folder = isAbsolute(own) ? own : join(environment['HOME'] ?? homedir(), '.codex');
  try {
    return { folder, config: readFileSync(join(folder, 'config.toml'), 'utf8') };
  } catch {
    return { folder, config: '' };
  }
}

/**
 * Names the variables that hold the keys of a person's providers.
 *
 * @param config - Their settings.
 * @returns The names.
 */
export function keyVariables(config: string): readonly string[] {
  const named = [...config.matchAll(NAMED)].map(({ groups }) => groups?.['name'] ?? '');
  const pairs = [...config.matchAll(IN_HEADERS)].map(({ groups }) => groups?.['pairs'] ?? '');
  const inHeaders = pairs.flatMap((text) =>
    [...text.matchAll(/=\s*["'](?<name>\w+)["']/gu)].map(({ groups }) => groups?.['name'] ?? ''),
  );
  return [...named, ...inHeaders].filter((name) => name !== '');
}

/**
 * Chooses the variables of the person's environment that Codex needs.
 *
 * @param environment - The person's environment.
 * @param config - Their settings.
 * @returns Those that reach it.
 */
export function codexVariables(environment: Variables, config: string): Record<string, string> {
  const names = new Set([...NETWORK_VARIABLES, ...keyVariables(config)]);
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && (names.has(name) || OWN.test(name)) ? [[name, value]] : [],
    ),
  );
}

/** What it knows of its sessions; settings, hooks and rules beside it would be the agent's own. */
const SESSIONS =
  /^(?:(?:archived_)?sessions|session_index\.jsonl|history\.jsonl|.+\.sqlite(?:-\w+)?)$/u;

/** The folders of a task. */
interface CodexFolders {
  readonly home: string;
  /** Not above the home: there Codex makes no helpers, and no patch applies. */
  readonly temporary: string;
}

/**
 * Makes the folders of a task and puts the person's login and settings into them.
 *
 * @param homeDir - The task's private folder.
 * @param person - Where they come from.
 * @returns The folders.
 */
function codexFolders(homeDir: string, person: CodexPerson): CodexFolders {
  const home = ownFolder(homeDir, 'codex');
  keepOnly(home, SESSIONS);
  for (const name of ['auth.json', 'config.toml']) {
    putCopy(join(person.folder, name), join(home, name));
  }
  return { home, temporary: ownFolder(homeDir, 'tmp') };
}

/**
 * Makes the whole environment of Codex for an attempt.
 *
 * @param spec - The attempt.
 * @param environment - The person's environment.
 * @returns The environment; the folders it names are there.
 */
export function codexEnvironment(
  spec: AttemptSpec,
  environment: Variables,
): Record<string, string> {
  const person = codexPerson(environment);
  const { home, temporary } = codexFolders(spec.homeDir, person);
  return {
    ...codexVariables(environment, person.config),
    ...spec.env,
    CODEX_HOME: home,
    TMPDIR: temporary,
    // Its errors, as always, and that it is going to sleep.
    RUST_LOG: 'error,codex_core::responses_retry=warn',
    ...spec.settings.env,
    PWD: spec.cwd,
  };
}

/** The end of a session's file is enough: what was used stands behind every answer. */
const TAIL_BYTES = 1 << 20;

/**
 * Reads what a session has used so far, which its file tells also where Codex was ended.
 *
 * @param homeDir - The task's private folder.
 * @param session - The session's id.
 * @returns The sum over the whole session; `null` = there is no such session.
 */
export function codexUsed(homeDir: string, session: string): Usage | null {
  const root = join(homeDir, 'codex', 'sessions');
  // The agent could write there: a link would make us look through all there is.
  if (!isFolder(join(homeDir, 'codex')) || !isFolder(root)) return null;
  try {
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
    const name = names.find((path) => path.endsWith(`-${session}.jsonl`));
    return name === undefined ? null : lastUsage(tail(join(root, name)));
  } catch {
    return null;
  }
}

function tail(path: string): string {
  const fd = openTheirs(path);
  if (fd === null) return '';
  try {
    const { size } = fstatSync(fd);
    const from = Math.max(0, size - TAIL_BYTES);
    const bytes = Buffer.alloc(size - from);
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, from));
  } finally {
    closeSync(fd);
  }
}

function lastUsage(text: string): Usage {
  const line = text.split('\n').findLast((one) => one.includes('"total_token_usage"'));
  const value = parseJson(line ?? '');
  const payload = isRecord(value) && isRecord(value['payload']) ? value['payload'] : {};
  const info = isRecord(payload['info']) ? payload['info'] : {};
  return codexTokens(info['total_token_usage']);
}
