// Calls by way of a web proxy: a company's, or the relay of a sandbox that lets nothing else through.
// Node's own `fetch` takes no notice of the variables that name it.

import { request as requestPlain } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { Socket } from 'node:net';
import { connect as secure } from 'node:tls';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Makes a `fetch` that goes by the proxy that the environment names.
 *
 * @param environment - Its `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
 * @returns As `fetch`, for what the SDK asks: an address, a text, and an answer that comes in pieces.
 */
export function fetchByProxy(environment: Environment): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const proxy = proxyOf(url, environment);
    if (proxy === null) return fetch(input, init);
    const body = Buffer.from(await request.arrayBuffer());
    const answer = await ask(request, { url, proxy, body });
    const headers = Object.entries(answer.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().join(', ')] as [string, string]],
    );
    const status = answer.statusCode ?? 502;
    const isBare = status === 204 || status === 304;
    return new Response(isBare ? null : streamOf(answer), { status, headers });
  };
}

/**
 * Chooses the proxy for an address.
 *
 * @param url - The address.
 * @param environment - The environment.
 * @returns The proxy's address; `null` = none.
 */
export function proxyOf({ protocol, hostname, port }: URL, environment: Environment): URL | null {
  const of = (name: string): string =>
    environment[name.toLowerCase()] ?? environment[name.toUpperCase()] ?? '';
  const named = of(protocol === 'https:' ? 'https_proxy' : 'http_proxy') || of('all_proxy');
  const direct = of('no_proxy')
    .split(/[\s,]+/u)
    .some((entry) => {
      const [host = '', only] = entry.replace(/^\*?\./u, '').split(/:(?=\d+$)/u);
      if (host === '' || (only !== undefined && only !== port)) return entry === '*';
      return host === '*' || hostname === host || hostname.endsWith(`.${host}`);
    });
  if (named === '' || direct) return null;
  try {
    const proxy = new URL(named.includes('://') ? named : `http://${named}`);
    return proxy.protocol === 'http:' ? proxy : null;
  } catch {
    return null;
  }
}

interface Way {
  readonly url: URL;
  readonly proxy: URL;
  readonly body: Buffer;
}

async function ask(request: Request, way: Way): Promise<IncomingMessage> {
  const { url, proxy, body } = way;
  const headers = {
    ...Object.fromEntries(request.headers),
    host: url.host,
    'content-length': String(body.length),
  };
  const { method, signal } = request;
  if (url.protocol === 'http:') {
    // The proxy is told the whole address.
    const all = { ...headers, ...loginOf(proxy) };
    return send(
      requestPlain,
      { ...placeOf(proxy), path: url.href, method, signal, headers: all },
      body,
    );
  }
  const socket = await tunnel(way, signal);
  const options = {
    path: `${url.pathname}${url.search}`,
    method,
    signal,
    headers,
    // Only without an agent it is asked for the connection.
    createConnection: () =>
      secure({ socket, servername: url.hostname, ALPNProtocols: ['http/1.1'] }),
  };
  return send(requestSecure, options, body);
}

function send(
  begin: typeof requestPlain,
  options: RequestOptions,
  body: Buffer,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    begin(options, resolve).on('error', reject).end(body);
  });
}

/** A connection to the address itself, which the proxy only hands on. */
function tunnel({ url, proxy }: Way, signal: AbortSignal): Promise<Socket> {
  const path = `${url.hostname}:${url.port || '443'}`;
  const headers = { host: path, ...loginOf(proxy) };
  return new Promise((resolve, reject) => {
    requestPlain({ ...placeOf(proxy), method: 'CONNECT', path, signal, headers })
      .on('connect', ({ statusCode }, socket: Socket) => {
        if (statusCode === 200) resolve(socket);
        else {
          socket.destroy();
          reject(new Error(`the proxy ${proxy.host} does not let ${path} through (${statusCode})`));
        }
      })
      .on('error', reject)
      .end();
  });
}

function placeOf({ hostname, port }: URL): { readonly host: string; readonly port: number } {
  return { host: hostname.replaceAll(/[[\]]/gu, ''), port: Number(port || '80') };
}

function loginOf({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
}

/** The answer as it comes, with the types of the web. */
function streamOf(answer: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks: AsyncIterable<unknown> = answer;
  return new ReadableStream({
    start: async (controller) => {
      try {
        for await (const chunk of chunks) {
          if (chunk instanceof Uint8Array) controller.enqueue(chunk);
        }
        controller.close();
      } catch (error) {
        controller.error(error);
      }
    },
    cancel: () => {
      answer.destroy();
    },
  });
}
