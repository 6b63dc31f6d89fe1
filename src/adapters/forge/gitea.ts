// Gitea and Forgejo (Codeberg), by the REST API that they share (version 1).

import { z } from 'zod';

import type { CommitStatus, Forge, ForgeAnswer, PullRequest } from '../../ports/forge.ts';
import { readPullRequest, readPullRequests } from './pull-request-json.ts';
import { askForge, readAs, readPages } from './rest.ts';
import type { ForgePlace, ForgeRequest } from './rest.ts';

/** Its list knows no filter by branch: the newest so many are looked through. */
const PAGES = 10;
const PAGE_SIZE = 50;

/** How a status stands; what is not named has failed. */
const STATES: Readonly<Partial<Record<string, CommitStatus['state']>>> = {
  success: 'passed',
  warning: 'passed',
  skipped: 'skipped',
  pending: 'pending',
};
/** Where there is none yet, older servers write `null` for the list. */
const combined = z
  .object({
    statuses: z
      .array(
        z
          .object({
            context: z.string(),
            status: z.string(),
            target_url: z.string().nullable().default(null),
          })
          .transform(({ context: name, status, target_url: url }): CommitStatus => ({
            name,
            state: STATES[status] ?? 'failed',
            url,
          })),
      )
      .nullable(),
  })
  .transform((said) => said.statuses ?? []);

/**
 * Makes a repository of Gitea or Forgejo reachable.
 *
 * @param place - Where it is.
 * @returns The repository.
 */
export function createGitea(place: ForgePlace): Forge {
  const repository = `/repos/${place.repository.split('/').map(encodeURIComponent).join('/')}`;
  const root = `${repository}/pulls`;
  const ask = (request: Omit<ForgeRequest, 'headers'>): Promise<ForgeAnswer<unknown>> =>
    askForge(place, {
      ...request,
      headers: { Authorization: `token ${place.token}` },
    });
  return {
    async pullRequests(branch) {
      const all: PullRequest[] = [];
      for (let page = 1; page <= PAGES; page += 1) {
        const path = `${root}?state=all&sort=recentupdate&limit=${PAGE_SIZE}&page=${page}`;
        const found = readPullRequests(await ask({ method: 'GET', path }));
        if (!found.ok) return found;
        all.push(...found.value.filter((one) => one.branch === branch));
        // A server may give fewer a page than it was asked for.
        if (found.value.length === 0) break;
      }
      return { ok: true, value: all };
    },
    async open({ branch, base, title, body, draft }) {
      const owner = place.from.split('/')[0] ?? '';
      const head = place.from === place.repository ? branch : `${owner}:${branch}`;
      const spec = { head, base, title: draft ? `WIP: ${title}` : title, body };
      return readPullRequest(await ask({ method: 'POST', path: root, body: spec }));
    },
    async statuses(commit) {
      const of = `${repository}/commits/${encodeURIComponent(commit)}`;
      // Here too a server may give fewer a page: only an empty one is the last.
      return await readPages(1, async (page) => {
        const path = `${of}/status?limit=${PAGE_SIZE}&page=${page}`;
        return readAs(combined, await ask({ method: 'GET', path }));
      });
    },
    async rewrite(number, body) {
      return readPullRequest(
        await ask({ method: 'PATCH', path: `${root}/${number}`, body: { body } }),
      );
    },
  };
}
