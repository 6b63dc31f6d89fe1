// A plain command: it has no model and no session, its exit code is what it says.

import { NO_USAGE } from '../../model/attempt.ts';
import { failure } from '../../model/failure.ts';
import type {
  AgentRuntime,
  AttemptSpec,
  RuntimeFeatures,
  Session,
} from '../../ports/agent-runtime.ts';
import type { ProcessSupervisor } from '../../ports/process.ts';
import { textTail } from '../../util/bounded-text.ts';
import { alwaysThere } from './always-there.ts';
import {
  failedSession,
  startCliSession,
  type Exit,
  type Outcome,
  type OutputReader,
} from './cli-session.ts';

const FEATURES: RuntimeFeatures = {
  structuredOutput: false,
  cost: false,
  resume: false,
  systemPrompt: false,
  toolList: false,
  permissions: false,
};

const SUMMARY_CHARS = 2_000;

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
        reader: new TailReader(),
        hint: 'Check the task’s `command`: its first word must be a program on PATH.',
      });
    },
  };
}

/** Keeps the end of the output, and nothing else: thousands of commands start in a run. */
class TailReader implements OutputReader {
  readonly sessionId: null = null;
  readonly tokens: typeof NO_USAGE = NO_USAGE;
  readonly costUsd: number = 0;
  #chunks: Uint8Array[] = [];
  #length = 0;

  read(chunk: Uint8Array): readonly [] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length > 4 * TAIL_BYTES || this.#chunks.length > 256) this.#compact();
    return [];
  }

  end(): readonly [] {
    return [];
  }

  outcome(exit: Exit): Outcome {
    this.#compact();
    const text = Buffer.concat(this.#chunks).toString('utf8');
    const summary = textTail(text.trim(), SUMMARY_CHARS);
    if (exit.code === 0) return { failure: null, structured: undefined, text, summary };
    const said = textTail(`${text}\n${exit.stderr}`.trim(), SUMMARY_CHARS);
    const how = exit.code === null ? `ended by ${exit.signal ?? 'a signal'}` : `exit ${exit.code}`;
    const message =
      said === '' ? `the command failed: ${how}` : `the command failed: ${how}\n${said}`;
    return { failure: failure('agent_error', message), structured: undefined, text, summary };
  }

  #compact(): void {
    const all = Buffer.concat(this.#chunks);
    const tail = new Uint8Array(all.subarray(Math.max(0, all.length - TAIL_BYTES)));
    this.#chunks = [tail];
    this.#length = tail.length;
  }
}

/** More than the summary: an answer may be the last document of the output. */
const TAIL_BYTES = 64 * 1024;
