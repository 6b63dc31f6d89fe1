// What is different about a process in a sandbox: its first process is the sandbox's own, which
// hands no signal on and tells how the program ended as a shell would.

import type { ProcessEnd } from '../../ports/process.ts';
import type { Exit } from './body.ts';
import { exitOfStatus } from './exit-status.ts';
import type { ProcessTable } from './process-table.ts';
import type { Tree } from './sweeper.ts';

/** What bubblewrap and sandbox-exec say for themselves. */
const OWN_WORDS = /^(?:bwrap|sandbox-exec): (.+)/u;

/**
 * Finds the group of the program inside. It is led by the first process of the sandbox, who leads a
 * session of its own there, and whom only SIGKILL reaches.
 *
 * @param table Where to look.
 * @param tree The tree; what descends from its leader has just been seen.
 * @returns The group; `null` while there is none.
 */
export function innerGroup(table: ProcessTable, tree: Tree): number | null {
  const outer = new Set([tree.leader?.pid]);
  const seen = [...tree.seen.keys()].map((pid) => table.find(pid)).filter((one) => one !== null);
  for (let size = -1; size !== outer.size;) {
    size = outer.size;
    for (const { pid, parent, session } of seen) {
      if (outer.has(parent) && session === tree.leader?.pid) outer.add(pid);
    }
  }
  const first = seen.find(
    ({ pid, parent, session, dead }) => outer.has(parent) && session === pid && !dead,
  );
  return first?.pid ?? null;
}

/**
 * Reads how the program inside ended off how the sandbox did.
 *
 * @param exit How the sandbox's own process ended.
 * @param stderr The last of what was said.
 * @returns The end.
 */
export function confinedEnd(exit: Exit, stderr: string): ProcessEnd {
  const own = exit.code === 1 ? OWN_WORDS.exec(stderr) : null;
  if (own !== null) {
    return { kind: 'not_started', message: `the sandbox cannot be made: ${own[1] ?? ''}` };
  }
  return { kind: 'exited', ...(exit.code === null ? exit : exitOfStatus(exit.code)) };
}
