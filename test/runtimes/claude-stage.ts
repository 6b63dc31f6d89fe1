// Claude Code in a project, and a model that plays the parts of a run: the plan, and what is done for
// each task.

import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished } from 'vitest';

import { startScriptedModel, type Move, type ScriptedModel } from '../../src/testing/index.ts';
import { WITHOUT_STAGES_TEXT } from '../without-stages.ts';
import { claudeProgram } from './programs.ts';
import { makeProject, type Documents, type Project, type Ran } from './project.ts';

/** What the model does for a task, told by its title; a second try has its own words in the prompt. */
export type Part = (prompt: string) => readonly Move[];

/** A project with Claude Code, and a model that knows its part. */
export interface Stage extends Project {
  readonly model: ScriptedModel;
  /** What the model was asked for a task, each prompt once. */
  readonly prompts: (title: string) => string[];
  /** The attempts of a task. */
  readonly attempts: (task: string) => Promise<Documents['attempts']>;
}

/** How Claude Code is found: on the person's `PATH`, or by their own configuration. */
type Found = 'path' | 'config';

/** What a stage is made of. */
export interface StageOptions {
  readonly plan?: readonly Move[];
  readonly tasks?: Readonly<Record<string, Part>>;
  readonly found?: Found;
  readonly config?: string;
}

/**
 * Makes a project with one commit, Claude Code and a model.
 *
 * @param options - What the model plays: the plan, and each task by its title.
 * @returns The stage; all of it goes when the test is over.
 */
export async function makeStage({ plan, tasks = {}, ...how }: StageOptions): Promise<Stage> {
  const model = await startScriptedModel({
    plays: (prompt) => {
      if (prompt.includes('# Plan this goal')) return plan;
      const title = Object.keys(tasks).find((name) => prompt.includes(`# Your task: ${name} (`));
      return title === undefined ? undefined : tasks[title]?.(prompt);
    },
  });
  onTestFinished(() => model.close());
  const project = makeProject({
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: 'dummy',
    CLAUDE_CODE_MAX_RETRIES: '1',
  });
  // Every process of it can be told by this path.
  const program = join(project.home, 'bin', how.found === 'config' ? 'my-claude' : 'claude');
  symlinkSync(claudeProgram(), program);
  const binary = how.found === 'config' ? `runtimes: { claude: { binary: ${program} } }\n` : '';
  const config = how.config ?? `orchestration: { ${WITHOUT_STAGES_TEXT} }\n`;
  project.write('../.config/tutti/config.yaml', `${binary}${config}`);
  return {
    ...project,
    model,
    prompts: (title) => {
      const own = model.requests.filter(({ prompt }) => prompt.includes(`# Your task: ${title} (`));
      return [...new Set(own.map(({ prompt }) => prompt))];
    },
    attempts: async (task) => (await project.tutti('show', task, '--json')).json().attempts,
  };
}

/**
 * Ends a task.
 *
 * @param summary - What the agent says about it.
 * @returns The move.
 */
export const done: (summary: string) => Move = (summary) => ({
  answer: { status: 'done', summary },
});
/**
 * Writes a file.
 *
 * @param path - Its path in the workspace.
 * @param content - What is in it then.
 * @returns The move.
 */
export const write: (path: string, content: string) => Move = (path, content) => ({
  write: { path, content },
});
/**
 * Wants to run a command.
 *
 * @param command - A line for the shell.
 * @returns The move.
 */
export const bash: (command: string) => Move = (command) => ({ run: command });

/**
 * Makes a task of a plan file that Claude Code does.
 *
 * @param title - Its title; its id is made of it.
 * @param more - What else the plan says of it.
 * @returns The task.
 */
export const asTask: (title: string, more?: object) => object = (title, more = {}) => ({
  id: title.toLowerCase().replaceAll(' ', '-'),
  title,
  agent: 'backend-developer',
  runtime: 'claude',
  ...more,
});

/**
 * Expects an exit code, and shows what was said where it is another.
 *
 * @param ran - How the program ended.
 * @param code - The code.
 */
export function expectExit(ran: Ran, code: number): void {
  expect(ran.code, `${ran.stdout}\n${ran.stderr}`).toBe(code);
}

/**
 * Waits for what no event tells of.
 *
 * @param condition - What is to become true.
 */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
