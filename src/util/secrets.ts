// The secrets that one process of tutti knows, and what takes them out of whatever it writes.

import { redactor, streamRedactor } from './redact.ts';
import type { RedactedStream } from './redact.ts';

/** Names of variables that hold secrets. */
const SECRET_NAME =
  /(?:^|_)(?:api_?key|key|token|secret|passwo?r?d|passwd|passphrase|pat|credentials?|auth|pwd)s?(?:_\d+)?$|secret|password|_token_|private_key|access_key|api_?key/iu;
/** Names that only look like it: what they hold is public, or no value of its own. */
const PUBLIC_NAME =
  /^(?:TUTTI_|GPG_KEY$|XAUTHORITY$|PWD$|OLDPWD$)|_(?:file|path|dir|sock|id|url|name)$|^SSH_AUTH/iu;

/** The secrets that are known, and how they are kept out of what is written. */
export interface Secrets {
  /** Learns of more: keys that a command has printed, say. */
  learn(values: readonly string[]): void;
  /** All that are known. */
  known(): readonly string[];
  /** Takes secrets out of a text. */
  redact(text: string): string;
  /** Takes secrets out of every text in a value; what holds none is given back as it is. */
  redactAll<T>(value: T): T;
  /** A stream that takes them out of what goes through it. */
  stream(): RedactedStream;
}

/**
 * Begins with the secrets of an environment: variables whose names say so, and passwords in
 * addresses.
 *
 * @param environment - The environment variables.
 * @returns The secrets.
 */
export function createSecrets(environment: Readonly<Record<string, string | undefined>>): Secrets {
  const known = new Set(secretValues(environment));
  // Made when they are first needed, for most calls write little; made anew when more is known.
  let text: ((text: string) => string) | null = null;
  let stream: (() => RedactedStream) | null = null;
  const redact = (value: string): string => (text ??= redactor([...known]))(value);
  return {
    learn: (values) => {
      const before = known.size;
      for (const value of values) known.add(value);
      if (known.size === before) return;
      text = null;
      stream = null;
    },
    known: () => [...known],
    redact,
    redactAll: (value) => redactIn(value, redact),
    stream: () => (stream ??= streamRedactor([...known]))(),
  };
}

/**
 * Picks the secrets from variables.
 *
 * @param variables - Values by name.
 * @returns What variables hold whose names say that it is secret, and passwords in addresses.
 */
export function secretValues(variables: Readonly<Record<string, string | undefined>>): string[] {
  const values: string[] = [];
  for (const [name, value = ''] of Object.entries(variables)) {
    if (SECRET_NAME.test(name) && !PUBLIC_NAME.test(name)) values.push(value);
    const password = /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:([^\s/@]+)@/iu.exec(value)?.[1];
    if (password !== undefined) values.push(password, unescaped(password));
  }
  return values.filter((value) => value !== '');
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Copies only what changes: most of what goes through here holds no secret. */
function redactIn<T>(value: T, redact: (text: string) => string): T;
function redactIn(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) {
    const entries: readonly unknown[] = value;
    const clean = entries.map((entry) => redactIn(entry, redact));
    return clean.some((entry, at) => entry !== entries[at]) ? clean : entries;
  }
  if (typeof value !== 'object' || value === null) return value;
  let changed = false;
  const clean: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value)) {
    const name = redact(key);
    clean[name] = redactIn(child as unknown, redact);
    changed ||= name !== key || clean[name] !== child;
  }
  return changed ? clean : value;
}
