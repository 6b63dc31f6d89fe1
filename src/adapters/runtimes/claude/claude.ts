// Claude Code as a person has it installed, one process an attempt. Every flag was tried with
// 2.1.197; what it does otherwise than one would think is said where it is met.

import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';

import { specialistFor } from '../../../model/specialist.ts';
import type { AgentRuntime, AttemptSpec, RuntimeFeatures } from '../../../ports/agent-runtime.ts';
import type { CliStart } from '../cli-session.ts';
import {
  createInstalledCli,
  type InstalledCli,
  type InstalledCliOptions,
  type Invocation,
} from '../installed-cli.ts';
import { moreVisible } from '../more-visible.ts';
import { claudeVariables } from './environment.ts';
import { claudeLook, INSTALL_CLAUDE } from './probe.ts';
import { ClaudeReader, isSessionId } from './reader.ts';

const CLAUDE_FEATURES: RuntimeFeatures = {
  structuredOutput: true,
  cost: true,
  resume: true,
  systemPrompt: true,
  toolList: true,
  permissions: false,
  onlyAnswers: true,
};

/** Linux takes no single argument above 128 KiB; an agent's prompt above this goes on stdin. */
const MAX_ARGUMENT_BYTES = 100_000;

// They would move the work elsewhere or put it off, and nobody would be there to see it.
const UNWANTED_TOOLS = 'EnterWorktree,CronCreate,ScheduleWakeup';

const CLAUDE: InstalledCli = {
  id: 'claude',
  features: CLAUDE_FEATURES,
  install: INSTALL_CLAUDE,
  isSession: isSessionId,
  start: claudeStart,
  look: claudeLook,
};

/**
 * Makes the runtime of Claude Code.
 *
 * @param options - What it is made of.
 * @returns The runtime.
 */
export function createClaudeRuntime(options: InstalledCliOptions): AgentRuntime {
  return createInstalledCli(CLAUDE, options);
}

/** Of the person's own folder: the login, which Claude Code renews, and the settings. */
function claudeVisible(
  spec: AttemptSpec,
  env: Readonly<Record<string, string>>,
): ReturnType<typeof moreVisible> {
  const own = env['CLAUDE_CONFIG_DIR'];
  if (own !== undefined) return moreVisible(spec, { write: [own] });
  const folder = join(env['HOME'] ?? homedir(), '.claude');
  const login = join(folder, '.credentials.json');
  return moreVisible(spec, { write: [login], read: [join(folder, 'settings.json')] });
}

/** In the sandbox it may do whatever that lets it do. */
function isFree({ fullPermissions, confine }: AttemptSpec): boolean {
  return fullPermissions || (confine ?? null) !== null;
}

function claudeStart(spec: AttemptSpec, invocation: Invocation): CliStart {
  const { path, resumed } = invocation;
  const env = claudeEnvironment(spec, invocation.environment);
  const reader = new ClaudeReader();
  const inArguments = Buffer.byteLength(spec.agent.prompt) <= MAX_ARGUMENT_BYTES;
  return {
    argv: [path, ...claudeArguments(spec, { resumed, inArguments })],
    env,
    confine: claudeVisible(spec, env),
    stdin: claudePrompt(inArguments ? spec.prompt : `${spec.agent.prompt}\n\n${spec.prompt}`),
    reader,
    hint: INSTALL_CLAUDE,
    // Sessions are bound to a path and are cleaned up after a while: then the work starts afresh.
    ...(resumed !== null && {
      instead: () =>
        reader.sessionUnknown ? claudeStart(spec, { ...invocation, resumed: null }) : null,
    }),
  };
}

/**
 * The prompt comes on stdin, where it has no limit and is never an option. One that begins with a
 * slash would be a command of Claude Code itself, unless something stands before it.
 */
function claudePrompt(prompt: string): string {
  return prompt.startsWith('/') ? `\n${prompt}` : prompt;
}

function claudeArguments(
  spec: AttemptSpec,
  how: { readonly resumed: string | null; readonly inArguments: boolean },
): string[] {
  // Rules in settings and not in --allowedTools: that one splits what it gets at commas and spaces.
  const settings = {
    permissions: { allow: [...spec.allowedCommands.map(allowRule), ...exchangeRules(spec)] },
  };
  const { agent, schema } = spec;
  const stage = { id: 'claude', features: CLAUDE_FEATURES };
  const { model: own, systemPrompt, tools } = specialistFor(agent, stage, spec.settings.model);
  const model = spec.model ?? own;
  // Text of others is joined to its flag by `=`: it must not become an option.
  return [
    '--print',
    '--output-format=stream-json',
    '--verbose',
    `--permission-mode=${isFree(spec) ? 'bypassPermissions' : 'acceptEdits'}`,
    // The repository's own servers, hooks and settings could run anything.
    ...(spec.settings.trustProject === true
      ? ['--setting-sources=user,project']
      : ['--strict-mcp-config', '--setting-sources=user']),
    `--settings=${JSON.stringify(settings)}`,
    `--disallowedTools=${UNWANTED_TOOLS}`,
    ...(spec.budgetUsd === null ? [] : [`--max-budget-usd=${spec.budgetUsd}`]),
    ...(how.resumed === null ? [] : [`--resume=${how.resumed}`]),
    ...(model === null ? [] : [`--model=${model}`]),
    ...(systemPrompt === null || !how.inArguments
      ? []
      : [`--append-system-prompt=${systemPrompt.replaceAll('\0', '')}`]),
    ...(tools === null ? [] : [`--tools=${tools.allowed.join(',')}`]),
    ...(schema === null ? [] : [`--json-schema=${JSON.stringify(schema)}`]),
    // Nobody goes on with it.
    ...(spec.answer === 'summary' ? ['--no-session-persistence'] : []),
    ...spec.settings.args,
  ];
}

/**
 * It reads what others published, and publishes. By rules: in a folder that is added as a whole it
 * would look for skills, whoever put them there.
 */
function exchangeRules({ env }: AttemptSpec): string[] {
  const [artifacts, outbox] = [env['TUTTI_ARTIFACTS'], env['TUTTI_OUTBOX']];
  return [
    ...(artifacts === undefined ? [] : [`Read(/${artifacts}/**)`]),
    ...(outbox === undefined ? [] : [`Read(/${outbox}/**)`, `Edit(/${outbox}/**)`]),
  ];
}

/** Allows a command and the same with more arguments; parts joined by `&&` are judged one by one. */
function allowRule(command: string): string {
  return `Bash(${command.trim()}:*)`;
}

function claudeEnvironment(
  spec: AttemptSpec,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const own = claudeVariables(environment);
  const isRoot = isFree(spec) && userInfo().uid === 0;
  return {
    CLAUDE_CODE_MAX_RETRIES: '3',
    // Else every `@/some/path` in the prompt, whoever wrote it, is replaced by that file's content.
    CLAUDE_CODE_DISABLE_ATTACHMENTS: '1',
    // Notes that an agent leaves in the person's home would reach all later ones, unread by anybody.
    CLAUDE_CODE_DISABLE_AUTO_MEMORY: '1',
    ...own,
    ...spec.env,
    // The login lies in the person's home.
    ...(own['HOME'] !== undefined && { HOME: own['HOME'] }),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
    // Root is refused full permissions, unless it says that this is a sandbox.
    ...(isRoot && { IS_SANDBOX: '1' }),
    ...spec.settings.env,
  };
}
