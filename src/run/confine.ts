// What the processes of a run may see and do: their workspace, what git needs of the repository, and
// what the person allows.

import { failure } from '../model/failure.ts';
import type { Failure } from '../model/failure.ts';
import type { Confinement } from '../ports/sandbox.ts';
import type { SandboxState } from './sandbox-state.ts';
import type { Workshop } from './workshop.ts';

/** Runtimes whose processes do what a person wrote down, and nothing of their own. */
const WITHOUT: ReadonlySet<string> = new Set(['command', 'scripted']);

/** Where a process works. */
export interface Place {
  readonly cwd: string;
  /** Its private home. */
  readonly home: string;
  /** The folder with what it is told; `null` = it is told nothing. */
  readonly folder: string | null;
  /** What else it may read. */
  readonly read?: readonly string[];
  /** What it may only read of its home. */
  readonly fixed?: readonly string[];
}

/**
 * Tells what a process of a run may see and do.
 *
 * @param workshop - The repository, and how it stands with the sandbox.
 * @param place - Where it works.
 * @returns Its confinement; `null` = there is no sandbox, or the person wants none.
 */
export async function confinementOf(
  workshop: Pick<Workshop, 'sandbox' | 'repository'>,
  { cwd, home, folder, read = [], fixed = [] }: Place,
): Promise<Confinement | null> {
  const state = await workshop.sandbox();
  if (state.kind !== 'works') return null;
  const { repository } = workshop;
  const { form, program, network, personHome } = state;
  // In the project's root only what a person wrote works; what is git's and ours it leaves alone.
  const isRoot = cwd === repository.root;
  const told = folder === null ? [] : [folder];
  return {
    form,
    program,
    network,
    personHome,
    home,
    read: [...(await repository.objectFolders()), ...told, ...read, ...state.read],
    write: [cwd, ...state.write],
    fixed: [...(isRoot ? [repository.commonDir, `${cwd}/.git`, `${cwd}/.tutti`] : []), ...fixed],
    endpoints: [],
  };
}

/**
 * Tells whether a runtime may work as it stands with the sandbox.
 *
 * @param state - How it stands.
 * @param runtime - The runtime's id.
 * @returns Why not; `null` = it may.
 */
export function withoutSandbox(state: SandboxState, runtime: string): Failure | null {
  if (state.kind !== 'missing') return null;
  const { cause, remedy, required, accepted } = state;
  if (!required && (accepted || WITHOUT.has(runtime))) return null;
  return failure('sandbox', `there is no working sandbox: ${cause}\n${remedy}`);
}
