// GitHub, github.com or one's own, by its REST API (version 2022-11-28).

import { z } from 'zod';

import type { CommitStatus, Forge, ForgeAnswer, PullRequestSpec } from '../../ports/forge.ts';
import { readPullRequest, readPullRequests } from './pull-request-json.ts';
import { askForge, readAs, readPages } from './rest.ts';
import type { ForgePlace, ForgeRequest } from './rest.ts';

/** How a check run that is over has ended; what is not named has failed. */
const CONCLUSIONS: Readonly<Partial<Record<string, CommitStatus['state']>>> = {
  success: 'passed',
  neutral: 'skipped',
  skipped: 'skipped',
};
const STATES: Readonly<Partial<Record<string, CommitStatus['state']>>> = {
  success: 'passed',
  pending: 'pending',
};

const checkRuns = z
  .object({
    check_runs: z.array(
      z
        .object({
          name: z.string(),
          status: z.string(),
          conclusion: z.string().nullable(),
          html_url: z.string().nullable().default(null),
        })
        .transform(({ name, status, conclusion, html_url: url }): CommitStatus => {
          const isOver = status === 'completed';
          return {
            name,
            state: isOver ? (CONCLUSIONS[conclusion ?? ''] ?? 'failed') : 'pending',
            url,
          };
        }),
    ),
  })
  .transform((said) => said.check_runs);
const combined = z
  .object({
    statuses: z.array(
      z
        .object({
          context: z.string(),
          state: z.string(),
          target_url: z.string().nullable().default(null),
        })
        .transform(({ context: name, state, target_url: url }): CommitStatus => ({
          name,
          state: STATES[state] ?? 'failed',
          url,
        })),
    ),
  })
  .transform((said) => said.statuses);

/**
 * Makes a repository of GitHub reachable.
 *
 * @param place - Where it is.
 * @returns The repository.
 */
export function createGithub(place: ForgePlace): Forge {
  const repository = `/repos/${place.repository.split('/').map(encodeURIComponent).join('/')}`;
  const root = `${repository}/pulls`;
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
    async statuses(commit) {
      const of = `${repository}/commits/${encodeURIComponent(commit)}`;
      const runs = await readPages(100, async (page) => {
        const path = `${of}/check-runs?filter=latest&per_page=100&page=${page}`;
        return readAs(checkRuns, await ask({ method: 'GET', path }));
      });
      if (!runs.ok) return runs;
      // What other services say is told apart from what runs on GitHub itself.
      const others = await readPages(100, async (page) => {
        const path = `${of}/status?per_page=100&page=${page}`;
        return readAs(combined, await ask({ method: 'GET', path }));
      });
      return others.ok ? { ok: true, value: [...runs.value, ...others.value] } : others;
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
