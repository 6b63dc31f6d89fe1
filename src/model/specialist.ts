// One definition of a specialist for every runtime: what of an agent's file a runtime is given, in
// its own words, and what of it the runtime cannot honour. Nothing is dropped without a note.

import type { Agent } from './agent.ts';
import { toolsOfRuntime } from './tool-names.ts';
import type { RuntimeTools } from './tool-names.ts';

/** The runtime that is to play an agent; every `AgentRuntime` is one. */
export interface Stage {
  readonly id: string;
  readonly features: {
    readonly systemPrompt: boolean;
    readonly toolList: boolean;
    /** Whether it asks while it works what it may do. */
    readonly permissions?: boolean;
  };
}

/** What an agent may do, whatever its tools are called. */
export interface Abilities {
  readonly write: boolean;
  readonly run: boolean;
  readonly browse: boolean;
}

/** An agent as one runtime takes it. */
export interface Specialist {
  /** `null` = it has none, or its words stand at the head of the prompt. */
  readonly systemPrompt: string | null;
  /** `null` = the runtime's own default. */
  readonly model: string | null;
  /** In the runtime's own names; `null` = all, or there can be no list. */
  readonly tools: {
    readonly allowed: readonly string[];
    /** The runtime's known tools that are not allowed, for those that take what to leave out. */
    readonly denied: readonly string[];
  } | null;
  /** For runtimes without a list, and for answering what an agent asks to be allowed. */
  readonly may: Abilities;
  /** What cannot be honoured, a sentence each, to be shown to people. */
  readonly notes: readonly string[];
}

/** They do what a plan or a script says, and play nobody. */
const PLAY_NOBODY: ReadonlySet<string> = new Set(['command', 'scripted']);

const WRITERS = ['Write', 'Edit', 'MultiEdit', 'NotebookEdit'];
const READERS = ['Read', 'Grep', 'Glob', 'LS'];
const BROWSERS = ['WebFetch', 'WebSearch'];
const ALL: Abilities = { write: true, run: true, browse: true };

/**
 * Puts an agent into the words of the runtime that plays it.
 *
 * @param agent - The agent.
 * @param stage - The runtime.
 * @param configured - The model that the configuration names for this runtime.
 * @returns What the runtime is given, and what it cannot honour.
 */
export function specialistFor(
  agent: Pick<Agent, 'prompt' | 'tools' | 'model' | 'runtime' | 'ignored'>,
  stage: Stage,
  configured: string | null,
): Specialist {
  const { id, features } = stage;
  const words = agent.prompt.trim() === '' ? null : agent.prompt;
  const systemPrompt = features.systemPrompt ? words : null;
  const chosen = chooseModel(agent, id, configured);
  const tools = toolsOfRuntime(id, features.toolList);
  const may = abilities(agent.tools, tools);
  const notes = [
    ...(words !== null && !features.systemPrompt
      ? [`${id} takes no system prompt: the agent’s words stand at the head of the prompt`]
      : []),
    ...chosen.notes,
    ...toolNotes(agent.tools, stage, tools),
    ...(agent.ignored === undefined
      ? []
      : [`nothing here goes by what its file says of ${agent.ignored.join(', ')}`]),
  ];
  return {
    systemPrompt,
    model: chosen.model,
    tools: tools.control === 'list' ? chooseTools(agent.tools, tools) : null,
    may,
    notes: PLAY_NOBODY.has(id) ? [] : notes,
  };
}

/** The vendor whose models a runtime has; others reach many. */
const VENDOR_OF_RUNTIME: Readonly<Record<string, string>> = {
  claude: 'Anthropic',
  codex: 'OpenAI',
  gemini: 'Google',
};

const VENDORS: readonly (readonly [vendor: string, names: RegExp])[] = [
  ['Anthropic', /(?:^|[./])(?:anthropic|claude|sonnet|opus|haiku|opusplan)(?:[-./:[\d]|$)/iu],
  ['OpenAI', /(?:^|[./])(?:openai|gpt|chatgpt|codex|o\d)(?:[-./:\d]|$)/iu],
  ['Google', /(?:^|[./])(?:google|gemini|gemma)(?:[-./:]|$)/iu],
];

/** Short names that only Claude Code knows. */
const CLAUDE_ALIAS = /^(?:sonnet|opus|haiku|opusplan|default)(?:\[\w+\])?$/iu;

function chooseModel(
  { model, runtime }: Pick<Agent, 'model' | 'runtime'>,
  id: string,
  configured: string | null,
): { readonly model: string | null; readonly notes: readonly string[] } {
  // Who names the runtime beside the model means this model there.
  if (model === null || runtime === id || isModelOf(model, id)) {
    return { model: model ?? configured, notes: [] };
  }
  const instead = configured === null ? 'its own default' : `${configured} (runtimes.${id}.model)`;
  return {
    model: configured,
    notes: [`${id} does not have the model ${model}: it uses ${instead}`],
  };
}

function isModelOf(model: string, id: string): boolean {
  if (id !== 'claude' && CLAUDE_ALIAS.test(model)) return false;
  const own = Object.hasOwn(VENDOR_OF_RUNTIME, id) ? VENDOR_OF_RUNTIME[id] : undefined;
  if (own === undefined) return id !== 'opencode' || model.includes('/');
  const vendor = VENDORS.find(([, names]) => names.test(model))?.[0];
  return vendor === undefined || vendor === own;
}

/** `Bash(git log:*)` names a tool and limits it. */
function toolName(tool: string): string {
  return tool.replace(/\(.*$/su, '').trim();
}

function abilities(tools: readonly string[] | null, { readsByShell }: RuntimeTools): Abilities {
  if (tools === null) return ALL;
  const names = new Set(tools.map(toolName));
  const any = (wanted: readonly string[]): boolean => wanted.some((name) => names.has(name));
  return {
    write: any(WRITERS),
    run: names.has('Bash') || (readsByShell && any(READERS)),
    browse: any(BROWSERS),
  };
}

function chooseTools(
  tools: readonly string[] | null,
  { names }: RuntimeTools,
): Specialist['tools'] {
  if (tools === null) return null;
  const wanted = tools.map(toolName).filter((tool) => tool !== '');
  if (names === null) return { allowed: [...new Set(wanted)], denied: [] };
  const allowed = new Set(wanted.flatMap((tool) => equalsOf(tool, names)));
  const all = new Set(Object.values(names).flat());
  return { allowed: [...allowed], denied: [...all].filter((name) => !allowed.has(name)) };
}

function equalsOf(
  tool: string,
  names: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  return Object.hasOwn(names, tool) ? (names[tool] ?? []) : [];
}

function toolNotes(
  tools: readonly string[] | null,
  { id, features }: Stage,
  { control, names, readsByShell }: RuntimeTools,
): readonly string[] {
  if (tools === null) return [];
  if (control === 'none') {
    const may =
      features.permissions === true
        ? 'what it asks leave for is answered by the list, the rest it may use'
        : 'it may use all it has';
    return [`${id} takes no list of tools: ${may}, not only ${tools.join(', ')}`];
  }
  const wanted = tools.map(toolName);
  const servers = wanted.filter((tool) => tool.startsWith('mcp__'));
  const limited = tools.filter((tool) => tool.includes('('));
  const missing = wanted.filter(
    (tool) =>
      names !== null &&
      control === 'list' &&
      !tool.startsWith('mcp__') &&
      equalsOf(tool, names).length === 0,
  );
  const keepsShell =
    readsByShell && !wanted.includes('Bash') && wanted.some((tool) => READERS.includes(tool));
  return [
    ...(keepsShell
      ? [`${id} reads files by running commands: its shell cannot be taken away`]
      : []),
    ...(limited.length > 0
      ? [`${id} cannot keep to ${limited.join(', ')}: the whole tool is allowed`]
      : []),
    ...(missing.length > 0 ? [`${id} has nothing like ${[...new Set(missing)].join(', ')}`] : []),
    ...(servers.length > 0 ? [`no MCP server is started: there is no ${servers.join(', ')}`] : []),
  ];
}
