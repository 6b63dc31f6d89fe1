// Hides secrets in what is shown of the configuration. What it hides is decided by names and shapes,
// so it errs on the side of hiding.

import { isRecord } from '../util/is-record.ts';

const MASK = '***';
/** Names of keys, variables and options that hold secrets. */
const SECRET =
  /secret|token|passw|api[-_]?key|access[-_]?key|private[-_]?key|credential|authorization/iu;
/** Keys whose names look secret and are not: names and numbers of things. */
const PUBLIC: ReadonlySet<string> = new Set(['secret_env', 'tokens', 'key_command']);
/** Tokens of well-known providers, wherever they stand. */
const TOKEN = /\b(?:sk|pk|rk|ghp|gho|ghs|ghu|github_pat|glpat|xox[abprs])[-_][A-Za-z0-9_-]{8,}/gu;

/**
 * Hides the secrets in a configuration: values under secret-looking names, environment values of
 * runtimes, passwords and secret parameters in addresses, the paths of webhooks.
 *
 * @param value - The configuration, or a part of it.
 * @returns The same shape with `***` for what is secret.
 */
export function maskSecrets(value: unknown): unknown {
  return mask(value, []);
}

function mask(value: unknown, keys: readonly string[]): unknown {
  if (Array.isArray(value)) {
    return value.map((entry: unknown, index) =>
      isSecretOption(value[index - 1]) && typeof entry === 'string' ? MASK : mask(entry, keys),
    );
  }
  if (isRecord(value)) {
    const masked: Record<string, unknown> = {};
    for (const [key, child] of Object.entries(value)) {
      const path = [...keys, key];
      masked[key] = hides(path) && typeof child === 'string' ? MASK : mask(child, path);
    }
    return masked;
  }
  return typeof value === 'string' ? maskText(value, keys) : value;
}

/**
 * Tells whether a text under these keys is secret whatever it says.
 *
 * @param keys - The way to it.
 * @returns Whether to hide all of it.
 */
function hides(keys: readonly string[]): boolean {
  const key = keys.at(-1) ?? '';
  if (keys[0] === 'runtimes' && keys[2] === 'env') return true;
  return SECRET.test(key) && !PUBLIC.has(key);
}

/**
 * Tells whether an argument is an option whose value is the next argument.
 *
 * @param argument - One of a list.
 * @returns Whether what follows is secret.
 */
function isSecretOption(argument: unknown): boolean {
  return typeof argument === 'string' && /^--?[\w-]+$/u.test(argument) && SECRET.test(argument);
}

function maskText(text: string, keys: readonly string[]): string {
  if (keys.includes('webhooks') && keys.at(-1) === 'url') {
    // The path of a webhook's address is often all that protects it.
    return text.replace(/^(https?:\/\/)(?:[^/@]*@)?([^/?#]*).*$/su, `$1$2/${MASK}`);
  }
  return text
    .replace(/(:\/\/[^\s/:@]*):[^\s/@]*@/gu, `$1:${MASK}@`)
    .replace(TOKEN, MASK)
    .replace(/\b(bearer|basic)\s+\S+/giu, `$1 ${MASK}`)
    .replace(/([\w-]+)=([^\s&]+)/gu, (whole: string, name: string) =>
      SECRET.test(name) ? `${name}=${MASK}` : whole,
    );
}
