import { secretValues } from '../util/secrets.ts';
import type { Config } from './config.ts';

/**
 * Lists the secrets that a configuration names: variables of runtimes whose names say so, and those
 * that hold the key of a model API, whatever they are called.
 *
 * @param config - The complete configuration.
 * @param environment - The environment variables.
 * @returns Their values.
 */
export function configuredSecrets(
  config: Config,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  return Object.values(config.runtimes).flatMap((runtime) => {
    if (typeof runtime === 'string') return [];
    const { env, key_env: name } = runtime;
    const key = name === null ? undefined : (env[name] ?? environment[name]);
    return [...secretValues(env), ...(key === undefined ? [] : [key])];
  });
}
