import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Names the files that the configuration is read from.
 *
 * @param root - The project's main work tree.
 * @param environment - The environment variables.
 * @returns The project's file, and the person's; `null` where the environment names no home.
 */
export function configPaths(
  root: string,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly project: string; readonly person: string | null } {
  const project = join(root, '.tutti', 'config.yaml');
  const xdg = environment['XDG_CONFIG_HOME'] ?? '';
  const home = environment['HOME'] ?? '';
  // A relative XDG path is invalid by its specification and would depend on the working directory.
  if (isAbsolute(xdg)) return { project, person: join(xdg, 'tutti', 'config.yaml') };
  if (!isAbsolute(home)) return { project, person: null };
  return { project, person: join(home, '.config', 'tutti', 'config.yaml') };
}

/**
 * Finds the folder that holds what is kept on this machine outside any project.
 *
 * @param environment - The environment variables.
 * @returns The folder that `tutti` lies in; an absolute path.
 */
export function stateHome(environment: Readonly<Record<string, string | undefined>>): string {
  const own = environment['TUTTI_HOME'] ?? environment['XDG_STATE_HOME'] ?? '';
  // A relative path would depend on the working directory.
  return isAbsolute(own) ? own : join(environment['HOME'] ?? homedir(), '.local', 'state');
}
