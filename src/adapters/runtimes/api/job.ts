// What our own agent is told on its standard input: one JSON document. The key comes this way too, for
// what stands in an environment or on a command line can be read by every command it runs.

import { z } from 'zod';

import { API_PROVIDERS } from '../../../model/settings.ts';
import type { ApiProvider } from '../../../model/settings.ts';

/** Everything one attempt needs. */
export interface ApiJob {
  readonly provider: ApiProvider;
  readonly model: string;
  /** `null` = the provider's own address. */
  readonly baseUrl: string | null;
  readonly key: string;
  /** The name of the agent, and its own words. */
  readonly system: string;
  readonly prompt: string;
  /** Names of tools; `null` = all. */
  readonly tools: readonly string[] | null;
  /** Every command may be run; else only the allowed ones. */
  readonly everyCommand: boolean;
  readonly allowedCommands: readonly string[];
  /** The shape of the answer; `null` = plain text. */
  readonly schema: Readonly<Record<string, unknown>> | null;
  /** Whether plain text will do where there is a shape. */
  readonly plainAnswer: boolean;
  /** Where sessions are kept; `null` = nowhere. */
  readonly sessions: string | null;
  /** The session to go on with. */
  readonly sessionId: string | null;
  readonly maxSteps: number;
  /** Input and output together, what is read from a cache not counted; `null` = any number. */
  readonly maxTokens: number | null;
}

const texts = z.array(z.string());

/** Reads what came in. */
export const jobSchema: z.ZodType<ApiJob> = z.strictObject({
  provider: z.enum(API_PROVIDERS),
  model: z.string(),
  baseUrl: z.string().nullable(),
  key: z.string(),
  system: z.string(),
  prompt: z.string(),
  tools: texts.nullable(),
  everyCommand: z.boolean(),
  allowedCommands: texts,
  schema: z.record(z.string(), z.unknown()).nullable(),
  plainAnswer: z.boolean(),
  sessions: z.string().nullable(),
  sessionId: z.string().nullable(),
  maxSteps: z.int(),
  maxTokens: z.int().nullable(),
});
