// A forge on loopback that answers like GitHub, GitLab or Gitea, as far as tutti asks them: what their
// documentation says of pull requests, with their statuses and words for errors. What is pushed to it
// lands in a real bare repository.

import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { emptyFolder } from './cli/tutti.ts';

/** A pull request as the forge keeps it. */
interface KeptPull {
  readonly number: number;
  title: string;
  body: string;
  readonly head: string;
  readonly base: string;
  state: 'open' | 'closed';
  merged: boolean;
  readonly draft: boolean;
}

/** What was asked of it. */
interface Heard {
  readonly method: string;
  readonly path: string;
  readonly token: string;
}

/** What to do with the next question that fits, instead of answering it. */
interface Trouble {
  readonly method: string;
  /** Before anything was done, or when it was done but nobody was told. */
  readonly when: 'before' | 'after';
  /** `null` = the line breaks. */
  readonly status: number | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A check of the forge, in the words of the tests. */
interface KeptCheck {
  readonly name: string;
  readonly state: 'pending' | 'passed' | 'failed' | 'skipped';
  /** Told by another service, where the forge tells these apart. */
  readonly foreign?: boolean;
}

/** A forge that plays along. */
export interface LoopbackForge {
  /** How its checks stand, question by question; the last answer stays. */
  readonly checks: (readonly KeptCheck[])[];
  readonly url: string;
  readonly pulls: KeptPull[];
  readonly heard: Heard[];
  readonly trouble: Trouble[];
  /** The bare repository that is pushed to. */
  readonly remote: string;
}

const REPOSITORY = 'acme/shop';
/** The only token that it takes. */
export const TOKEN = 'ghp_loopback0123456789abcdefghijklmnopqrs';

type Kind = 'github' | 'gitlab' | 'gitea';

/**
 * Starts a forge and makes it the origin of a project.
 *
 * @param project - The project; its address of origin is `https://HOST/acme/shop.git`.
 * @param kind - What it answers like.
 * @returns The forge; it stops when the test is over.
 */
export async function loopbackForge(
  project: { readonly git: (...args: string[]) => string },
  kind: Kind = 'github',
): Promise<LoopbackForge> {
  const remote = join(emptyFolder(), 'shop.git');
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', remote]);
  const forge: Omit<LoopbackForge, 'url'> = {
    checks: [],
    pulls: [],
    heard: [],
    trouble: [],
    remote,
  };
  const server = createServer((request, response) => {
    void answer(forge, kind, request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  const host = kind === 'github' ? 'github.com' : `${kind}.example.com`;
  project.git('remote', 'add', 'origin', `https://${host}/${REPOSITORY}.git`);
  // Where git really goes; the address above is what tutti reads.
  project.git('config', `url.${remote}.insteadOf`, `https://${host}/${REPOSITORY}.git`);
  project.git('push', '-q', 'origin', 'main');
  return Object.assign(forge, { url: `http://127.0.0.1:${address.port}` });
}

interface Said {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function answer(
  forge: Omit<LoopbackForge, 'url'>,
  kind: Kind,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.setEncoding('utf8');
  let text = '';
  for await (const part of request) text += String(part);
  const method = request.method ?? '';
  const path = request.url ?? '';
  const token = tokenOf(request);
  forge.heard.push({ method, path, token });
  const at = forge.trouble.findIndex((one) => one.method === method);
  const trouble = at === -1 ? undefined : forge.trouble.splice(at, 1)[0];
  if (trouble?.when === 'before') {
    fail(response, trouble);
    return;
  }
  const body: Record<string, unknown> = text === '' ? {} : JSON.parse(text);
  const commit = /\/commits\/([0-9a-f]{40})\//u.exec(path)?.[1];
  const speak = (): Said =>
    commit === undefined
      ? SPOKEN[kind](forge, method, path, body)
      : checksOf(forge, kind, { path, commit });
  const said = token === TOKEN ? speak() : BAD_TOKEN;
  if (trouble !== undefined) fail(response, trouble);
  else send(response, said);
}

const BAD_TOKEN: Said = {
  status: 401,
  body: {
    message: 'Bad credentials',
    documentation_url: 'https://docs.github.com/rest',
    status: '401',
  },
};
const NOT_FOUND: Said = { status: 404, body: { message: 'Not Found' } };

function tokenOf({ headers }: IncomingMessage): string {
  const own = headers['private-token'];
  if (typeof own === 'string') return own;
  return (headers.authorization ?? '').replace(/^(?:Bearer|token) /u, '');
}

/**
 * Forgets every pull request, and the branches that were pushed.
 *
 * @param forge - The forge.
 */
export function startAnew({ pulls, remote }: LoopbackForge): void {
  pulls.length = 0;
  const refs = ['for-each-ref', '--format=delete %(refname)', 'refs/heads/SHOP-*'];
  const input = execFileSync('git', ['-C', remote, ...refs]);
  execFileSync('git', ['-C', remote, 'update-ref', '--stdin'], { input });
}

function send(response: ServerResponse, { status, body, headers }: Said): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
}

function fail(response: ServerResponse, { status, headers = {} }: Trouble): void {
  if (status === null) response.destroy();
  else send(response, { status, body: { message: `trouble ${status}` }, headers });
}

type Speak = (
  forge: Omit<LoopbackForge, 'url'>,
  method: string,
  path: string,
  body: Readonly<Record<string, unknown>>,
) => Said;

const SPOKEN: Readonly<Record<Kind, Speak>> = { github, gitlab, gitea };

function github(
  forge: Parameters<Speak>[0],
  method: string,
  path: string,
  body: Parameters<Speak>[3],
): Said {
  const url = new URL(path, 'http://forge');
  const found = /^\/repos\/acme\/shop\/pulls(?:\/(\d+))?$/u.exec(url.pathname);
  if (found === null) return NOT_FOUND;
  const number = found[1];
  const show = (pull: KeptPull): object => asGithub(forge, pull);
  if (number === undefined && method === 'GET') {
    const [state, head] = [url.searchParams.get('state') ?? 'open', url.searchParams.get('head')];
    const fitting = forge.pulls
      .filter((pull) => state === 'all' || pull.state === state)
      .filter((pull) => head === null || head === `acme:${pull.head}`);
    return { status: 200, body: fitting.toReversed().map(show) };
  }
  if (number === undefined && method === 'POST') {
    const head = String(body['head']).replace(/^acme:/u, '');
    if (forge.pulls.some((pull) => pull.state === 'open' && pull.head === head)) {
      return invalid({
        resource: 'PullRequest',
        code: 'custom',
        message: `A pull request already exists for acme:${head}.`,
      });
    }
    if (commitAt(forge, head) === null) return invalid({ field: 'head', code: 'invalid' });
    return { status: 201, body: show(made(forge, { ...body, head }, body['draft'] === true)) };
  }
  const pull = forge.pulls.find((one) => String(one.number) === number);
  if (pull === undefined) return NOT_FOUND;
  if (method === 'PATCH') change(pull, body['title'], body['body']);
  return { status: 200, body: show(pull) };
}

function invalid(error: object): Said {
  return { status: 422, body: { message: 'Validation Failed', errors: [error], status: '422' } };
}

function gitea(
  forge: Parameters<Speak>[0],
  method: string,
  path: string,
  body: Parameters<Speak>[3],
): Said {
  const url = new URL(path, 'http://forge');
  const found = /^\/repos\/acme\/shop\/pulls(?:\/(\d+))?$/u.exec(url.pathname);
  if (found === null) return NOT_FOUND;
  const show = (pull: KeptPull): object => asGithub(forge, pull);
  if (found[1] === undefined && method === 'GET') {
    const page = Number(url.searchParams.get('page') ?? 1);
    const size = Math.min(2, Number(url.searchParams.get('limit') ?? 30));
    const all = forge.pulls.toReversed().slice((page - 1) * size, page * size);
    return { status: 200, body: all.map(show) };
  }
  if (found[1] === undefined && method === 'POST') {
    if (forge.pulls.some((pull) => pull.state === 'open' && pull.head === body['head'])) {
      return { status: 409, body: { message: 'pull request already exists for these targets' } };
    }
    return { status: 201, body: show(made(forge, body, String(body['title']).startsWith('WIP:'))) };
  }
  const pull = forge.pulls.find((one) => String(one.number) === found[1]);
  if (pull === undefined) return NOT_FOUND;
  if (method === 'PATCH') change(pull, body['title'], body['body']);
  return { status: 200, body: show(pull) };
}

function gitlab(
  forge: Parameters<Speak>[0],
  method: string,
  path: string,
  body: Parameters<Speak>[3],
): Said {
  const url = new URL(path, 'http://forge');
  const found = /^\/projects\/acme%2Fshop\/merge_requests(?:\/(\d+))?$/u.exec(url.pathname);
  if (found === null) return { status: 404, body: { message: '404 Project Not Found' } };
  const show = (pull: KeptPull): object => asGitlab(forge, pull);
  if (found[1] === undefined && method === 'GET') {
    const branch = url.searchParams.get('source_branch');
    return { status: 200, body: forge.pulls.filter(({ head }) => head === branch).map(show) };
  }
  if (found[1] === undefined && method === 'POST') {
    const head = String(body['source_branch']);
    if (forge.pulls.some((pull) => pull.state === 'open' && pull.head === head)) {
      const message = ['Another open merge request already exists for this source branch: !1'];
      return { status: 409, body: { message } };
    }
    const spec = {
      title: body['title'],
      body: body['description'],
      head,
      base: body['target_branch'],
    };
    return {
      status: 201,
      body: show(made(forge, spec, String(body['title']).startsWith('Draft:'))),
    };
  }
  const pull = forge.pulls.find((one) => String(one.number) === found[1]);
  if (pull === undefined) return { status: 404, body: { message: '404 Not found' } };
  if (method === 'PUT') change(pull, body['title'], body['description']);
  return { status: 200, body: show(pull) };
}

const TARGET = 'https://ci.example.com/1';

/** What is said of a commit; of one that was never pushed there is nothing. */
function checksOf(
  forge: Parameters<Speak>[0],
  kind: Kind,
  { path, commit }: { path: string; commit: string },
): Said {
  const pushed = execFileSync('git', [
    '-C',
    forge.remote,
    'for-each-ref',
    '--format=%(objectname)',
  ]);
  if (!pushed.toString().includes(commit)) return { status: 422, body: { message: 'No commit' } };
  const url = new URL(path, 'http://forge');
  const all = forge.checks[0] ?? [];
  const page = Number(url.searchParams.get('page') ?? 1);
  if (kind === 'github' && url.pathname === `/repos/acme/shop/commits/${commit}/check-runs`) {
    const runs = all.filter(({ foreign }) => foreign !== true);
    const shown = runs.slice((page - 1) * 100, page * 100).map((check) => asCheckRun(check));
    return { status: 200, body: { total_count: runs.length, check_runs: shown } };
  }
  if (forge.checks.length > 1 && page === 1) forge.checks.shift();
  const place = `/repos/acme/shop/commits/${commit}/status`;
  if (kind === 'github' && url.pathname === place) {
    const words = { pending: 'pending', passed: 'success', failed: 'failure', skipped: 'success' };
    const statuses = all.filter(({ foreign }) => foreign === true);
    const shown = statuses.slice((page - 1) * 100, page * 100).map(({ name, state }) => ({
      context: name,
      state: words[state],
      target_url: TARGET,
    }));
    return {
      status: 200,
      body: { state: 'pending', total_count: statuses.length, statuses: shown },
    };
  }
  if (kind === 'gitea' && url.pathname === place) {
    const words = { pending: 'pending', passed: 'success', failed: 'failure', skipped: 'skipped' };
    const shown = all
      .slice((page - 1) * 40, page * 40)
      .map(({ name, state }) => ({ context: name, status: words[state], target_url: TARGET }));
    return { status: 200, body: { state: 'pending', statuses: all.length === 0 ? null : shown } };
  }
  const words = { pending: 'running', passed: 'success', failed: 'failed', skipped: 'manual' };
  const shown = all
    .slice((page - 1) * 100, page * 100)
    .map(({ name, state }) => ({ name, status: words[state], target_url: TARGET }));
  return kind === 'gitlab' &&
    url.pathname === `/projects/acme%2Fshop/repository/commits/${commit}/statuses`
    ? { status: 200, body: shown }
    : NOT_FOUND;
}

function asCheckRun({ name, state }: KeptCheck): object {
  const conclusions = { pending: null, passed: 'success', failed: 'timed_out', skipped: 'neutral' };
  return {
    id: 1,
    name,
    status: state === 'pending' ? 'in_progress' : 'completed',
    conclusion: conclusions[state],
    html_url: `https://github.com/acme/shop/runs/${encodeURIComponent(name)}`,
  };
}

function made(
  forge: Parameters<Speak>[0],
  body: Readonly<Record<string, unknown>>,
  draft: boolean,
): KeptPull {
  const pull: KeptPull = {
    number: forge.pulls.length + 1,
    title: String(body['title']),
    body: typeof body['body'] === 'string' ? body['body'] : '',
    head: String(body['head']),
    base: String(body['base']),
    state: 'open',
    merged: false,
    draft,
  };
  forge.pulls.push(pull);
  return pull;
}

function change(pull: KeptPull, title: unknown, body: unknown): void {
  if (typeof title === 'string') pull.title = title;
  if (typeof body === 'string') pull.body = body;
}

/** Where a branch of its repository is. */
function commitAt({ remote }: Parameters<Speak>[0], branch: string): string | null {
  const args = ['-C', remote, 'for-each-ref', '--format=%(objectname)', `refs/heads/${branch}`];
  return execFileSync('git', args, { encoding: 'utf8' }).trim() || null;
}

const MERGED_AT = '2026-01-02T03:04:05Z';

function asGithub(forge: Parameters<Speak>[0], pull: KeptPull): object {
  const { number, title, body, state, draft, merged } = pull;
  return {
    id: number * 1000,
    node_id: `PR_${number}`,
    url: `https://api.github.com/repos/acme/shop/pulls/${number}`,
    html_url: `https://github.com/acme/shop/pull/${number}`,
    number,
    title,
    body: body === '' ? null : body,
    state: merged ? 'closed' : state,
    draft,
    user: { login: 'octocat', id: 1, type: 'User' },
    created_at: MERGED_AT,
    updated_at: MERGED_AT,
    merged_at: merged ? MERGED_AT : null,
    head: { label: `acme:${pull.head}`, ref: pull.head, sha: commitAt(forge, pull.head) ?? '' },
    base: { label: `acme:${pull.base}`, ref: pull.base, sha: commitAt(forge, pull.base) ?? '' },
  };
}

function asGitlab(forge: Parameters<Speak>[0], pull: KeptPull): object {
  const { number, title, body, state, draft, merged } = pull;
  const open = state === 'open' ? 'opened' : 'closed';
  return {
    id: number * 1000,
    iid: number,
    project_id: 3,
    title,
    description: body,
    state: merged ? 'merged' : open,
    draft,
    work_in_progress: draft,
    source_branch: pull.head,
    target_branch: pull.base,
    sha: commitAt(forge, pull.head),
    merged_at: merged ? MERGED_AT : null,
    web_url: `https://gitlab.example.com/acme/shop/-/merge_requests/${number}`,
  };
}
