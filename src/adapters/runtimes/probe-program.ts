import type { RuntimeSettings } from '../../model/settings.ts';
import type { RuntimeFeatures, RuntimeProbe } from '../../ports/agent-runtime.ts';
import type { ProcessSupervisor } from '../../ports/process.ts';
import { askVersion } from './ask-version.ts';

/** A runtime's program, as far as it was found. */
interface Program {
  readonly id: string;
  readonly features: RuntimeFeatures;
  readonly path: string | null;
  /** How to get it. */
  readonly install: string;
}

/** How a program that is there is looked at, and what is known of it without asking. */
export interface ProgramLook {
  /** The variables it is asked with. */
  readonly env: Readonly<Record<string, string>>;
  /** The program to ask, where that is not the one that was found. */
  readonly asked?: string;
  /** Its version, where that is known without asking. */
  readonly version?: string | null;
  /** See `RuntimeProbe`. */
  readonly loggedIn: boolean | null;
  readonly hint: string | null;
}

/**
 * Looks whether a runtime's program is there and answers, without a session.
 *
 * @param supervisor - Starts it.
 * @param program - The program.
 * @param look - How it is looked at; asked only when it was found.
 * @returns What there is.
 */
export async function probeProgram(
  supervisor: ProcessSupervisor,
  { id, features, path, install }: Program,
  look: (path: string) => ProgramLook,
): Promise<RuntimeProbe> {
  const nothing = { id, found: false, version: null, path, loggedIn: null, features };
  if (path === null) return { ...nothing, hint: install };
  const { env, asked = path, version: known = null, loggedIn, hint } = look(path);
  const { version, problem } =
    known === null
      ? await askVersion({ supervisor, path: asked, env })
      : { version: known, problem: '' };
  return version === null
    ? { ...nothing, hint: `${path} --version ${problem}. ${install}` }
    : { ...nothing, found: true, version, loggedIn, hint };
}

/**
 * Says whether a program is there that only the configuration knows. What it does with a flag for its
 * version, or without a login, nobody can say.
 *
 * @param program - The program.
 * @param settings - What the person has set.
 * @returns What there is.
 */
export function unaskedProbe(
  { id, features, path, install }: Program,
  { binary }: RuntimeSettings,
): RuntimeProbe {
  const found = path !== null;
  const unknown = { version: null, loggedIn: null, features, hint: found ? null : install };
  return { id, found, ...(binary === null && { configured: false }), path, ...unknown };
}
