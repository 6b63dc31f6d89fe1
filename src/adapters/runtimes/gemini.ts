// Gemini CLI as a person has it installed, one process an attempt. Every flag was tried with 0.61.0;
// what it does otherwise than one would think is said where it is met.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { failure } from '../../model/failure.ts';
import type { RuntimeSettings } from '../../model/settings.ts';
import { specialistFor } from '../../model/specialist.ts';
import type {
  AgentRuntime,
  AttemptSpec,
  RuntimeFeatures,
  RuntimeProbe,
  Session,
} from '../../ports/agent-runtime.ts';
import type { ProcessSupervisor } from '../../ports/process.ts';
import { findProgram } from '../../util/find-program.ts';
import { packageVersion } from '../../util/package-of.ts';
import { askVersion } from './ask-version.ts';
import { failedSession, startCliSession, type CliStart } from './cli-session.ts';
import { geminiEnvironment, geminiPerson, geminiPolicy, geminiVariables } from './gemini-home.ts';
import { GEMINI_LOG_IN } from './gemini-outcome.ts';
import { GeminiReader, isGeminiSession } from './gemini-reader.ts';

const FEATURES: RuntimeFeatures = {
  structuredOutput: false,
  cost: false,
  resume: true,
  permissions: false,
  systemPrompt: true,
  toolList: true,
};

/** How to get Gemini CLI. */
const INSTALL =
  'Install Gemini CLI: npm install -g @google/gemini-cli (or set runtimes.gemini.binary to where it is).';

/** What the runtime is made of. */
export interface GeminiRuntimeOptions {
  readonly supervisor: ProcessSupervisor;
  /** The person's own environment: login and provider settings are taken from it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes the runtime of Gemini CLI.
 *
 * @param options - What it is made of.
 * @returns The runtime.
 */
export function createGeminiRuntime(options: GeminiRuntimeOptions): AgentRuntime {
  const { supervisor, environment } = options;
  const binary = (settings: RuntimeSettings, path: string | undefined): string | null =>
    findProgram(settings.binary ?? 'gemini', path ?? environment['PATH'] ?? '');
  return {
    id: 'gemini',
    features: FEATURES,
    probe: (settings: RuntimeSettings) => probe(options, settings, binary(settings, undefined)),
    start: (spec: AttemptSpec): Session => {
      const path = binary(spec.settings, spec.env['PATH']);
      if (path === null) {
        const name = spec.settings.binary ?? 'gemini';
        return failedSession(failure('agent_error', `cannot find ${name}\n${INSTALL}`));
      }
      const resumed = isGeminiSession(spec.sessionId) ? spec.sessionId : null;
      return startCliSession(supervisor, spec, geminiStart(spec, { path, environment, resumed }));
    },
  };
}

interface Invocation {
  readonly path: string;
  readonly environment: GeminiRuntimeOptions['environment'];
  /** The session to continue. */
  readonly resumed: string | null;
}

function geminiStart(spec: AttemptSpec, invocation: Invocation): CliStart {
  const { path, environment, resumed } = invocation;
  const reader = new GeminiReader();
  const stage = { id: 'gemini', features: FEATURES };
  const specialist = specialistFor(spec.agent, stage, spec.settings.model);
  return {
    argv: [
      path,
      '--output-format=stream-json',
      ...(spec.fullPermissions
        ? ['--approval-mode=yolo']
        : ['--approval-mode=auto_edit', `--policy=${geminiPolicy(spec)}`]),
      // Servers and extensions, whoever brings them, could run anything.
      ...(spec.settings.trustProject === true
        ? []
        : ['--allowed-mcp-server-names=none', '--extensions=none']),
      ...(spec.model === null ? [] : [`--model=${spec.model}`]),
      ...(resumed === null ? [] : [`--resume=${resumed}`]),
      ...spec.settings.args,
    ],
    env: geminiEnvironment(spec, environment, specialist),
    stdin: geminiPrompt(spec.prompt),
    reader,
    hint: INSTALL,
    // What it knows of a session goes with the task's folder: then the work starts afresh.
    ...(resumed !== null && {
      instead: (stderr: string) =>
        reader.sessionId === null &&
        /resum(?:e|ing) session|session identifier|no previous sessions/iu.test(stderr)
          ? geminiStart(spec, { ...invocation, resumed: null })
          : null,
    }),
  };
}

/**
 * A prompt that begins with a slash would be a command of Gemini CLI itself, and every `@some/path` in
 * it, whoever wrote it, would be replaced by that file's content.
 */
function geminiPrompt(prompt: string): string {
  const words = prompt.replaceAll('@', String.raw`\@`);
  return /^[/?]/u.test(words) ? `\n${words}` : words;
}

async function probe(
  { supervisor, environment }: GeminiRuntimeOptions,
  settings: RuntimeSettings,
  path: string | null,
): Promise<RuntimeProbe> {
  const nothing = {
    id: 'gemini',
    found: false,
    version: null,
    path,
    loggedIn: null,
    features: FEATURES,
  };
  if (path === null) return { ...nothing, hint: INSTALL };
  const { HOME = '', PATH = '' } = environment;
  const env = { HOME, PATH, ...geminiVariables(environment), ...settings.env };
  // It takes seconds to start, only to tell what stands in its package.
  const known = packageVersion(path, '@google/gemini-cli');
  const { version, problem } =
    known === null ? await askVersion({ supervisor, path, env }) : { version: known, problem: '' };
  if (version === null) return { ...nothing, hint: `${path} --version ${problem}. ${INSTALL}` };
  const loggedIn = isLoggedIn(env, geminiPerson(environment));
  const hint = loggedIn === false ? GEMINI_LOG_IN : null;
  return { ...nothing, found: true, version, loggedIn, hint };
}

/** Only evidence counts: a cloud's credentials may lie where nobody looks, a login in a keyring. */
function isLoggedIn(env: Readonly<Record<string, string>>, folder: string): boolean | null {
  const keys = ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_APPLICATION_CREDENTIALS'];
  if (keys.some((name) => (env[name] ?? '') !== '')) return true;
  if (existsSync(join(folder, 'oauth_creds.json'))) return true;
  return existsSync(join(folder, '.env')) || existsSync(join(folder, 'settings.json'))
    ? null
    : false;
}
