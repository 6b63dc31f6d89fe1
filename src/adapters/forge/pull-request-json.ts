// A pull request as GitHub writes it, and Gitea after it.

import { z } from 'zod';

import type { ForgeAnswer, PullRequest } from '../../ports/forge.ts';
import { readAs } from './rest.ts';

const shape = z
  .object({
    number: z.int(),
    html_url: z.url(),
    state: z.enum(['open', 'closed']),
    draft: z.boolean().default(false),
    title: z.string(),
    body: z.string().nullable(),
    merged_at: z.string().nullable().default(null),
    head: z.object({ ref: z.string(), sha: z.string() }),
  })
  .transform((said): PullRequest & { readonly branch: string } => ({
    number: said.number,
    url: said.html_url,
    state: said.merged_at === null ? said.state : 'merged',
    draft: said.draft,
    title: said.title,
    body: said.body ?? '',
    branch: said.head.ref,
    head: said.head.sha,
    mergedAt: said.merged_at === null ? null : Date.parse(said.merged_at),
  }));
const list = z.array(shape);

/**
 * Reads one pull request.
 *
 * @param said - What the forge answered.
 * @returns The pull request, or what went wrong.
 */
export function readPullRequest(said: ForgeAnswer<unknown>): ForgeAnswer<PullRequest> {
  return readAs(shape, said);
}

/**
 * Reads a list of pull requests.
 *
 * @param said - What the forge answered.
 * @returns The pull requests, each with its branch, or what went wrong.
 */
export function readPullRequests(
  said: ForgeAnswer<unknown>,
): ForgeAnswer<readonly (PullRequest & { readonly branch: string })[]> {
  return readAs(list, said);
}
