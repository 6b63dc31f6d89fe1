// Ends the program and all that it has started, as when the power goes.

import { readFileSync } from 'node:fs';

/**
 * Kills a program in a process group of its own, with its gits, which are in none of ours.
 *
 * @param pid - The program's.
 */
export function cutPower(pid: number): void {
  // Stopped first, it starts nothing that would be missed.
  if (!signalled(pid, 'SIGSTOP')) return;
  for (const child of childrenOf(pid)) signalled(child, 'SIGKILL');
  signalled(-pid, 'SIGKILL');
}

function childrenOf(pid: number): readonly number[] {
  try {
    const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return pids.map(Number).filter((child) => {
      return child > 0 && readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'git';
    });
  } catch {
    // Only Linux tells; or one of them has ended at this moment.
    return [];
  }
}

function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // It has ended at this moment.
    return false;
  }
}
