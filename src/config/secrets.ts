import { secretValues } from '../util/secrets.ts';
import type { Config } from './config.ts';

/**
 * Lists the secrets that a configuration names: variables of runtimes whose names say so, and those
 * that hold the key of a model API or sign what is sent to a webhook, whatever they are called.
 *
 * @param config - The complete configuration.
 * @param environment - The environment variables.
 * @returns Their values.
 */
export function configuredSecrets(
  config: Config,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const found: string[] = [];
  for (const runtime of Object.values(config.runtimes)) {
    if (typeof runtime === 'string') continue;
    const { env, key_env: name } = runtime;
    found.push(...secretValues(env));
    const key = name === null ? undefined : (env[name] ?? environment[name]);
    if (key !== undefined) found.push(key);
  }
  for (const { secret_env: name } of config.notify.webhooks) {
    const secret = name === null ? undefined : environment[name];
    if (secret !== undefined) found.push(secret);
  }
  return found;
}
