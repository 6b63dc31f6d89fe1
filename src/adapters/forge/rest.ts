// Asks a forge by REST: JSON both ways, one time limit, one answer for each way it can go wrong.

import type { z } from 'zod';

import type { ForgeAnswer, ForgeProblem } from '../../ports/forge.ts';
import { packageVersion } from '../../util/package-version.ts';
import { parseJson } from '../../util/parse-json.ts';

/** Where a repository is, and who asks. */
export interface ForgePlace {
  /** The root of the API, without a slash at its end. */
  readonly api: string;
  /** The repository as the forge names it: `owner/name`, of GitLab also deeper. */
  readonly repository: string;
  /** Where the branch was pushed to: the same, or a fork of it. */
  readonly from: string;
  readonly token: string;
  /** The variables that hold the token, for whoever has to set one. */
  readonly tokenNames: readonly string[];
}

/** One question. */
export interface ForgeRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  /** After the root of the API, with its query. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** How the forge wants to be asked, the token among it. */
  readonly headers: Readonly<Record<string, string>>;
}

const TIME_LIMIT_MS = 30_000;
const ANSWER_LIMIT = 8 * 1024 * 1024;

/**
 * Asks a forge.
 *
 * @param place - Where it is.
 * @param request - What is asked.
 * @returns The JSON that it answered, or what went wrong.
 */
export async function askForge(
  place: ForgePlace,
  request: ForgeRequest,
): Promise<ForgeAnswer<unknown>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${place.api}${request.path}`, {
      method: request.method,
      headers: {
        'User-Agent': `tutti/${packageVersion()}`,
        ...(request.body !== undefined && { 'Content-Type': 'application/json' }),
        ...request.headers,
      },
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
      // A forge that moved would turn a question to write into one to read: better to hear of it.
      redirect: request.method === 'GET' ? 'follow' : 'manual',
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    });
    text = await bounded(response);
  } catch (error) {
    return { ok: false, problem: unreachable(place, causeOf(error)) };
  }
  if (!response.ok) return { ok: false, problem: problemOf(place, response, text) };
  const value = parseJson(text);
  if (value !== undefined) return { ok: true, value };
  return { ok: false, problem: unreachable(place, 'its answer is not JSON') };
}

async function bounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  if (response.body === null) return '';
  const body: AsyncIterable<Uint8Array> = response.body;
  for await (const part of body) {
    size += part.length;
    if (size > ANSWER_LIMIT) throw new Error('its answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** What `fetch` says is only that it failed; why is underneath. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${TIME_LIMIT_MS / 1000} seconds`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function unreachable({ api }: ForgePlace, why: string): ForgeProblem {
  const hint = 'see whether the address is right (forge.api_url), then give the command again';
  return { code: 'unreachable', message: `${api} was not reached: ${why}`, hint };
}

function problemOf(place: ForgePlace, response: Response, text: string): ForgeProblem {
  const { status, headers } = response;
  const said = saidIn(text);
  const message = `${place.api} answered ${status}${said === '' ? '' : `: ${said}`}`;
  const names = place.tokenNames.join(' or ');
  if (isRateLimited(response)) {
    return { code: 'rate_limited', message, hint: waitHint(headers) };
  }
  if (status === 401 || status === 403) {
    const hint = `the token in ${names} must be allowed to write pull requests of ${place.repository}`;
    return { code: 'auth', message, hint };
  }
  if (status === 404) {
    const hint = `is it "${place.repository}", and may the token in ${names} see it?`;
    return { code: 'not_found', message, hint };
  }
  if (status === 409 || (status === 422 && /already exists/iu.test(said))) {
    return { code: 'exists', message, hint: 'look at it there' };
  }
  if (status >= 300 && status < 400) {
    const to = headers.get('location') ?? 'elsewhere';
    const hint = `correct the address of the remote: git remote set-url`;
    return { code: 'refused', message: `${place.repository} has moved to ${to}`, hint };
  }
  if (status >= 500) return unreachable(place, message);
  return { code: 'refused', message, hint: 'mend what it names, then give the command again' };
}

/** GitHub says 403 where others say 429. */
function isRateLimited({ status, headers }: Response): boolean {
  const spent = headers.get('x-ratelimit-remaining') === '0' || headers.has('retry-after');
  return status === 429 || (status === 403 && spent);
}

function waitHint(headers: Headers): string {
  const secs = Number(headers.get('retry-after') ?? Number.NaN);
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  if (Number.isFinite(secs)) return `give the command again in ${Math.ceil(secs / 60)} min`;
  if (!Number.isFinite(reset)) return 'give the command again later';
  return `give the command again after ${new Date(reset * 1000).toISOString()}`;
}

const SAID_LIMIT = 500;

/** The words of an error: forges say them in a few ways. */
function saidIn(text: string): string {
  const words: string[] = [];
  const collect = (from: unknown, depth: number): void => {
    if (typeof from === 'string') words.push(from);
    else if (Array.isArray(from)) for (const one of from) collect(one, depth);
    else if (typeof from === 'object' && from !== null && depth < 3) {
      for (const [name, one] of Object.entries(from)) {
        if (['message', 'messages', 'error', 'errors', 'error_description'].includes(name)) {
          collect(one, depth + 1);
        }
      }
    }
  };
  collect(parseJson(text), 0);
  return words.join('; ').slice(0, SAID_LIMIT);
}

/** So many pages of checks nobody has. */
const MOST_PAGES = 20;

/**
 * Reads a list page by page. One that does not end is none: what is not read may have failed.
 *
 * @param size - How many a page has that is not the last one.
 * @param read - Reads a page, from 1 on.
 * @returns All that is in the list.
 */
export async function readPages<T>(
  size: number,
  read: (page: number) => Promise<ForgeAnswer<readonly T[]>>,
): Promise<ForgeAnswer<readonly T[]>> {
  const all: T[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const found = await read(page);
    if (!found.ok) return found;
    all.push(...found.value);
    if (found.value.length < size) return { ok: true, value: all };
  }
  const problem = {
    code: 'refused',
    message: `the forge tells of more than ${all.length} checks, so nobody can say that all have passed`,
    hint: 'look at them there',
  } as const;
  return { ok: false, problem };
}

/**
 * Reads what a forge answered.
 *
 * @param shape - What it should be.
 * @param said - What it was.
 * @returns The answer, or that it is none that is understood.
 */
export function readAs<T>(shape: z.ZodType<T>, said: ForgeAnswer<unknown>): ForgeAnswer<T> {
  if (!said.ok) return said;
  const read = shape.safeParse(said.value);
  if (read.success) return { ok: true, value: read.data };
  const where = read.error.issues[0]?.path.join('.') ?? '';
  const problem = {
    code: 'refused',
    message: `the forge answered something else than pull requests${where === '' ? '' : ` (${where})`}`,
    hint: 'see whether forge.kind and forge.api_url name the right one',
  } as const;
  return { ok: false, problem };
}
