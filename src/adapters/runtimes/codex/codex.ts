// Codex as a person has it installed, one process an attempt. Every flag was tried with 0.169.0; what
// it does otherwise than one would think is said where it is met.

import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { NO_USAGE } from '../../../model/attempt.ts';
import type { RuntimeSettings } from '../../../model/settings.ts';
import { specialistFor, type Specialist } from '../../../model/specialist.ts';
import type { AgentRuntime, AttemptSpec, RuntimeFeatures } from '../../../ports/agent-runtime.ts';
import type { Confinement } from '../../../ports/sandbox.ts';
import type { CliStart } from '../cli-session.ts';
import {
  createInstalledCli,
  type InstalledCli,
  type InstalledCliOptions,
  type Invocation,
} from '../installed-cli.ts';
import { ownFolder, putFile } from '../own-files.ts';
import type { ProgramLook } from '../probe-program.ts';
import { strictSchema } from '../strict-schema.ts';
import { codexEnvironment, codexPerson, codexUsed, codexVariables, keyVariables } from './home.ts';
import { CODEX_LOG_IN } from './outcome.ts';
import { CodexReader, isCodexSession } from './reader.ts';

const FEATURES: RuntimeFeatures = {
  structuredOutput: true,
  cost: false,
  resume: true,
  permissions: false,
  systemPrompt: true,
  toolList: false,
};

/** How to get Codex. */
const INSTALL =
  'Install Codex: npm install -g @openai/codex (or set runtimes.codex.binary to where it is).';

/** Linux takes no single argument above 128 KiB; an agent's prompt above this goes on stdin. */
const MAX_ARGUMENT_BYTES = 100_000;

const CODEX: InstalledCli = {
  id: 'codex',
  features: FEATURES,
  install: INSTALL,
  isSession: isCodexSession,
  start: codexStart,
  look: codexLook,
};

/**
 * Makes the runtime of Codex.
 *
 * @param options - What it is made of.
 * @returns The runtime.
 */
export function createCodexRuntime(options: InstalledCliOptions): AgentRuntime {
  return createInstalledCli(CODEX, options);
}

/**
 * The program that npm installs is a script that starts the real one and passes nothing on when it
 * is killed: the real one is started instead, where it lies beside it.
 */
function nativeProgram(path: string): string {
  const { platform, arch } = process;
  const triple = `${arch === 'arm64' ? 'aarch64' : 'x86_64'}-${
    platform === 'darwin' ? 'apple-darwin' : 'unknown-linux-musl'
  }`;
  const own = join('vendor', triple, 'bin', 'codex');
  try {
    const real = realpathSync(path);
    if (!real.endsWith(join('codex', 'bin', 'codex.js'))) return path;
    const root = dirname(dirname(real));
    const name = `codex-${platform}-${arch}`;
    const places = [
      join(root, 'node_modules', '@openai', name, own),
      join(dirname(root), name, own),
      join(root, own),
    ];
    return places.find((place) => existsSync(place)) ?? path;
  } catch {
    return path;
  }
}

function codexStart(spec: AttemptSpec, invocation: Invocation): CliStart {
  const { environment, resumed } = invocation;
  const used = (session: string): ReturnType<typeof codexUsed> => codexUsed(spec.homeDir, session);
  const env = codexEnvironment(spec, environment);
  const schemaPath = writeSchema(spec);
  const reader = new CodexReader({
    used,
    before: (resumed === null ? null : used(resumed)) ?? NO_USAGE,
    answers: schemaPath !== null,
  });
  const stage = { id: 'codex', features: FEATURES };
  const specialist = specialistFor(spec.agent, stage, spec.settings.model);
  const words = specialist.systemPrompt ?? '';
  const fits = Buffer.byteLength(words) <= MAX_ARGUMENT_BYTES;
  return {
    argv: [
      nativeProgram(invocation.path),
      'exec',
      ...codexArguments(spec, fits ? specialist : { ...specialist, systemPrompt: null }),
      ...(schemaPath === null ? [] : [`--output-schema=${schemaPath}`]),
      ...spec.settings.args,
      // What stands behind `resume` is its own: it knows neither a sandbox nor a schema.
      ...(resumed === null ? [] : ['resume', resumed]),
      // The prompt comes on stdin, where it has no limit and is never an option.
      '-',
    ],
    env,
    stdin: fits ? spec.prompt : `${words}\n\n${spec.prompt}`,
    reader,
    hint: INSTALL,
    confine: specialist.may.write ? (spec.confine ?? null) : readOnly(spec),
    // What it knows of a session goes with the task's folder: then the work starts afresh.
    ...(resumed !== null && {
      instead: (stderr: string) =>
        reader.sessionId === null &&
        /no rollout found|session not found|no saved session/iu.test(stderr)
          ? codexStart(spec, { ...invocation, resumed: null })
          : null,
    }),
  };
}

function codexArguments(spec: AttemptSpec, { systemPrompt, may }: Specialist): string[] {
  const config = [
    'analytics.enabled=false',
    'otel.metrics_exporter="none"',
    'features.plugins=false',
    'check_for_update_on_startup=false',
    // Keys are for Codex, not for the commands it runs.
    'shell_environment_policy.ignore_default_excludes=false',
    'sandbox_workspace_write.exclude_slash_tmp=true',
    // Else what lies in the repository's `.codex` counts for nothing. A path has dots: as a key of its
    // own it would be taken apart at them.
    ...(spec.settings.trustProject === true
      ? [`projects={${tomlText(spec.cwd)}={trust_level="trusted"}}`]
      : []),
    // What it publishes.
    ...(spec.env['TUTTI_OUTBOX'] === undefined
      ? []
      : [`sandbox_workspace_write.writable_roots=[${tomlText(spec.env['TUTTI_OUTBOX'])}]`]),
    ...(may.browse ? [] : ['web_search="disabled"']),
    ...(systemPrompt === null ? [] : [`developer_instructions=${tomlText(systemPrompt)}`]),
  ];
  const sandbox = may.write ? 'workspace-write' : 'read-only';
  // Inside of ours its own would stand in the way: no patch applies, no command runs, and it says
  // nothing of it. Then ours also keeps from writing who must not.
  const isFree = (spec.confine ?? null) !== null || (spec.fullPermissions && may.write);
  return [
    '--json',
    '--skip-git-repo-check',
    ...(spec.model === null ? [] : [`--model=${spec.model}`]),
    ...config.flatMap((setting) => ['-c', setting]),
    ...(may.run ? [] : ['--disable', 'shell_tool', '--disable', 'unified_exec']),
    ...(isFree ? ['--dangerously-bypass-approvals-and-sandbox'] : ['--sandbox', sandbox]),
  ];
}

/** The sandbox of an agent that only looks: its workspace is there, but not to be written. */
function readOnly({ confine, cwd }: AttemptSpec): Confinement | null {
  if (confine === undefined || confine === null) return null;
  const write = confine.write.filter((path) => path !== cwd);
  return { ...confine, write, read: [...confine.read, cwd] };
}

/** A text as TOML writes it: nearly as JSON does, but with no lone halves of characters. */
function tomlText(text: string): string {
  const whole = Buffer.from(text.replaceAll('\0', ''), 'utf8').toString('utf8');
  return JSON.stringify(whole).replaceAll('\u007f', String.raw`\u007F`);
}

/** Schemas that take anything have no form that OpenAI takes: then the prompt says what is wanted. */
function writeSchema(spec: AttemptSpec): string | null {
  const schema = spec.schema === null ? null : strictSchema(spec.schema);
  if (schema === null) return null;
  const path = join(ownFolder(spec.homeDir, 'codex'), 'answer-schema.json');
  putFile(path, JSON.stringify(schema));
  return path;
}

function codexLook(
  settings: RuntimeSettings,
  environment: Invocation['environment'],
  path: string,
): ProgramLook {
  const person = codexPerson(environment);
  const { HOME = '', PATH = '' } = environment;
  const env = { HOME, PATH, ...codexVariables(environment, person.config), ...settings.env };
  const loggedIn = isLoggedIn(env, person);
  const hint = loggedIn === false ? CODEX_LOG_IN : null;
  return { env, asked: nativeProgram(path), loggedIn, hint };
}

/** Only evidence counts: a provider may need no key, and a login may lie in a keyring. */
function isLoggedIn(
  env: Readonly<Record<string, string>>,
  { folder, config }: ReturnType<typeof codexPerson>,
): boolean | null {
  const keys = ['CODEX_API_KEY', 'CODEX_ACCESS_TOKEN', ...keyVariables(config)];
  if (keys.some((name) => (env[name] ?? '') !== '')) return true;
  if (existsSync(join(folder, 'auth.json'))) return true;
  return /^\s*(?:model_provider|cli_auth_credentials_store|oss_provider)\s*=/mu.test(config)
    ? null
    : false;
}
