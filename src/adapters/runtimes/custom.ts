// A program of the person's own, named in the configuration without a protocol: it is given the
// prompt, exit 0 is success, and what it prints is the result.

import { join } from 'node:path';

import { failure } from '../../model/failure.ts';
import type { RuntimeSettings } from '../../model/settings.ts';
import type {
  AgentRuntime,
  AttemptSpec,
  RuntimeFeatures,
  RuntimeProbe,
  Session,
} from '../../ports/agent-runtime.ts';
import type { ProcessSupervisor } from '../../ports/process.ts';
import { failedSession, startCliSession } from './cli-session.ts';
import { configuredProgram } from './configured-program.ts';
import { hiddenHint } from './hidden-hint.ts';
import { networkOf } from './network-variables.ts';
import { ownFolder, putFile } from './own-files.ts';
import { unaskedProbe } from './probe-program.ts';
import { TailReader } from './tail-reader.ts';

const FEATURES: RuntimeFeatures = {
  structuredOutput: false,
  cost: false,
  resume: false,
  systemPrompt: false,
  toolList: false,
  permissions: false,
};

/** Linux takes no single argument above 128 KiB. */
const MAX_ARGUMENT_BYTES = 120_000;

const PLACEHOLDER = /\{(?<name>prompt|promptFile|model)\}/gu;

/** What the runtime is made of. */
export interface CustomRuntimeOptions {
  /** The name it has in the configuration. */
  readonly id: string;
  readonly supervisor: ProcessSupervisor;
  /** The person's own environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a relative `binary` is looked up: the project's root. */
  readonly root: string;
}

/**
 * Makes the runtime of a program that the configuration names.
 *
 * @param options - What it is made of.
 * @returns The runtime.
 */
export function createCustomRuntime(options: CustomRuntimeOptions): AgentRuntime {
  const { id, supervisor, environment, root } = options;
  const install = `Set runtimes.${id}.binary to the program (or to its path from the project’s root).`;
  const find = ({ binary }: RuntimeSettings, path = environment['PATH']): string | null =>
    configuredProgram(binary, root, path);
  return {
    id,
    features: FEATURES,
    probe: (settings): Promise<RuntimeProbe> => {
      const program = { id, features: FEATURES, path: find(settings), install };
      return Promise.resolve(unaskedProbe(program, settings));
    },
    start: (spec: AttemptSpec): Session => {
      const { settings } = spec;
      const path = find(settings, spec.env['PATH']);
      if (path === null) {
        const missing =
          settings.binary === null ? `${id} names no program` : `cannot find ${settings.binary}`;
        return failedSession(failure('agent_error', `${missing}. ${install}`));
      }
      const problem = problemOf(id, spec);
      if (problem !== null) return failedSession(failure('setup_failed', problem));
      const asked = new Set(settings.args.flatMap((arg) => namesIn(arg)));
      return startCliSession(supervisor, spec, {
        argv: [path, ...filled(spec, asked)],
        env: { ...networkOf(environment), ...spec.env, ...settings.env },
        stdin: asked.has('prompt') || asked.has('promptFile') ? null : spec.prompt,
        reader: new TailReader(id, null, hiddenHint(spec, path)),
        hint: install,
      });
    },
  };
}

function namesIn(arg: string): string[] {
  return [...arg.matchAll(PLACEHOLDER)].flatMap(({ groups }) => groups?.['name'] ?? []);
}

/** What its arguments ask for and cannot be given. */
function problemOf(id: string, { settings, model, prompt }: AttemptSpec): string | null {
  const asked = new Set(settings.args.flatMap((arg) => namesIn(arg)));
  if (asked.has('model') && (model ?? settings.model) === null) {
    return `runtimes.${id}.args has {model}, and there is none: set runtimes.${id}.model`;
  }
  const bytes = Buffer.byteLength(prompt);
  if (asked.has('prompt') && bytes > MAX_ARGUMENT_BYTES) {
    const hint = `use {promptFile} in runtimes.${id}.args, or neither: then it comes on stdin`;
    return `the prompt is too long for an argument (${bytes} bytes): ${hint}`;
  }
  return null;
}

/** The arguments as they are given; a prompt that has a placeholder in it is not looked through. */
function filled(spec: AttemptSpec, asked: ReadonlySet<string>): string[] {
  const values: Record<string, string> = {
    prompt: spec.prompt,
    model: spec.model ?? spec.settings.model ?? '',
  };
  if (asked.has('promptFile')) {
    const path = join(ownFolder(spec.homeDir, 'custom'), 'prompt.md');
    putFile(path, spec.prompt);
    values['promptFile'] = path;
  }
  return spec.settings.args.map((arg) =>
    arg.replaceAll(PLACEHOLDER, (whole, name: string) => values[name] ?? whole),
  );
}
