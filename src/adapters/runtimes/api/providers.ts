// The providers of model APIs as far as they can be known without loading anything.

import type { ApiProvider, ApiSettings } from '../../../model/settings.ts';

/** The variables that hold a provider's key, the usual one first. */
const KEY_VARIABLES: Readonly<Record<ApiProvider, readonly string[]>> = {
  anthropic: ['ANTHROPIC_API_KEY'],
  openai: ['OPENAI_API_KEY'],
  'openai-compatible': ['OPENAI_COMPATIBLE_API_KEY'],
  google: ['GOOGLE_GENERATIVE_AI_API_KEY', 'GEMINI_API_KEY', 'GOOGLE_API_KEY'],
};

/**
 * Names the variables in which a key is looked for.
 *
 * @param api - How the API is called.
 * @returns The names, the first that is set counts.
 */
export function keyVariables(api: ApiSettings): readonly string[] {
  return api.keyEnv === null ? KEY_VARIABLES[api.provider] : [api.keyEnv];
}

/**
 * Looks for the key.
 *
 * @param api - How the API is called.
 * @param environments - Where to look, the first one that has it counts.
 * @returns The key; `null` = there is none.
 */
export function findKey(
  api: ApiSettings,
  environments: readonly Readonly<Record<string, string | undefined>>[],
): string | null {
  for (const environment of environments) {
    for (const name of keyVariables(api)) {
      const value = environment[name]?.trim() ?? '';
      if (value !== '') return value;
    }
  }
  return null;
}

/**
 * Tells whether a call can be made without a key: servers of one's own often want none.
 *
 * @param api - How the API is called.
 * @returns Whether to go on without one.
 */
export function needsNoKey({ provider, keyEnv }: ApiSettings): boolean {
  return provider === 'openai-compatible' && keyEnv === null;
}

/** Every variable that may hold a provider's key: no command that an agent runs is to see one. */
export const ALL_KEY_VARIABLES: readonly string[] = Object.values(KEY_VARIABLES).flat();

const ADDRESSES: Readonly<Record<ApiProvider, string>> = {
  anthropic: 'https://api.anthropic.com',
  openai: 'https://api.openai.com',
  'openai-compatible': '',
  google: 'https://generativelanguage.googleapis.com',
};

/**
 * Names where the API is, for what lets nothing else through.
 *
 * @param api - How the API is called.
 * @returns `host:port`.
 */
export function endpointOf({ provider, baseUrl }: ApiSettings): string {
  const { hostname, port, protocol } = new URL(baseUrl ?? ADDRESSES[provider]);
  return `${hostname}:${port || (protocol === 'http:' ? '80' : '443')}`;
}
