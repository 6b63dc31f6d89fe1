// The script of scripted agents: what they do, for which task, at which attempt. A file looks so:
//
//   tasks:
//     api:                        # a task's id in the plan, its number, or a glob of its title
//       attempts:                 # the last one is played for all that follow
//         - - write: { path: src/api.js, content: "…" }
//         - - edit: { path: src/api.js, find: a, replace: b, if_prompt: "failing" }
//     "Write *":                  # one list of steps is played at every attempt
//       - run: npm test
//   plan:                         # played when a plan is asked for
//     - answer: { tasks: [] }
//   discuss:                      # played when somebody talks about the plan; without it, plan is
//     - answer: { reply: "…" }
//   summary:                      # played when results of dependencies are to be shortened
//     - answer: { summary: "…" }
//   review:                       # played when the result is to be judged; without it, it is approved
//     - answer: { verdict: approve, summary: "…", findings: [] }
//   default:
//     - say: nothing to do

import { isRecord } from '../util/is-record.ts';
import { nearest } from '../util/nearest.ts';

/** What a scripted agent can do; a step has exactly one of these. */
export interface ScriptAction {
  /** Writes a file of the working directory, its folders too. */
  readonly write?: { readonly path: string; readonly content: string };
  /** Adds to the end of a file. */
  readonly append?: { readonly path: string; readonly content: string };
  /** Replaces the first occurrence of a text; fails where there is none. */
  readonly edit?: { readonly path: string; readonly find: string; readonly replace: string };
  /** Deletes a file or a folder. */
  readonly delete?: string;
  /** Runs a shell command; that it fails is told, and the script goes on. */
  readonly run?: string;
  /** Waits for a time, or until a file exists. */
  readonly wait?: { readonly ms?: number; readonly file?: string };
  /** Says something; what is said last is the summary. */
  readonly say?: string;
  /** Gives the structured answer: of a work task, or a whole plan. */
  readonly answer?: Readonly<Record<string, unknown>>;
  /** Tells what was used so far, in all. */
  readonly usage?: {
    readonly input?: number;
    readonly output?: number;
    readonly cached?: number;
    readonly costUsd?: number;
  };
  /**
   * Ends it as failed, with one of the failure reasons of a task; of `quota` and `rate_limited` it may
   * say in how many seconds they end.
   */
  readonly fail?: {
    readonly reason?: string;
    readonly message?: string;
    readonly retry_after_secs?: number;
  };
  /** Ends it with an exit code and no result. */
  readonly exit?: number;
  /** Leaves a detached process behind. */
  readonly spawn?: string;
  /** Never ends by itself. */
  readonly hang?: true;
  /** Takes no notice of SIGINT and SIGTERM from now on. */
  readonly ignore_signals?: true;
}

/** One step of a scripted agent. */
export interface ScriptStep extends ScriptAction {
  /** A regular expression: only when the prompt matches it. */
  readonly if_prompt?: string;
  /** A regular expression: only when the prompt does not match it. */
  readonly unless_prompt?: string;
}

/** What one task's agent does: the same at every attempt, or a list for each. */
export type ScriptPart =
  | readonly ScriptStep[]
  | { readonly attempts: readonly (readonly ScriptStep[])[] };

/** A whole script. In texts, `{task}`, `{attempt}`, `{session}` and `{turn}` are filled in. */
export interface Script {
  readonly tasks?: Readonly<Record<string, ScriptPart>>;
  readonly plan?: ScriptPart;
  /** Played when a person asks the planner something about its plan; without it, `plan` is. */
  readonly discuss?: ScriptPart;
  /** Played when the results of dependencies are to be shortened; `default` is not. */
  readonly summary?: ScriptPart;
  /** Played when a run's result is to be judged and no task of the script is meant. */
  readonly review?: ScriptPart;
  readonly default?: ScriptPart;
}

/** The task an agent is to do. */
export interface ScriptedTask {
  readonly planId: string;
  readonly number: number;
  readonly title: string;
  readonly attempt: number;
  readonly isPlan: boolean;
  /** It is asked to shorten what the tasks before have said. */
  readonly isSummary?: boolean;
  /** It is asked to judge what the run has made. */
  readonly isReview?: boolean;
}

type Shape = 'text' | 'number' | 'object' | 'true';

const ACTIONS: Readonly<
  Record<keyof ScriptAction, { readonly is: Shape; readonly needs: readonly string[] }>
> = {
  write: { is: 'object', needs: ['path', 'content'] },
  append: { is: 'object', needs: ['path', 'content'] },
  edit: { is: 'object', needs: ['path', 'find', 'replace'] },
  delete: { is: 'text', needs: [] },
  run: { is: 'text', needs: [] },
  wait: { is: 'object', needs: [] },
  say: { is: 'text', needs: [] },
  answer: { is: 'object', needs: [] },
  usage: { is: 'object', needs: [] },
  fail: { is: 'object', needs: [] },
  exit: { is: 'number', needs: [] },
  spawn: { is: 'text', needs: [] },
  hang: { is: 'true', needs: [] },
  ignore_signals: { is: 'true', needs: [] },
};
const KEYS = ['tasks', 'plan', 'discuss', 'summary', 'review', 'default'];
/** What a reviewer does of whom the script says nothing: who tries something else is not held up. */
const APPROVES: ScriptPart = [
  { answer: { verdict: 'approve', summary: 'The script has nothing against it.', findings: [] } },
];
const CONDITIONS = ['if_prompt', 'unless_prompt'];

/**
 * Checks a script.
 *
 * @param value - The file's content.
 * @returns The script, or every problem with its place, such as `tasks.api[0]: …`.
 */
export function readScript(value: unknown): Script | { readonly problems: readonly string[] } {
  if (!isRecord(value))
    return {
      problems: ['a script is an object with `tasks`, `plan`, `summary`, `review`, `default`'],
    };
  const problems = Object.keys(value)
    .filter((key) => !KEYS.includes(key))
    .map((key) => `${key}: unknown key${meant(key, KEYS)}`);
  const { tasks } = value;
  if (tasks !== undefined && !isRecord(tasks)) problems.push('tasks: is not an object');
  const parts = Object.entries(isRecord(tasks) ? tasks : {}).map(
    ([name, part]): [string, unknown] => [`tasks.${name}`, part],
  );
  for (const name of ['plan', 'discuss', 'summary', 'review', 'default']) {
    if (value[name] !== undefined) parts.push([name, value[name]]);
  }
  problems.push(...parts.flatMap(([place, part]) => partProblems(place, part)));
  return problems.length > 0 ? { problems } : value;
}

/**
 * Chooses what an agent does.
 *
 * @param script - A checked script.
 * @param task - What it is to do.
 * @returns The steps of this attempt.
 */
export function stepsFor(script: Script, task: ScriptedTask): readonly ScriptStep[] {
  const part = partFor(script, task) ?? [];
  if (!('attempts' in part)) return part;
  return part.attempts[Math.min(task.attempt, part.attempts.length) - 1] ?? [];
}

function partFor(script: Script, task: ScriptedTask): ScriptPart | undefined {
  if (task.isSummary === true) return script.summary;
  if (task.isReview === true) return namedPart(script, task) ?? script.review ?? APPROVES;
  const discussed = task.planId.startsWith('discuss-') ? script.discuss : undefined;
  return (task.isPlan ? (discussed ?? script.plan) : taskPart(script, task)) ?? script.default;
}

function taskPart(script: Script, task: ScriptedTask): ScriptPart | undefined {
  return namedPart(script, task) ?? partMatching(script, [(name) => matchesGlob(name, task.title)]);
}

/** A glob that is meant for what is worked on would take in who judges it. */
function namedPart(script: Script, task: ScriptedTask): ScriptPart | undefined {
  return partMatching(script, [
    (name) => name === task.planId,
    (name) => name === String(task.number),
  ]);
}

function partMatching(
  script: Script,
  matches: readonly ((name: string) => boolean)[],
): ScriptPart | undefined {
  const parts = Object.entries(script.tasks ?? {});
  for (const match of matches) {
    const found = parts.find(([name]) => match(name));
    if (found !== undefined) return found[1];
  }
  return undefined;
}

/** `*` stands for anything, everything else for itself, whatever the case. */
function matchesGlob(glob: string, text: string): boolean {
  const pattern = glob.split('*').map((part) => part.replaceAll(/[^\w\s]/gu, String.raw`\$&`));
  return new RegExp(`^${pattern.join('.*')}$`, 'is').test(text);
}

function partProblems(place: string, part: unknown): string[] {
  if (Array.isArray(part)) return listProblems(place, part);
  if (!isRecord(part) || !Array.isArray(part['attempts']) || Object.keys(part).length !== 1) {
    return [`${place}: is neither a list of steps nor { attempts: [[…], …] }`];
  }
  const attempts: readonly unknown[] = part['attempts'];
  return attempts.flatMap((steps, index) => {
    const at = `${place}.attempts[${index}]`;
    return Array.isArray(steps) ? listProblems(at, steps) : [`${at}: is not a list of steps`];
  });
}

function listProblems(place: string, steps: readonly unknown[]): string[] {
  return steps.flatMap((step, index) =>
    stepProblems(step).map((problem) => `${place}[${index}]: ${problem}`),
  );
}

function stepProblems(step: unknown): string[] {
  if (!isRecord(step)) return ['is not an object'];
  const known = [...Object.keys(ACTIONS), ...CONDITIONS];
  const unknown = Object.keys(step).filter((key) => !known.includes(key));
  const problems = unknown.map((key) => `unknown step \`${key}\`${meant(key, known)}`);
  const actions = Object.keys(step).filter((key) => isAction(key));
  if (actions.length !== 1 && unknown.length === 0) {
    problems.push(`has ${actions.length} actions where one is needed`);
  }
  for (const key of actions) if (isAction(key)) problems.push(...valueProblems(key, step[key]));
  return [...problems, ...CONDITIONS.flatMap((key) => patternProblems(key, step[key]))];
}

function isAction(key: string): key is keyof ScriptAction {
  return Object.hasOwn(ACTIONS, key);
}

function valueProblems(key: keyof ScriptAction, value: unknown): string[] {
  const { is, needs } = ACTIONS[key];
  const fits = {
    text: typeof value === 'string',
    number: typeof value === 'number',
    object: isRecord(value),
    true: value === true,
  }[is];
  if (!fits)
    return [
      `\`${key}\` is not ${is === 'true' ? 'true' : `a ${is}`}`.replace('a object', 'an object'),
    ];
  const missing = needs.filter((name) => !isRecord(value) || typeof value[name] !== 'string');
  return missing.map((name) => `\`${key}.${name}\` is not a text`);
}

function patternProblems(key: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (typeof value !== 'string') return [`\`${key}\` is not a text`];
  try {
    RegExp(value, 'u');
    return [];
  } catch (error) {
    return [`\`${key}\`: ${error instanceof Error ? error.message : 'no regular expression'}`];
  }
}

function meant(key: string, known: readonly string[]): string {
  const word = nearest(key, known);
  return word === null ? '' : ` (did you mean \`${word}\`?)`;
}
