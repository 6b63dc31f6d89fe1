// A runtime is how an agent is executed: a coding CLI, a model API, a plain command.

import type { Agent } from '../model/agent.ts';
import type { AgentReport, ProcessIdentity, Usage } from '../model/attempt.ts';
import type { Failure } from '../model/failure.ts';
import type { RuntimeSettings } from '../model/settings.ts';
import type { ProcessLimits } from './process.ts';
import type { Confinement } from './sandbox.ts';

/** What a runtime can do by itself; what it cannot is done around it or said. */
export interface RuntimeFeatures {
  readonly structuredOutput: boolean;
  readonly cost: boolean;
  readonly resume: boolean;
  readonly systemPrompt: boolean;
  readonly toolList: boolean;
  /** Whether it asks while it works what it may do, and waits for the answer. */
  readonly permissions: boolean;
  /** Whether an empty list of tools leaves it none, so that it can be made to only answer. */
  readonly onlyAnswers?: boolean;
}

/** What looking for a runtime found. */
export interface RuntimeProbe {
  readonly id: string;
  readonly found: boolean;
  /** `false` = there is nothing to look for: only the configuration can say what it is. */
  readonly configured?: boolean;
  readonly version: string | null;
  readonly path: string | null;
  /** `null` = cannot be told without spending anything. */
  readonly loggedIn: boolean | null;
  readonly features: RuntimeFeatures;
  /** What to install or set, where something is missing. */
  readonly hint: string | null;
}

/** The answer an attempt has to give. */
type AnswerKind = 'work' | 'plan' | 'summary' | 'review';

/** What an agent is to do, and within what. */
export interface AttemptSpec {
  /** The attempt's key. */
  readonly attempt: string;
  readonly agent: Agent;
  /** What to do, complete. */
  readonly prompt: string;
  /** The argument vector of a `command` task. */
  readonly command: readonly string[] | null;
  readonly answer: AnswerKind;
  /** The JSON schema of the answer. */
  readonly schema: Readonly<Record<string, unknown>> | null;
  /** The session of the attempt before, to be continued where the runtime can. */
  readonly sessionId: string | null;
  readonly cwd: string;
  /**
   * A private folder of the task, which all its attempts share: what the runtime itself remembers
   * goes there, so that a session can be continued. It lies outside the workspace and the
   * repository, is there before the start (of a task without a workspace it need not be) and goes
   * when the task needs it no more.
   */
  readonly homeDir: string;
  /** What its processes may see and do; `null` = there is no sandbox. A runtime adds what it needs. */
  readonly confine?: Confinement | null;
  /** The environment an attempt sees; the runtime adds what it needs itself. */
  readonly env: Readonly<Record<string, string>>;
  readonly mark: string;
  readonly settings: RuntimeSettings;
  readonly model: string | null;
  /** Commands it may run without asking: the approved checks. */
  readonly allowedCommands: readonly string[];
  readonly fullPermissions: boolean;
  /** Where a structured answer may be written. */
  readonly resultPath: string;
  readonly logPath: string;
  readonly logLimitBytes: number;
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number | null;
  readonly limits: ProcessLimits;
  /** What it may cost, US dollars; a runtime that can stops there by itself. */
  readonly budgetUsd: number | null;
  /** The same in tokens, as budgets count them. */
  readonly budgetTokens: number | null;
  /** See `ProcessSpec.mayStart`. */
  readonly mayStart: (identity: ProcessIdentity | null) => Promise<boolean>;
}

/** What an agent does, as it does it. */
export type AgentEvent =
  | { readonly type: 'session'; readonly sessionId: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_use'; readonly name: string; readonly summary: string }
  | { readonly type: 'tool_result'; readonly ok: boolean }
  | { readonly type: 'usage'; readonly tokens: Usage; readonly costUsd: number | null }
  | { readonly type: 'denied'; readonly tool: string; readonly summary: string }
  /** It wants to do what no rule allows, and does nothing until `answer` says whether it may. */
  | {
      readonly type: 'permission';
      readonly id: string;
      readonly tool: string;
      readonly summary: string;
    };

/** How an attempt ended, as far as its runtime can tell. */
export interface AttemptResult {
  /** `null` when it did what it was told, as far as it says. */
  readonly failure: Failure | null;
  /** Whether it was ended by `stop` or by the signal: then `failure` says nothing. */
  readonly stopped: boolean;
  /** What it answered to the schema, unread; `undefined` = no structured answer. */
  readonly structured: unknown;
  /** What is wrong with a `work` answer that cannot be read, or with a `review`, which must be there. */
  readonly invalid?: string;
  /** The report of a `work` answer; for others the text that came with it. */
  readonly report: AgentReport;
  readonly sessionId: string | null;
  readonly tokens: Usage;
  /** `null` = it has a price, and nobody knows how much of it was used. */
  readonly costUsd: number | null;
}

/** An agent at work. */
export interface Session {
  /** What it does, as it does it; ends before `result` resolves. Need not be read. */
  readonly events: AsyncIterable<AgentEvent>;
  /** Resolves when its whole process tree is gone; never rejects. */
  readonly result: Promise<AttemptResult>;
  /** Ends it; see `SupervisedProcess.stop`. */
  stop(): void;
  /** Answers a `permission` by its id; one that is not open does nothing. */
  answer(id: string, allow: boolean): void;
}

/** How agents are executed. */
export interface AgentRuntime {
  readonly id: string;
  readonly features: RuntimeFeatures;
  /** Looks for the program without starting a session or spending anything. */
  probe(settings: RuntimeSettings): Promise<RuntimeProbe>;
  start(spec: AttemptSpec): Session;
}
