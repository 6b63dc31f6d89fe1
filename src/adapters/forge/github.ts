// GitHub, github.com or one's own, by its REST API (version 2022-11-28).

import type { Forge, ForgeAnswer, PullRequestSpec } from '../../ports/forge.ts';
import { readPullRequest, readPullRequests } from './pull-request-json.ts';
import { askForge } from './rest.ts';
import type { ForgePlace, ForgeRequest } from './rest.ts';

/**
 * Makes a repository of GitHub reachable.
 *
 * @param place - Where it is.
 * @returns The repository.
 */
export function createGithub(place: ForgePlace): Forge {
  const root = `/repos/${place.repository.split('/').map(encodeURIComponent).join('/')}/pulls`;
  const owner = place.from.split('/')[0] ?? '';
  const ask = (request: Omit<ForgeRequest, 'headers'>): Promise<ForgeAnswer<unknown>> =>
    askForge(place, { ...request, headers: headersOf(place) });
  const open = ({ branch, ...spec }: PullRequestSpec): Promise<ForgeAnswer<unknown>> =>
    ask({ method: 'POST', path: root, body: { ...spec, head: `${owner}:${branch}` } });
  return {
    async pullRequests(branch) {
      const head = encodeURIComponent(`${owner}:${branch}`);
      const path = `${root}?head=${head}&state=all&per_page=100`;
      const found = readPullRequests(await ask({ method: 'GET', path }));
      // With an owner that it does not know GitHub leaves the filter out.
      return found.ok
        ? { ok: true, value: found.value.filter((one) => one.branch === branch) }
        : found;
    },
    async open(spec) {
      const opened = await open(spec);
      // Private repositories of some plans know no drafts.
      const noDrafts = !opened.ok && spec.draft && /draft/iu.test(opened.problem.message);
      return readPullRequest(noDrafts ? await open({ ...spec, draft: false }) : opened);
    },
    async rewrite(number, body) {
      return readPullRequest(
        await ask({ method: 'PATCH', path: `${root}/${number}`, body: { body } }),
      );
    },
  };
}

function headersOf({ token }: ForgePlace): Readonly<Record<string, string>> {
  return {
    Accept: 'application/vnd.github+json',
    'X-GitHub-Api-Version': '2022-11-28',
    Authorization: `Bearer ${token}`,
  };
}
