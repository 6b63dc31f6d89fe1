import { secretValues } from '../util/secrets.ts';
import type { Config } from './config.ts';

/**
 * Lists the secrets that stand in a configuration: variables of runtimes whose names say so.
 *
 * @param config - The complete configuration.
 * @returns Their values.
 */
export function configuredSecrets(config: Config): string[] {
  return Object.values(config.runtimes).flatMap((runtime) =>
    typeof runtime === 'string' ? [] : secretValues(runtime.env),
  );
}
