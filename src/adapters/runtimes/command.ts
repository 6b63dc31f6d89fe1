// A plain command: it has no model and no session, its exit code is what it says.

import { failure } from '../../model/failure.ts';
import type {
  AgentRuntime,
  AttemptSpec,
  RuntimeFeatures,
  Session,
} from '../../ports/agent-runtime.ts';
import type { ProcessSupervisor } from '../../ports/process.ts';
import { alwaysThere } from './always-there.ts';
import { failedSession, startCliSession } from './cli-session.ts';
import { TailReader } from './tail-reader.ts';

const FEATURES: RuntimeFeatures = {
  structuredOutput: false,
  cost: false,
  resume: false,
  systemPrompt: false,
  toolList: false,
  permissions: false,
};

/**
 * Makes the runtime of plain commands.
 *
 * @param options - What it is made of.
 * @param options.supervisor - Starts and ends the processes.
 * @returns The runtime.
 */
export function createCommandRuntime(options: {
  readonly supervisor: ProcessSupervisor;
}): AgentRuntime {
  return {
    id: 'command',
    features: FEATURES,
    probe: () => Promise.resolve(alwaysThere('command', FEATURES, null)),
    start: (spec: AttemptSpec): Session => {
      if (spec.command === null || spec.command.length === 0) {
        return failedSession(failure('setup_failed', 'the task names no command to run'));
      }
      return startCliSession(options.supervisor, spec, {
        argv: spec.command,
        env: { ...spec.env, ...spec.settings.env },
        stdin: null,
        plain: true,
        reader: new TailReader('the command', 0),
        hint: 'Check the task’s `command`: its first word must be a program on PATH.',
      });
    },
  };
}
