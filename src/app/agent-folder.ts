// The agents of a folder, whoever has put them there.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { AgentOrigin } from '../model/agent.ts';
import { readAgentFile } from '../plan/agent-file.ts';
import type { ReadAgent } from '../plan/agent-file.ts';
import { errorCode } from '../util/system-error.ts';

/** More than any agent: what a repository brings could be of any size. */
const LARGEST_FILE = 1_048_576;

/**
 * Reads the agents of a folder.
 *
 * @param folder - The folder; where there is none, there are no agents.
 * @param origin - Whose it is.
 * @returns What each file came to, in the order of their names.
 */
export async function readAgentFolder(folder: string, origin: AgentOrigin): Promise<ReadAgent[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.md')).toSorted();
  return Promise.all(files.map((name) => readFileOf(join(folder, name), origin)));
}

/** A link that a repository brings may lead to a device that never ends. */
async function readFileOf(path: string, origin: AgentOrigin): Promise<ReadAgent> {
  const refuse = (message: string, hint: string): ReadAgent => ({
    ok: false,
    path,
    line: 1,
    message,
    hint,
  });
  try {
    const about = await stat(path);
    if (!about.isFile()) return refuse('not a file', 'move it away');
    if (about.size > LARGEST_FILE) return refuse('larger than 1 MiB', 'keep prompts short');
    return readAgentFile(await readFile(path, 'utf8'), { path, origin });
  } catch (error) {
    const code = errorCode(error) ?? 'no reason';
    return refuse(`cannot be read: ${code}`, 'see that you may read it, or move it away');
  }
}
