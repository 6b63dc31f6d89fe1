// `run`, `add` and `plan "<goal>"`: a goal or a plan is taken in.

import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';

import { addedRun } from '../app/face.ts';
import { newRun } from '../app/new-run.ts';
import { no, ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import type { RunRequest } from '../app/run-request.ts';
import { queue } from '../app/steer.ts';
import { parseKey } from '../model/key.ts';
import { PRIORITIES } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { carryOn, finishMergeFirst } from './carry-on.ts';
import { untilPlanned } from './carry-planning.ts';
import { askPerson } from './confirm.ts';
import type { Context, Given, Verb } from './context.ts';
import { goOnPlanned } from './plan-verbs.ts';
import { remarkOnRun } from './remarks.ts';

/** No plan of 10,000 tasks is longer; a file that is, is none. */
const PLAN_BYTES = 8 * 1024 * 1024;
/** It stands in every prompt of the run, whole. */
const CONTEXT_BYTES = 32_000;

/**
 * `tutti run`: a goal, a plan, or the queue.
 *
 * @param context - What every verb works with.
 * @param given - The goal's words and the flags.
 * @returns The exit code.
 */
export const run: Verb = async (context, given) => {
  await finishMergeFirst(context);
  if (given.words.length === 0 && given.options['plan'] === undefined) return workQueue(context);
  const made = await take(context, given, { now: true, yes: context.flags.yes });
  return made.ok ? carryOn(context, [made.value.key], true) : made;
};

/**
 * `tutti add`: a goal is taken in, nothing is started.
 *
 * @param context - What every verb works with.
 * @param given - The title's words and the flags.
 * @returns The exit code.
 */
export const add: Verb = async (context, given) => {
  const made = await take(context, given, { now: false, yes: context.flags.yes });
  if (!made.ok) return made;
  context.show(addedRun(made.value));
  return ok(0);
};

/**
 * `tutti plan "<goal>"`: the plan is made and shown, at a terminal to be talked about and changed.
 *
 * @param context - What every verb works with.
 * @param given - The goal's words and the flags.
 * @returns The exit code: 3 while the plan is not approved.
 */
export const plan: Verb = async (context, given) => {
  if (given.options['orchestrate'] === false) {
    const hint = 'without a plan: tutti run "…" --no-orchestrate';
    return no('usage', 'a plan and --no-orchestrate contradict each other', hint);
  }
  // Who asks for a plan gets one.
  const options = { ...given.options, orchestrate: true };
  const made = await take(context, { ...given, options }, { now: true, yes: false });
  if (!made.ok) return made;
  return goOnPlanned(context, await untilPlanned(context, made.value.key, true));
};

async function workQueue(context: Context): Promise<Result<0> | ReturnType<Verb>> {
  const found = await queue(context.app);
  if (!found.ok) return found;
  const { open, held } = found.value;
  for (const key of held) context.say(`${key} waits for you: tutti show ${key}`);
  if (open.length > 0) {
    return carryOn(context, open, false);
  }
  const text = held.length > 0 ? 'Nothing can go on without you.' : 'The queue is empty.';
  context.show({ json: { runs: [] }, text: () => text });
  return ok(held.length > 0 ? 3 : 0);
}

async function take(
  context: Context,
  given: Given,
  how: Pick<RunRequest, 'now' | 'yes'>,
): Promise<Result<Run>> {
  const { app, outside } = context;
  const { options } = given;
  const goal = given.words.join(' ').trim();
  const key = parseKey(goal);
  if (key !== undefined) {
    return no(
      'bad_goal',
      `"${goal}" is a key, not a goal`,
      `tutti resume ${key.run} goes on with it`,
    );
  }
  const path = options['plan'];
  const file = typeof path === 'string' ? await planFile(outside, context, path) : ok(null);
  if (!file.ok) return file;
  const known = await contextFile(context, options['context']);
  if (!known.ok) return known;
  const made = await newRun(app, {
    goal: given.words.length === 0 ? null : goal,
    plan: file.value,
    ...textOption(options, 'description'),
    ...textOption(options, 'type'),
    ...(known.value !== '' && { context: known.value }),
    ...textOption(options, 'agent'),
    ...priorityOption(options),
    ...listOption(options),
    ...(typeof options['orchestrate'] === 'boolean' && { orchestrate: options['orchestrate'] }),
    ...how,
    confirm: askPerson(context),
  });
  if (!made.ok) return made;
  for (const note of made.value.notes) context.say(note);
  const store = await app.store();
  if (!store.ok) return store;
  const found = await store.value.run(made.value.run);
  if (found === null) return no('internal', `${made.value.run} is gone`, 'tutti list');
  if (how.now) await remarkOnRun(context, found);
  return ok(found);
}

async function planFile(
  { stdin, cwd }: Context['outside'],
  { flags }: Context,
  name: string,
): Promise<Result<{ path: string; text: string }>> {
  if (name === '-') return ok({ path: 'stdin', text: await readAll(stdin) });
  const path = resolve(cwd, flags.dir ?? '.', name);
  try {
    const { size } = await stat(path);
    if (size > PLAN_BYTES) {
      return no('bad_plan', `${name} has ${size} bytes`, `a plan has at most ${PLAN_BYTES}`);
    }
    return ok({ path: name, text: await readFile(path, 'utf8') });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return no(
      'bad_plan',
      `the plan ${name} cannot be read: ${why}`,
      'give the path of a plan file',
    );
  }
}

/** A file with what is to be known beside the goal; it goes into the prompts of all tasks. */
async function contextFile(
  { outside, flags }: Context,
  name: Given['options'][string],
): Promise<Result<string>> {
  if (typeof name !== 'string') return ok('');
  const hint = 'give the path of a text file; what is longer belongs into the repository';
  const bad = (why: string): Result<never> => no('bad_context', `the context ${name} ${why}`, hint);
  const path = resolve(outside.cwd, flags.dir ?? '.', name);
  try {
    const found = await stat(path);
    if (!found.isFile()) return bad('is no file');
    if (found.size > CONTEXT_BYTES)
      return bad(`has ${found.size} bytes; at most ${CONTEXT_BYTES} are taken`);
    const text = await readFile(path, 'utf8');
    return text.includes('\0') ? bad('is no text') : ok(text.trim());
  } catch (error) {
    return bad(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function textOption<Name extends string>(
  options: Given['options'],
  name: Name,
): Partial<Record<Name, string>> {
  const value = options[name];
  const given: Partial<Record<string, string>> = typeof value === 'string' ? { [name]: value } : {};
  return given;
}

/** Names with commas between them. */
function listOption({ skipStages }: Given['options']): Pick<RunRequest, 'skipStages'> {
  if (typeof skipStages !== 'string') return {};
  const names = skipStages.split(',').map((name) => name.trim());
  return { skipStages: names.filter((name) => name !== '') };
}

function priorityOption(options: Given['options']): Pick<RunRequest, 'priority'> {
  const priority = PRIORITIES.find((one) => one === options['priority']);
  return priority === undefined ? {} : { priority };
}
