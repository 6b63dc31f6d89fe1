import { errorCode } from './system-error.ts';

/**
 * Tells whether a process has a number; another one may have it by now.
 *
 * @param pid - Its number.
 * @returns Whether there is one, also one that we may not signal.
 */
export function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}
