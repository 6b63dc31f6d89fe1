// Where models are: what a runtime still reaches when `sandbox.network` cuts the rest.

/** The hosts of well-known providers and of their logins. */
const USUAL = [
  'api.anthropic.com',
  'console.anthropic.com',
  'platform.claude.com',
  'api.openai.com',
  'auth.openai.com',
  'chatgpt.com',
  'generativelanguage.googleapis.com',
  'cloudcode-pa.googleapis.com',
  'oauth2.googleapis.com',
  'openrouter.ai',
  'opencode.ai',
  'models.dev',
].map((host) => `${host}:443`);
/** Names of variables that hold the address of an API. */
const ADDRESS = /(?:_URL|_URI|_ENDPOINT|_BASE|_HOST)$/u;
const URL_IN = /https?:\/\/[^\s"'\\,}]+/gu;

/**
 * Lists the endpoints of models that a runtime may need.
 *
 * @param env - The environment of its process.
 * @param settings - Texts of the person's own configuration that may hold addresses.
 * @returns Each as `host:port`.
 */
export function endpointsOf(
  env: Readonly<Record<string, string>>,
  settings: readonly string[],
): string[] {
  const variables = Object.entries(env).filter(([name]) => ADDRESS.test(name));
  const texts = [...variables.map(([, value]) => value), ...settings];
  const own = texts.flatMap((text) => text.match(URL_IN) ?? []).flatMap(endpointOf);
  return [...new Set([...own, ...USUAL])];
}

function endpointOf(address: string): string[] {
  if (!URL.canParse(address)) return [];
  const { hostname, port, protocol } = new URL(address);
  return [`${hostname}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`];
}
