// An agent is a specialist: a name, when to use it, a prompt, and what it may use.

/** Where an agent's definition comes from; a later origin hides an earlier one of the same name. */
export type AgentOrigin =
  /** The catalogue `core`, which comes with tutti. */
  | 'built-in'
  /** The catalogue `domain`, which comes with it too. */
  | 'domain'
  /** The project's `.claude/agents`. */
  | 'claude'
  /** The project's `.tutti/agents`. */
  | 'project'
  /** The person's own, beside their configuration. */
  | 'person';

/** A specialist definition. */
export interface Agent {
  readonly name: string;
  /** When to use it, in a sentence. */
  readonly description: string;
  /** Its system prompt. */
  readonly prompt: string;
  /** Tool names of Claude Code; `null` = all. */
  readonly tools: readonly string[] | null;
  readonly model: string | null;
  readonly runtime: string | null;
  readonly capabilities: readonly string[];
  readonly origin: AgentOrigin;
  /** The file it was read from. */
  readonly path: string;
  /** What else its front matter says, which nothing here goes by. */
  readonly ignored?: readonly string[];
}
