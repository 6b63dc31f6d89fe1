// An agent that plays a script: a real process under the real supervisor, for demos and tests. It
// speaks JSON lines: session, text, tool_use, tool_result, usage, and one result at the end.

import { join } from 'node:path';

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
import { moreVisible } from './more-visible.ts';
import { OwnAgentReader } from './own-agent-reader.ts';

const FEATURES: RuntimeFeatures = {
  structuredOutput: true,
  cost: true,
  resume: true,
  systemPrompt: true,
  toolList: false,
  permissions: false,
  onlyAnswers: true,
};

/** Names the script to play, in the runtime's `env` or the attempt's. */
const SCRIPT_VARIABLE = 'TUTTI_SCRIPT';
/** Names the folder where sessions are remembered. */
const STATE_VARIABLE = 'TUTTI_SCRIPT_STATE';

/** What the runtime is made of. */
export interface ScriptedRuntimeOptions {
  readonly supervisor: ProcessSupervisor;
  /** The program that plays scripts. */
  readonly program: string;
}

/**
 * Makes the runtime of scripted agents.
 *
 * @param options - What it is made of.
 * @returns The runtime.
 */
export function createScriptedRuntime(options: ScriptedRuntimeOptions): AgentRuntime {
  return {
    id: 'scripted',
    features: FEATURES,
    probe: () => Promise.resolve(alwaysThere('scripted', FEATURES, options.program)),
    start: (spec: AttemptSpec): Session => {
      const given = { ...spec.env, ...spec.settings.env };
      const script = given[SCRIPT_VARIABLE];
      if (script === undefined || script === '') {
        const message = `the scripted runtime has no script: set runtimes.scripted.env.${SCRIPT_VARIABLE}`;
        return failedSession(failure('setup_failed', message));
      }
      const state = given[STATE_VARIABLE] ?? join(spec.homeDir, 'scripted-sessions');
      const asked = { TUTTI_ANSWER: spec.answer, TUTTI_SESSION: spec.sessionId ?? '' };
      return startCliSession(options.supervisor, spec, {
        argv: [process.execPath, options.program],
        env: { ...given, ...asked, [STATE_VARIABLE]: state },
        stdin: spec.prompt,
        confine: moreVisible(spec, { read: [script], write: [state] }),
        reader: new OwnAgentReader('the scripted agent', 0),
        hint: '',
      });
    },
  };
}
