// Gemini CLI as a person has it installed, one process an attempt. Every flag was tried with 0.61.0;
// what it does otherwise than one would think is said where it is met.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { RuntimeSettings } from '../../../model/settings.ts';
import { specialistFor } from '../../../model/specialist.ts';
import type { AgentRuntime, AttemptSpec, RuntimeFeatures } from '../../../ports/agent-runtime.ts';
import { packageVersion } from '../../../util/package-of.ts';
import type { CliStart } from '../cli-session.ts';
import {
  createInstalledCli,
  type InstalledCli,
  type InstalledCliOptions,
  type Invocation,
} from '../installed-cli.ts';
import type { ProgramLook } from '../probe-program.ts';
import { geminiEnvironment, geminiPerson, geminiPolicy, geminiVariables } from './home.ts';
import { GEMINI_LOG_IN } from './outcome.ts';
import { GeminiReader, isGeminiSession } from './reader.ts';

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

const GEMINI: InstalledCli = {
  id: 'gemini',
  features: FEATURES,
  install: INSTALL,
  isSession: isGeminiSession,
  start: geminiStart,
  look: geminiLook,
};

/**
 * Makes the runtime of Gemini CLI.
 *
 * @param options - What it is made of.
 * @returns The runtime.
 */
export function createGeminiRuntime(options: InstalledCliOptions): AgentRuntime {
  return createInstalledCli(GEMINI, options);
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
      ...exchanged(spec).map((folder) => `--include-directories=${folder}`),
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

/** Where it finds what others published, and publishes; a comma would part a path in two. */
function exchanged({ env }: AttemptSpec): string[] {
  return [env['TUTTI_ARTIFACTS'], env['TUTTI_OUTBOX']].flatMap((folder) =>
    folder === undefined || folder.includes(',') ? [] : [folder],
  );
}

function geminiLook(
  settings: RuntimeSettings,
  environment: Invocation['environment'],
  path: string,
): ProgramLook {
  const { HOME = '', PATH = '' } = environment;
  const env = { HOME, PATH, ...geminiVariables(environment), ...settings.env };
  const loggedIn = isLoggedIn(env, geminiPerson(environment));
  // It takes seconds to start, only to tell what stands in its package.
  const version = packageVersion(path, '@google/gemini-cli');
  return { env, version, loggedIn, hint: loggedIn === false ? GEMINI_LOG_IN : null };
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
