// GitLab, gitlab.com or one's own, by its REST API (version 4).

import { z } from 'zod';

import type {
  CommitStatus,
  Forge,
  ForgeAnswer,
  PullRequest,
  PullRequestSpec,
} from '../../ports/forge.ts';
import { askForge, readAs, readPages } from './rest.ts';
import type { ForgePlace, ForgeRequest } from './rest.ts';

const STATES = { opened: 'open', closed: 'closed', locked: 'closed', merged: 'merged' } as const;

const shape = z
  .object({
    iid: z.int(),
    web_url: z.url(),
    state: z.enum(['opened', 'closed', 'locked', 'merged']),
    draft: z.boolean().default(false),
    title: z.string(),
    description: z.string().nullable(),
    merged_at: z.string().nullable().default(null),
    sha: z.string().nullable().default(null),
  })
  .transform((said): PullRequest => ({
    number: said.iid,
    url: said.web_url,
    state: STATES[said.state],
    draft: said.draft,
    title: said.title,
    body: said.description ?? '',
    head: said.sha ?? '',
    mergedAt: said.merged_at === null ? null : Date.parse(said.merged_at),
  }));
const list = z.array(shape);

/** How a job stands; what is not named has failed. A job that waits for a person runs when they want it. */
const JOBS: Readonly<Partial<Record<string, CommitStatus['state']>>> = {
  success: 'passed',
  skipped: 'skipped',
  manual: 'skipped',
  created: 'pending',
  waiting_for_resource: 'pending',
  preparing: 'pending',
  pending: 'pending',
  running: 'pending',
  scheduled: 'pending',
};
const statuses = z.array(
  z
    .object({
      name: z.string(),
      status: z.string(),
      allow_failure: z.boolean().default(false),
      target_url: z.string().nullable().default(null),
    })
    .transform(({ name, status, allow_failure: mayFail, target_url: url }): CommitStatus => {
      const state = JOBS[status] ?? 'failed';
      return { name, state: state === 'failed' && mayFail ? 'skipped' : state, url };
    }),
);

/**
 * Makes a repository of GitLab reachable.
 *
 * @param place - Where it is.
 * @returns The repository.
 */
export function createGitlab(place: ForgePlace): Forge {
  const { repository, from, token } = place;
  const root = `/projects/${encodeURIComponent(repository)}/merge_requests`;
  // A merge request of a fork is made in the fork.
  const source = `/projects/${encodeURIComponent(from)}/merge_requests`;
  const ask = (request: Omit<ForgeRequest, 'headers'>): Promise<ForgeAnswer<unknown>> =>
    askForge(place, { ...request, headers: { 'PRIVATE-TOKEN': token } });
  return {
    async pullRequests(branch) {
      const query = `source_branch=${encodeURIComponent(branch)}&state=all&per_page=100`;
      return readAs(list, await ask({ method: 'GET', path: `${root}?${query}` }));
    },
    async open(spec) {
      const target = from === repository ? {} : { target_project_id: await idOf(ask, repository) };
      const body = { ...bodyOf(spec), ...target };
      return readAs(shape, await ask({ method: 'POST', path: source, body }));
    },
    async statuses(commit) {
      const of = `/projects/${encodeURIComponent(from)}/repository/commits/${encodeURIComponent(commit)}`;
      return await readPages(100, async (page) => {
        const path = `${of}/statuses?per_page=100&page=${page}`;
        return readAs(statuses, await ask({ method: 'GET', path }));
      });
    },
    async rewrite(number, body) {
      const path = `${root}/${number}`;
      return readAs(shape, await ask({ method: 'PUT', path, body: { description: body } }));
    },
  };
}

/** A draft is one by its title. */
function bodyOf({ branch, base, title, body, draft }: PullRequestSpec): Record<string, unknown> {
  return {
    source_branch: branch,
    target_branch: base,
    title: draft ? `Draft: ${title}` : title,
    description: body,
  };
}

const project = z.object({ id: z.int() });

async function idOf(
  ask: (request: Omit<ForgeRequest, 'headers'>) => Promise<ForgeAnswer<unknown>>,
  repository: string,
): Promise<number | null> {
  const path = `/projects/${encodeURIComponent(repository)}`;
  const said = readAs(project, await ask({ method: 'GET', path }));
  return said.ok ? said.value.id : null;
}
