// The tools of our own agent: what they are called, what they take, and what they do. The names are
// those of model/tool-names.ts.

import { z } from 'zod';

import type { CommandPolicy } from './command-policy.ts';
import { refusal } from './command-policy.ts';
import { editFile, readLines, writeWhole } from './files.ts';
import { listFolder, searchFiles } from './look.ts';
import { ToolError } from './place.ts';
import { runCommand } from './run-command.ts';

/** What tools act with. */
export interface Workbench {
  /** The working directory, with its links resolved. */
  readonly root: string;
  /** What other tasks published, to be read; and where it publishes itself. Left out: nowhere. */
  readonly artifacts?: string;
  readonly outbox?: string;
  readonly policy: CommandPolicy;
  /** What commands see; no key is in it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** What a tool gave back. */
export interface ToolEnd {
  readonly ok: boolean;
  readonly text: string;
  /** It was not let to. */
  readonly denied?: true;
}

/** One tool. */
export interface Tool {
  readonly name: string;
  readonly about: string;
  readonly takes: z.ZodType;
  /** What it is used on, in a line. */
  readonly summary: (input: unknown) => string;
  readonly use: (input: unknown, bench: Workbench) => Promise<ToolEnd>;
}

const MAX_COMMAND_SECS = 900;
const COMMAND_SECS = 120;

const path = z.string().describe('relative to the working directory');

/** The folder in which a path is looked for: one below none of them is not found in the first. */
function madeAt({ root, outbox }: Workbench, named: string): string {
  return outbox !== undefined && isBelow(outbox, named) ? outbox : root;
}

function seenAt(bench: Workbench, named = ''): string {
  const { artifacts } = bench;
  return artifacts !== undefined && isBelow(artifacts, named) ? artifacts : madeAt(bench, named);
}

function isBelow(folder: string, named: string): boolean {
  return named === folder || named.startsWith(`${folder}/`);
}

/** All tools there are. */
export const TOOLS: readonly Tool[] = [
  makeTool({
    name: 'read',
    about: 'Reads lines of a text file, each with its number.',
    takes: z.object({
      path,
      from: z.int().min(1).optional().describe('first line, 1 when left out'),
      count: z.int().min(1).optional().describe('number of lines'),
    }),
    on: (input) => input.path,
    use: (input, bench) =>
      readLines(seenAt(bench, input.path), input.path, input.from ?? 1, input.count ?? 2_000),
  }),
  makeTool({
    name: 'list',
    about: 'Lists files and folders below a folder. Folders end in /.',
    takes: z.object({
      path: path.optional(),
      depth: z.int().min(1).max(64).optional().describe('1 when left out; many with a glob'),
      glob: z.string().optional().describe('only what it matches, such as **/*.test.ts'),
    }),
    on: (input) => input.glob ?? input.path ?? '.',
    use: (input, bench) =>
      listFolder(seenAt(bench, input.path), input.path ?? '.', {
        depth: input.depth ?? (input.glob === undefined ? 1 : 64),
        glob: input.glob ?? null,
      }),
  }),
  makeTool({
    name: 'search',
    about: 'Finds lines by a regular expression (of JavaScript) in files.',
    takes: z.object({
      pattern: z.string(),
      path: path.optional(),
      glob: z.string().optional().describe('only files that it matches, such as *.ts'),
    }),
    on: (input) => input.pattern,
    use: (input, bench) =>
      searchFiles(seenAt(bench, input.path), input.pattern, {
        path: input.path ?? '.',
        glob: input.glob ?? null,
      }),
  }),
  makeTool({
    name: 'write',
    about: 'Writes a whole file, new or in place of the old one. Folders on the way are made.',
    takes: z.object({ path, content: z.string() }),
    on: (input) => input.path,
    use: (input, bench) =>
      writeWhole(madeAt(bench, input.path), input.path, input.content)
        ? 'written anew'
        : 'written, it is new',
  }),
  makeTool({
    name: 'edit',
    about: 'Replaces a piece of a file, which must stand there exactly so and only once.',
    takes: z.object({
      path,
      old: z.string(),
      new: z.string(),
      all: z.boolean().optional().describe('replace it wherever it stands'),
    }),
    on: (input) => input.path,
    use: (input, bench) => {
      const times = editFile(madeAt(bench, input.path), input.path, {
        ...input,
        all: input.all ?? false,
      });
      return `replaced ${times === 1 ? 'once' : `${times} times`}`;
    },
  }),
  makeTool({
    name: 'run',
    about: 'Runs a command by /bin/sh in the working directory and gives what it prints.',
    takes: z.object({
      command: z.string().min(1),
      timeout: z
        .int()
        .min(1)
        .max(MAX_COMMAND_SECS)
        .optional()
        .describe(`seconds, ${COMMAND_SECS} when left out`),
    }),
    on: (input) => input.command,
    use: runByShell,
  }),
];

async function runByShell(
  input: { readonly command: string; readonly timeout?: number | undefined },
  bench: Workbench,
): Promise<ToolEnd> {
  const why = refusal(input.command, bench.policy);
  if (why !== null) return { ok: false, text: why, denied: true };
  return runCommand({
    argv: ['/bin/sh', '-c', input.command],
    cwd: bench.root,
    env: bench.env,
    timeoutMs: (input.timeout ?? COMMAND_SECS) * 1000,
    signal: bench.signal,
  });
}

function makeTool<T extends z.ZodType>(tool: {
  readonly name: string;
  readonly about: string;
  readonly takes: T;
  readonly on: (input: z.infer<T>) => string;
  readonly use: (input: z.infer<T>, bench: Workbench) => string | Promise<ToolEnd>;
}): Tool {
  const { name, about, takes } = tool;
  return {
    name,
    about,
    takes,
    summary: (input) => {
      const read = takes.safeParse(input);
      return read.success ? tool.on(read.data) : '';
    },
    use: async (input, bench) => {
      const read = takes.safeParse(input);
      if (!read.success) return { ok: false, text: `wrong input: ${z.prettifyError(read.error)}` };
      try {
        const done = await tool.use(read.data, bench);
        return typeof done === 'string' ? { ok: true, text: done } : done;
      } catch (error) {
        // What a model can do something about; anything else is a bug.
        if (error instanceof ToolError) return { ok: false, text: error.message };
        throw error;
      }
    },
  };
}
