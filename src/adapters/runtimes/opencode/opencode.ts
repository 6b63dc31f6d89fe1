// OpenCode as a person has it installed, one process an attempt. Every flag was tried with 1.18.33;
// what it does otherwise than one would think is said where it is met.

import { existsSync } from 'node:fs';

import type { RuntimeSettings } from '../../../model/settings.ts';
import { specialistFor } from '../../../model/specialist.ts';
import type { AgentRuntime, AttemptSpec, RuntimeFeatures } from '../../../ports/agent-runtime.ts';
import type { CliStart } from '../cli-session.ts';
import {
  createInstalledCli,
  type InstalledCli,
  type InstalledCliOptions,
  type Invocation,
} from '../installed-cli.ts';
import type { ProgramLook } from '../probe-program.ts';
import {
  OPENCODE_AGENT,
  hasOpencodeSettings,
  opencodeConfig,
  opencodeEnvironment,
  opencodeLogin,
  opencodeRefuses,
  opencodeVariables,
} from './home.ts';
import { OPENCODE_LOG_IN } from './outcome.ts';
import { isOpencodeSession, OpencodeReader } from './reader.ts';

const FEATURES: RuntimeFeatures = {
  structuredOutput: false,
  cost: true,
  resume: true,
  systemPrompt: true,
  toolList: true,
  permissions: false,
};

/** How to get OpenCode. */
const INSTALL =
  'Install OpenCode: npm install -g opencode-ai (or set runtimes.opencode.binary to where it is).';

/** Linux takes no single variable above 128 KiB; an agent's prompt above this goes on stdin. */
const MAX_VARIABLE_BYTES = 100_000;

const OPENCODE: InstalledCli = {
  id: 'opencode',
  features: FEATURES,
  install: INSTALL,
  isSession: isOpencodeSession,
  refuses: opencodeRefuses,
  start: opencodeStart,
  look: opencodeLook,
};

/**
 * Makes the runtime of OpenCode.
 *
 * @param options - What it is made of.
 * @returns The runtime.
 */
export function createOpencodeRuntime(options: InstalledCliOptions): AgentRuntime {
  return createInstalledCli(OPENCODE, options);
}

function opencodeStart(spec: AttemptSpec, invocation: Invocation): CliStart {
  const { path, environment, resumed } = invocation;
  const reader = new OpencodeReader();
  const stage = { id: 'opencode', features: FEATURES };
  const whole = specialistFor(spec.agent, stage, spec.settings.model);
  const words = whole.systemPrompt ?? '';
  const fits = Buffer.byteLength(words) <= MAX_VARIABLE_BYTES;
  const specialist = fits ? whole : { ...whole, systemPrompt: null };
  return {
    argv: [
      path,
      'run',
      '--format=json',
      // Else a failed request, which it tries again without end, is kept to itself.
      '--print-logs',
      '--log-level=ERROR',
      `--dir=${spec.cwd}`,
      // Else a second model is asked for one.
      `--title=${spec.attempt}`,
      `--agent=${OPENCODE_AGENT}`,
      ...(spec.model === null ? [] : [`--model=${spec.model}`]),
      ...(resumed === null ? [] : [`--session=${resumed}`]),
      ...spec.settings.args,
    ],
    env: opencodeEnvironment(spec, environment, opencodeConfig(spec, specialist, 'deny')),
    // An argument would reach the model in quotes; what stands here arrives as it is.
    stdin: fits ? spec.prompt : `${words}\n\n${spec.prompt}`,
    reader,
    hint: INSTALL,
    // What it knows of a session goes with the task's folder: then the work starts afresh.
    ...(resumed !== null && {
      instead: (stderr: string) =>
        reader.sessionId === null && /session not found/iu.test(stderr)
          ? opencodeStart(spec, { ...invocation, resumed: null })
          : null,
    }),
  };
}

function opencodeLook(
  settings: RuntimeSettings,
  environment: Invocation['environment'],
): ProgramLook {
  const variables = opencodeVariables(environment, settings.model);
  const { HOME = '', PATH = '' } = environment;
  const env = { HOME, PATH, ...variables, ...settings.env };
  const hasKey = Object.entries(env).some(
    ([name, value]) => name.endsWith('_API_KEY') && value !== '',
  );
  const isKnown = hasKey || existsSync(opencodeLogin(environment));
  // A provider and its key may stand in the settings, which is for OpenCode to read.
  const loggedIn = isKnown ? true : hasOpencodeSettings(environment) ? null : false;
  return { env, loggedIn, hint: loggedIn === true ? null : OPENCODE_LOG_IN };
}
