import type { Forge } from '../../ports/forge.ts';
import { createGitea } from './gitea.ts';
import { createGithub } from './github.ts';
import { createGitlab } from './gitlab.ts';
import type { ForgePlace } from './rest.ts';

/** A repository of a forge, by the forge's kind. */
const FORGES: Readonly<Record<string, (place: ForgePlace) => Forge>> = {
  github: createGithub,
  gitlab: createGitlab,
  gitea: createGitea,
  forgejo: createGitea,
};

/**
 * Makes a repository of a forge reachable.
 *
 * @param kind - The forge's kind, one of the configuration's.
 * @param place - Where it is.
 * @returns The repository.
 */
export function createForge(kind: string, place: ForgePlace): Forge {
  return (FORGES[kind] ?? createGithub)(place);
}
