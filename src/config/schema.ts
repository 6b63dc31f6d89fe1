// The whole file: every key with its type, its range and its default. Rules that concern several
// keys at once are in rules.ts.

import { z } from 'zod';

import { PROJECT_KEY } from '../model/key.ts';
import { API_PROVIDERS } from '../model/settings.ts';
import { EVENT_TYPES } from '../model/transitions.ts';
import type { Config } from './config.ts';
import { orchestrationSchema } from './orchestration-schema.ts';
import {
  branch,
  branchPrefix,
  count,
  insidePath,
  name,
  secs,
  text,
  variable,
  webAddress,
} from './values.ts';

const days = count(1, 36_500).nullable();
const megabytes = count(16, 16_777_216);
const list = z.array(name).max(1000);

const project = z.strictObject({
  key: z
    .string()
    .regex(PROJECT_KEY, 'must be an upper-case word such as SHOP, at most 16 characters')
    .nullable()
    .default(null),
  base_branch: branch.nullable().default(null),
  branch_prefix: branchPrefix.default(''),
});

const runtime = z.strictObject({
  model: text.nullable().default(null),
  max_parallel: count(1, 1000).nullable().default(null),
  starts_per_minute: count(1, 10_000).nullable().default(null),
  binary: text.nullable().default(null),
  // An empty argument is an argument.
  args: z.array(z.string().max(10_000)).max(1000).default([]),
  env: z.record(variable, z.string().max(100_000)).default({}),
  timeout: secs.nullable().default(null),
  protocol: z.enum(['acp', 'api']).nullable().default(null),
  provider: z.enum(API_PROVIDERS).nullable().default(null),
  base_url: webAddress.nullable().default(null),
  key_env: variable.nullable().default(null),
  max_steps: count(1, 10_000).default(200),
  key_command: z
    .union([text, z.array(text).min(1).max(1000)])
    .nullable()
    .default(null),
  trust_project_config: z.boolean().default(false),
});

const subagent = z.strictObject({
  id: name,
  specialization: name,
  max_concurrent_issues: count(1, 1000).default(1),
  capabilities: list.default([]),
});

const check = z
  .strictObject({
    name,
    kind: z.enum(['command', 'forge']).optional(),
    run: text.optional(),
    timeout: secs.optional(),
    report: z.union([insidePath, z.array(insidePath).max(20)]).optional(),
    fewer_tests: z.enum(['report', 'fail', 'ignore']).optional(),
  })
  // Before what a forge runs has begun, others may have to be over.
  .transform((said) => ({
    ...said,
    timeout: said.timeout ?? (said.kind === 'forge' ? 1800 : 600),
  }));

const workspace = z.strictObject({
  mode: z.enum(['clone', 'worktree', 'none']).default('clone'),
  dir: text.nullable().default(null),
  max: count(1, 1000).default(10),
  setup: z.array(text).max(100).default([]),
  copy: z.array(insidePath).max(1000).default([]),
  warm: z.array(insidePath).max(100).default([]),
  env: z
    .array(variable)
    .max(1000)
    .default(['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TERM', 'TZ']),
  git_filters: list.default([]),
  // Secrets are looked for in all of it.
  max_file_mb: count(1, 512).default(100),
});

const webhook = z.strictObject({
  url: webAddress,
  secret_env: variable.nullable().default(null),
  events: z
    .array(z.enum(['*', ...EVENT_TYPES]))
    .max(100)
    .default([]),
});

const forgeKind = z.enum(['github', 'gitlab', 'gitea', 'forgejo']);
const host = z
  .string()
  .regex(/^[a-z\d.-]+(?::\d+)?$/u, 'must be a host such as git.example.com, in lower case');

const usdPerMillion = z.number().min(0).max(1_000_000);

const price = z.strictObject({
  input: usdPerMillion,
  output: usdPerMillion,
  cached: usdPerMillion.nullable().default(null),
});

/** The configuration: reads what a source says, gives it with every default filled in. */
export const configSchema: z.ZodType<Config> = z.strictObject({
  project: project.prefault({}),
  orchestration: orchestrationSchema.prefault({}),
  agents: z
    .strictObject({
      catalogues: z.array(z.enum(['core', 'domain'])).default(['core']),
      max_parallel: z.record(name, count(1, 1000)).default({}),
    })
    .prefault({}),
  runtimes: z
    .object({ default: text.default('claude') })
    .catchall(runtime)
    .prefault({ claude: { model: 'sonnet' } }),
  subagents: z.array(subagent).max(1000).default([]),
  checks: z.array(check).max(100).default([]),
  workspace: workspace.prefault({}),
  limits: z
    .strictObject({
      memory_mb: megabytes.nullable().default(null),
      processes: count(1, 1_000_000).default(512),
      disk_mb: megabytes.default(4096),
    })
    .prefault({}),
  budget: z
    .strictObject({
      usd: z.number().min(0).max(1_000_000_000).nullable().default(null),
      tokens: count(0, Number.MAX_SAFE_INTEGER).nullable().default(null),
      hard: z.boolean().default(true),
    })
    .prefault({}),
  prices: z.record(text, price).default({}),
  sandbox: z
    .strictObject({
      mode: z.enum(['auto', 'on', 'off']).default('auto'),
      network: z.enum(['full', 'loopback', 'none']).default('full'),
      read: z.array(text).max(1000).default([]),
      write: z.array(text).max(1000).default([]),
    })
    .prefault({}),
  integrate: z
    .strictObject({
      batch: count(1, 1000).default(8),
      parallel: count(1, 1000).nullable().default(null),
      base_updates: z.enum(['when_idle', 'at_end', 'never']).default('when_idle'),
      flaky_retries: count(0, 100).default(1),
    })
    .prefault({}),
  forge: z
    .strictObject({
      kind: forgeKind.nullable().default(null),
      draft: z.boolean().default(true),
      api_url: webAddress.nullable().default(null),
      hosts: z.record(host, forgeKind).default({}),
    })
    .prefault({}),
  notify: z.strictObject({ webhooks: z.array(webhook).max(100).default([]) }).prefault({}),
  retention: z
    .strictObject({
      kept_refs_days: days.default(30),
      logs_days: days.default(90),
      runs_days: days.default(null),
    })
    .prefault({}),
  coordinator: z.strictObject({ lease_secs: count(1, 3600).default(15) }).prefault({}),
});
