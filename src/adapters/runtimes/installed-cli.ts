// What the coding CLIs have in common that a person has installed: each is found by its name, asked for
// its version, and started as one process an attempt.

import { failure } from '../../model/failure.ts';
import type { RuntimeSettings } from '../../model/settings.ts';
import type { AgentRuntime, AttemptSpec, RuntimeFeatures } from '../../ports/agent-runtime.ts';
import type { ProcessSupervisor } from '../../ports/process.ts';
import { findProgram } from '../../util/find-program.ts';
import { failedSession, startCliSession, type CliStart } from './cli-session.ts';
import { probeProgram, type ProgramLook } from './probe-program.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** What such a runtime is made of. */
export interface InstalledCliOptions {
  readonly supervisor: ProcessSupervisor;
  /** The person's own environment: login and provider settings are taken from it. */
  readonly environment: Variables;
}

/** How one attempt is started. */
export interface Invocation {
  readonly path: string;
  readonly environment: Variables;
  /** The session to continue. */
  readonly resumed: string | null;
}

/** One coding CLI. */
export interface InstalledCli {
  /** Its program is called alike. */
  readonly id: string;
  readonly features: RuntimeFeatures;
  /** How to get it. */
  readonly install: string;
  /** Tells whether a text is the id of one of its sessions and nothing else. */
  isSession(value: unknown): value is string;
  /** Why it must not be started in this workspace; `null` = it may. */
  refuses?(spec: AttemptSpec): string | null;
  start(spec: AttemptSpec, invocation: Invocation): CliStart;
  /** Looks at the program that was found, and for a login, without starting anything. */
  look(settings: RuntimeSettings, environment: Variables, path: string): ProgramLook;
}

/**
 * Makes the runtime of a coding CLI.
 *
 * @param cli - The CLI.
 * @param options - What the runtime is made of.
 * @returns The runtime.
 */
export function createInstalledCli(cli: InstalledCli, options: InstalledCliOptions): AgentRuntime {
  const { id, features, install } = cli;
  const { supervisor, environment } = options;
  const find = ({ binary }: RuntimeSettings, path = environment['PATH']): string | null =>
    findProgram(binary ?? id, path ?? '');
  return {
    id,
    features,
    probe: (settings) => {
      const program = { id, features, install, path: find(settings) };
      return probeProgram(supervisor, program, (path) => cli.look(settings, environment, path));
    },
    start: (spec) => {
      const path = find(spec.settings, spec.env['PATH']);
      if (path === null) {
        const missing = `cannot find ${spec.settings.binary ?? id}`;
        return failedSession(failure('agent_error', `${missing}. ${install}`));
      }
      const refused = cli.refuses?.(spec) ?? null;
      if (refused !== null) return failedSession(failure('setup_failed', refused));
      const resumed = cli.isSession(spec.sessionId) ? spec.sessionId : null;
      return startCliSession(supervisor, spec, cli.start(spec, { path, environment, resumed }));
    },
  };
}
