import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { RuntimeSettings } from '../../../model/settings.ts';
import { isRecord } from '../../../util/is-record.ts';
import type { ProgramLook } from '../probe-program.ts';
import { claudeVariables, isOn } from './environment.ts';
import { LOG_IN } from './outcome.ts';

/** How to get Claude Code. */
export const INSTALL_CLAUDE =
  'Install Claude Code: npm install -g @anthropic-ai/claude-code (or set runtimes.claude.binary to where it is).';

const LOGIN_VARIABLES = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'];
const CLOUD_VARIABLES = [
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'CLAUDE_CODE_USE_FOUNDRY',
];

/**
 * Looks for a login, without starting anything.
 *
 * @param settings - What the person has set.
 * @param environment - Their environment.
 * @returns What there is, and how Claude Code is asked for its version.
 */
export function claudeLook(
  settings: RuntimeSettings,
  environment: Readonly<Record<string, string | undefined>>,
): ProgramLook {
  const env = { ...claudeVariables(environment), ...settings.env };
  const loggedIn = isLoggedIn(env);
  return {
    env: { ...env, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
    loggedIn,
    hint: loggedIn === false ? LOG_IN : null,
  };
}

/** Only evidence counts: where a login may be kept elsewhere (a keychain), nobody knows. */
function isLoggedIn(env: Readonly<Record<string, string>>): boolean | null {
  if (LOGIN_VARIABLES.some((name) => (env[name] ?? '') !== '')) return true;
  if (CLOUD_VARIABLES.some((name) => isOn(env[name]))) return true;
  const home = env['HOME'] ?? '/nonexistent';
  const folder = env['CLAUDE_CONFIG_DIR'] ?? join(home, '.claude');
  if (existsSync(join(folder, '.credentials.json'))) return true;
  const state = env['CLAUDE_CONFIG_DIR'] === undefined ? home : folder;
  if (readKeys(join(state, '.claude.json')).has('primaryApiKey')) return true;
  const isElsewhere = readKeys(join(folder, 'settings.json')).has('apiKeyHelper');
  return isElsewhere || process.platform !== 'linux' ? null : false;
}

function readKeys(path: string): ReadonlySet<string> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return new Set(isRecord(value) ? Object.keys(value) : []);
  } catch {
    return new Set();
  }
}
