// An agent that plays a script: a real process under the real supervisor, for demos and tests. It
// speaks JSON lines: session, text, tool_use, tool_result, usage, and one result at the end.

import { join } from 'node:path';

import type { Usage } from '../../model/attempt.ts';
import { NO_USAGE } from '../../model/attempt.ts';
import { failure, FAILURE_REASONS } from '../../model/failure.ts';
import type {
  AgentEvent,
  AgentRuntime,
  AttemptSpec,
  RuntimeFeatures,
  Session,
} from '../../ports/agent-runtime.ts';
import type { ProcessSupervisor } from '../../ports/process.ts';
import { textTail } from '../../util/bounded-text.ts';
import { alwaysThere } from './always-there.ts';
import { readTokens, readUsd } from './amounts.ts';
import {
  failedSession,
  startCliSession,
  type Exit,
  type Outcome,
  type OutputReader,
} from './cli-session.ts';
import { JsonLines } from './json-lines-reader.ts';

const FEATURES: RuntimeFeatures = {
  structuredOutput: true,
  cost: true,
  resume: true,
  systemPrompt: true,
  toolList: false,
  permissions: false,
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
        reader: new ScriptedReader(),
        hint: '',
      });
    },
  };
}

type Json = Readonly<Record<string, unknown>>;

class ScriptedReader implements OutputReader {
  sessionId: string | null = null;
  tokens: Usage = NO_USAGE;
  costUsd = 0;
  #structured: unknown = undefined;
  #result: Json | null = null;
  readonly #lines: JsonLines = new JsonLines();

  read(chunk: Uint8Array): AgentEvent[] {
    return this.#lines.read(chunk, (line) => this.#take(line));
  }

  end(): AgentEvent[] {
    return this.#lines.read(null, (line) => this.#take(line));
  }

  outcome(exit: Exit): Outcome {
    const text = string(this.#result?.['text']);
    const said = { structured: this.#structured, text, summary: text };
    if (exit.code === 0 && this.#result?.['ok'] === true) return { ...said, failure: null };
    const reason = FAILURE_REASONS.find((known) => known === this.#result?.['reason']);
    const how = exit.code === null ? (exit.signal ?? 'a signal') : `exit ${exit.code}`;
    const message =
      string(this.#result?.['message']) ||
      textTail(`the scripted agent ended without a result: ${how}\n${exit.stderr}`.trim(), 2_000);
    const retryAt = this.#result?.['retryAt'];
    const why = failure(reason ?? 'agent_error', message);
    return { ...said, failure: typeof retryAt === 'number' ? { ...why, retryAt } : why };
  }

  #take(line: Json): AgentEvent[] {
    switch (line['type']) {
      case 'session':
        this.sessionId = string(line['id']);
        return [{ type: 'session', sessionId: this.sessionId }];
      case 'text':
        return [{ type: 'text', text: string(line['text']) }];
      case 'tool_use':
        return [{ type: 'tool_use', name: string(line['name']), summary: string(line['summary']) }];
      case 'tool_result':
        return [{ type: 'tool_result', ok: line['ok'] === true }];
      case 'usage':
        this.#takeUsage(line);
        return [{ type: 'usage', tokens: this.tokens, costUsd: this.costUsd }];
      case 'answer':
        this.#structured = line['value'];
        return [];
      case 'result':
        this.#result ??= line;
        return [];
      default:
        return [];
    }
  }

  #takeUsage(line: Json): void {
    this.tokens = {
      input: readTokens(line['input']),
      output: readTokens(line['output']),
      cached: readTokens(line['cached']),
    };
    this.costUsd = readUsd(line['costUsd']);
  }
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
