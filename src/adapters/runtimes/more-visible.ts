import type { AttemptSpec } from '../../ports/agent-runtime.ts';
import type { Confinement } from '../../ports/sandbox.ts';

/**
 * Adds what a runtime itself needs to what its process may see and do.
 *
 * @param spec - The attempt.
 * @param more - What is added.
 * @returns The confinement; `null` = there is no sandbox.
 */
export function moreVisible(
  { confine }: Pick<AttemptSpec, 'confine'>,
  more: Partial<Pick<Confinement, 'read' | 'write' | 'endpoints'>>,
): Confinement | null {
  if (confine === undefined || confine === null) return null;
  const { read = [], write = [], endpoints = [] } = more;
  return {
    ...confine,
    read: [...confine.read, ...read],
    write: [...confine.write, ...write],
    endpoints: [...confine.endpoints, ...endpoints],
  };
}
