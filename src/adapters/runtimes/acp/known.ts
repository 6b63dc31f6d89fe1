// How agents that speak the Agent Client Protocol are started. Seen with gemini 0.61.0 and opencode
// 1.18.33; any other is started as the person has configured it.

import { specialistFor } from '../../../model/specialist.ts';
import type { AttemptSpec } from '../../../ports/agent-runtime.ts';
import type { FailedRequests } from '../failed-requests.ts';
import { geminiEnvironment } from '../gemini/home.ts';
import { GEMINI_LOG_IN } from '../gemini/outcome.ts';
import { networkOf } from '../network-variables.ts';
import { opencodeConfig, opencodeEnvironment, opencodeRefuses } from '../opencode/home.ts';
import { OPENCODE_LOG_IN } from '../opencode/outcome.ts';
import { opencodeFailures } from '../opencode/reader.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** How one agent is started. */
export interface AcpLaunch {
  /** Its program, unless the configuration names one; `null` = only the configuration knows. */
  readonly program: string | null;
  readonly install: string;
  readonly logIn: string;
  /** Whether it tells what it costs. */
  readonly cost: boolean;
  /** Reads its log, where it tries failed requests again without end. */
  failures(): FailedRequests | null;
  /** Why it must not be started in this workspace; `null` = it may. */
  refuses?(spec: AttemptSpec): string | null;
  launch(
    spec: AttemptSpec,
    environment: Variables,
  ): { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> };
}

const OPENCODE: AcpLaunch = {
  program: 'opencode',
  install: 'Install OpenCode: npm install -g opencode-ai (or set runtimes.opencode.binary).',
  logIn: OPENCODE_LOG_IN,
  cost: true,
  failures: opencodeFailures,
  refuses: opencodeRefuses,
  launch: (spec, environment) => {
    const stage = { id: 'opencode', features: { systemPrompt: false, toolList: false } };
    const specialist = specialistFor(spec.agent, stage, spec.settings.model);
    const config = opencodeConfig(spec, specialist, 'ask');
    const model = spec.model === null ? {} : { model: spec.model };
    return {
      args: ['acp', '--print-logs', '--log-level=ERROR'],
      env: opencodeEnvironment(spec, environment, { ...config, ...model }),
    };
  },
};

const GEMINI: AcpLaunch = {
  program: 'gemini',
  install: 'Install Gemini CLI: npm install -g @google/gemini-cli (or set runtimes.gemini.binary).',
  logIn: GEMINI_LOG_IN,
  cost: false,
  failures: () => null,
  launch: (spec, environment) => {
    const stage = { id: 'gemini', features: { systemPrompt: false, toolList: false } };
    const specialist = specialistFor(spec.agent, stage, spec.settings.model);
    return {
      args: [
        '--acp',
        ...(spec.settings.trustProject === true ? [] : ['--allowed-mcp-server-names=none']),
        ...(spec.model === null ? [] : ['-m', spec.model]),
      ],
      env: geminiEnvironment(spec, environment, specialist),
    };
  },
};

function configured(id: string): AcpLaunch {
  return {
    program: null,
    install: `Set runtimes.${id}.binary to a program that speaks the Agent Client Protocol.`,
    logIn: `Log in to ${id} the way it wants it, or set its key in runtimes.${id}.env.`,
    cost: false,
    failures: () => null,
    launch: (spec, environment) => ({
      args: [],
      env: { ...networkOf(environment), ...spec.env, ...spec.settings.env },
    }),
  };
}

/**
 * Tells how an agent is started.
 *
 * @param id - Its name in the configuration.
 * @returns What is known of it.
 */
export function knownAcpAgent(id: string): AcpLaunch {
  if (id === 'opencode') return OPENCODE;
  return id === 'gemini' ? GEMINI : configured(id);
}
