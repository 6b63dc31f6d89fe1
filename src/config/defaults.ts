import type { Config } from './config.ts';
import { configSchema } from './schema.ts';

/** What holds where no source says anything; the values themselves stand in the schema. */
export const DEFAULTS: Config = configSchema.parse({});

/** The runtimes that need no configuration. */
export const BUILT_IN_RUNTIMES: readonly string[] = [
  'claude',
  'codex',
  'gemini',
  'opencode',
  'acp',
  'api',
  'command',
  'scripted',
];
