import type { ResourceLimits } from '../model/settings.ts';
import type { ProcessLimits } from '../ports/process.ts';

const MB = 1_048_576;

/**
 * Says what a process of a run may use.
 *
 * @param limits - What the run allows.
 * @param folders - The folders that are the process's own.
 * @returns Its limits.
 */
export function limitsOf(limits: ResourceLimits, folders: readonly string[]): ProcessLimits {
  const { memoryMb, processes, diskMb } = limits;
  return {
    memoryBytes: memoryMb === null ? null : memoryMb * MB,
    processes,
    diskBytes: diskMb === null ? null : diskMb * MB,
    folders,
  };
}
