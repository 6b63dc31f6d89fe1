// Any agent that speaks the Agent Client Protocol on its standard input and output. What is known of
// some of them stands in a table; the rest is the person's configuration.

import { failure } from '../../../model/failure.ts';
import type { RuntimeSettings } from '../../../model/settings.ts';
import { specialistFor } from '../../../model/specialist.ts';
import type {
  AgentRuntime,
  AttemptSpec,
  RuntimeFeatures,
  RuntimeProbe,
  Session,
} from '../../../ports/agent-runtime.ts';
import type { ProcessSupervisor } from '../../../ports/process.ts';
import { failedSession, startCliSession } from '../cli-session.ts';
import { configuredProgram } from '../configured-program.ts';
import { hiddenHint } from '../hidden-hint.ts';
import { probeProgram, unaskedProbe } from '../probe-program.ts';
import { AcpConversation } from './conversation.ts';
import { knownAcpAgent } from './known.ts';
import type { Allowance } from './policy.ts';

const FEATURES: RuntimeFeatures = {
  structuredOutput: false,
  cost: false,
  resume: true,
  systemPrompt: false,
  toolList: false,
  permissions: true,
};

/** What the runtime is made of. */
export interface AcpRuntimeOptions {
  /** The name it has in the configuration. */
  readonly id: string;
  readonly supervisor: ProcessSupervisor;
  /** The person's own environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a relative `binary` is looked up: the project's root. */
  readonly root: string;
  /** tutti's own version. */
  readonly version: string;
}

/**
 * Makes the runtime of an agent that speaks the Agent Client Protocol.
 *
 * @param options - What it is made of.
 * @returns The runtime.
 */
export function createAcpRuntime(options: AcpRuntimeOptions): AgentRuntime {
  const { id, supervisor, environment, root, version } = options;
  const agent = knownAcpAgent(id);
  const features = { ...FEATURES, cost: agent.cost };
  const find = ({ binary }: RuntimeSettings, path = environment['PATH']): string | null =>
    configuredProgram(binary ?? agent.program, root, path);
  return {
    id,
    features,
    probe: (settings): Promise<RuntimeProbe> => {
      const path = find(settings);
      const program = { id, features, path, install: agent.install };
      if (agent.program === null) return Promise.resolve(unaskedProbe(program, settings));
      const { HOME = '', PATH = '' } = environment;
      const env = { HOME, PATH, ...settings.env };
      return probeProgram(supervisor, program, () => ({ env, loggedIn: null, hint: null }));
    },
    start: (spec: AttemptSpec): Session => {
      const path = find(spec.settings, spec.env['PATH']);
      if (path === null) {
        const name = spec.settings.binary ?? agent.program;
        const missing = name === null ? `${id} names no program` : `cannot find ${name}`;
        return failedSession(failure('agent_error', `${missing}. ${agent.install}`));
      }
      const refused = agent.refuses?.(spec) ?? null;
      if (refused !== null) return failedSession(failure('setup_failed', refused));
      const { may } = specialistFor(spec.agent, { id, features }, spec.settings.model);
      const { cwd, allowedCommands, fullPermissions } = spec;
      const conversation = new AcpConversation(spec, {
        id,
        version,
        logIn: agent.logIn,
        allowance: { cwd, ...exchanged(spec), allowedCommands, fullPermissions, may },
        failures: agent.failures(),
        hint: hiddenHint(spec, path),
      });
      const { args, env } = agent.launch(spec, environment);
      return startCliSession(supervisor, spec, {
        argv: [path, ...args, ...spec.settings.args],
        env,
        stdin: '',
        reader: conversation,
        conversation,
        hint: agent.install,
      });
    },
  };
}

/** Where it finds what others published, and puts what it publishes. */
function exchanged({ env }: AttemptSpec): Pick<Allowance, 'readable' | 'writable'> {
  const named = (name: string): string[] => (env[name] === undefined ? [] : [env[name]]);
  return { readable: named('TUTTI_ARTIFACTS'), writable: named('TUTTI_OUTBOX') };
}
