import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { RuntimeFeatures, RuntimeProbe } from '../../ports/agent-runtime.ts';
import type { ProcessSupervisor } from '../../ports/process.ts';
import { isRecord } from '../../util/is-record.ts';
import { askVersion } from './ask-version.ts';
import { isOn } from './claude-environment.ts';
import { LOG_IN } from './claude-outcome.ts';

/** How to get Claude Code. */
export const INSTALL_CLAUDE =
  'Install Claude Code: npm install -g @anthropic-ai/claude-code (or set runtimes.claude.binary to where it is).';

const LOGIN_VARIABLES = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'];
const CLOUD_VARIABLES = [
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
  'CLAUDE_CODE_USE_FOUNDRY',
];

/** Where to look. */
export interface ClaudeProbe {
  readonly supervisor: ProcessSupervisor;
  /** The variables it would be started with. */
  readonly env: Readonly<Record<string, string>>;
  readonly path: string | null;
  readonly features: RuntimeFeatures;
}

/**
 * Looks for Claude Code and for a login, without a session.
 *
 * @param probe - Where to look.
 * @returns What there is.
 */
export async function probeClaude(probe: ClaudeProbe): Promise<RuntimeProbe> {
  const { env, path, features } = probe;
  const nothing = { id: 'claude', found: false, version: null, path, loggedIn: null, features };
  if (path === null) return { ...nothing, hint: INSTALL_CLAUDE };
  const { version, problem } = await askVersion({
    supervisor: probe.supervisor,
    path,
    env: { ...env, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
  });
  if (version === null)
    return { ...nothing, hint: `${path} --version ${problem}. ${INSTALL_CLAUDE}` };
  const loggedIn = isLoggedIn(env);
  return { ...nothing, found: true, version, loggedIn, hint: loggedIn === false ? LOG_IN : null };
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
