// Tells a webhook by a POST of JSON, signed as https://www.standardwebhooks.com describes: who receives
// it checks `webhook-signature` over `webhook-id`, `webhook-timestamp` and the body.

import { createHmac } from 'node:crypto';

import type { Notice, Notifier, Told } from '../../ports/notifier.ts';
import { packageVersion } from '../../util/package-version.ts';

const TIME_LIMIT_MS = 10_000;
/** Statuses of a client's mistake that may be none a moment later. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Makes the notifier that tells webhooks.
 *
 * @returns The notifier.
 */
export function createWebhooks(): Notifier {
  return { tell };
}

async function tell({ url, secret, id, at, body }: Notice, signal: AbortSignal): Promise<Told> {
  const timestamp = String(Math.floor(at / 1000));
  const { address, authorization } = apart(url);
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: {
        ...(authorization !== null && { authorization }),
        'content-type': 'application/json',
        'user-agent': `tutti/${packageVersion()}`,
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        ...(secret !== null && {
          'webhook-signature': signature(secret, `${id}.${timestamp}.${body}`),
        }),
      },
      body,
      // Whoever moved it would hear what was not meant for them.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]),
    });
    await response.body?.cancel();
    return judged(response);
  } catch (error) {
    const why = causeOf(error);
    // The path of such an address is often its key.
    return { kind: 'unreached', why: why.includes(address) ? 'it was not reached' : why };
  }
}

/** `fetch` refuses an address that names a user: that goes into a header of its own. */
function apart(url: string): { readonly address: string; readonly authorization: string | null } {
  const parsed = new URL(url);
  const user = [parsed.username, parsed.password].map(decoded).join(':');
  parsed.username = '';
  parsed.password = '';
  const authorization = user === ':' ? null : `Basic ${Buffer.from(user).toString('base64')}`;
  return { address: parsed.href, authorization };
}

/** A lone `%` is one that nobody has encoded. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function judged({ ok, status }: Response): Told {
  if (ok) return { kind: 'told' };
  const why = `it answered ${status}`;
  const isFinal = status >= 300 && status < 500 && !PASSING.has(status);
  return { kind: isFinal ? 'refused' : 'unreached', why };
}

function signature(secret: string, signed: string): string {
  const key = secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret);
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}

/** What `fetch` says is only that it failed; why is underneath. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it was not reached';
  if (error.name === 'TimeoutError') return `no answer within ${TIME_LIMIT_MS / 1000} seconds`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
