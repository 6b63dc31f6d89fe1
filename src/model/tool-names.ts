// What the tools of Claude Code, in whose words agents name theirs, are called elsewhere. Seen with
// claude 2.1.197, codex 0.169.0, gemini 0.61.0 and opencode 1.18.33.

/** How a runtime can be held to fewer tools than it has. */
type ToolControl =
  /** It takes a list of names. */
  | 'list'
  /** It has no list, but can be kept from writing, from running commands and from the web. */
  | 'abilities'
  /** Not at all. */
  | 'none';

/** The tools of a runtime. */
export interface RuntimeTools {
  readonly control: ToolControl;
  /** Its own names by those of Claude Code; `null` = it uses the same. */
  readonly names: Readonly<Record<string, readonly string[]>> | null;
  /** It looks at files by running commands: who may read has to keep its shell. */
  readonly readsByShell: boolean;
}

const NONE: RuntimeTools = { control: 'none', names: {}, readsByShell: false };
const LIST: RuntimeTools = { control: 'list', names: null, readsByShell: false };

/** The tools that models without a program of their own are given. */
const OWN: RuntimeTools = {
  ...LIST,
  names: {
    Read: ['read'],
    LS: ['list'],
    Glob: ['list'],
    Grep: ['search'],
    Write: ['write'],
    Edit: ['edit'],
    MultiEdit: ['edit'],
    Bash: ['run'],
  },
};

const TOOLS: Readonly<Record<string, RuntimeTools>> = {
  claude: LIST,
  codex: { control: 'abilities', names: {}, readsByShell: true },
  gemini: {
    ...LIST,
    names: {
      Read: ['read_file', 'read_many_files'],
      LS: ['list_directory'],
      Glob: ['glob', 'list_directory'],
      Grep: ['grep_search'],
      Write: ['write_file'],
      Edit: ['replace'],
      MultiEdit: ['replace'],
      Bash: ['run_shell_command'],
      WebFetch: ['web_fetch'],
      WebSearch: ['google_web_search'],
      TodoWrite: ['write_todos'],
      Task: ['invoke_agent'],
    },
  },
  opencode: {
    ...LIST,
    names: {
      Read: ['read'],
      LS: ['list'],
      Glob: ['glob', 'list'],
      Grep: ['grep'],
      Write: ['write'],
      Edit: ['edit', 'apply_patch'],
      MultiEdit: ['edit', 'apply_patch'],
      Bash: ['bash'],
      WebFetch: ['webfetch'],
      WebSearch: ['websearch'],
      TodoWrite: ['todowrite', 'todoread'],
      Task: ['task'],
    },
  },
  api: OWN,
};

/**
 * Tells what the tools of a runtime are called, and whether it can be held to some of them.
 *
 * @param runtime - The runtime's id.
 * @param takesList - Whether it says that it takes a list of tools.
 * @returns Its tools; one of another name that takes a list is a model API with our own tools.
 */
export function toolsOfRuntime(runtime: string, takesList: boolean): RuntimeTools {
  const known = Object.hasOwn(TOOLS, runtime) ? TOOLS[runtime] : undefined;
  return known ?? (takesList ? OWN : NONE);
}
