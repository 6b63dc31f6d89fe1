// Commands about runs that exist. They are recorded; whoever is at work acts on them at once.

import { find, findRun } from '../app/find.ts';
import type { Found } from '../app/find.ts';
import { no, ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import { readyForStage } from '../app/stage-ready.ts';
import { findAsk, isResolved, queue, showAsks, steer } from '../app/steer.ts';
import type { Command } from '../model/command.ts';
import { overAlready } from '../model/over.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import { finishMergeFirst, finishRunsFirst, goOnReady, readyToGoOn, withLeft } from './carry-on.ts';
import { askPerson } from './confirm.ts';
import type { Context, Exit, Verb } from './context.ts';

async function give(context: Context, run: Run, command: Command): Promise<Result<Exit>> {
  const done = await steer(context.app, run, command);
  if (!done.ok) return done;
  context.show(done.value.shown);
  return ok(0);
}

/** A verb about a run. */
function aboutRun(command: (run: Run, by: string, options: Options) => Command): Verb {
  return async (context, { words, options }) => {
    const found = await findRun(context.app, words[0] ?? '');
    if (!found.ok) return found;
    return give(context, found.value, command(found.value, context.app.person, options));
  };
}

type Options = Readonly<Record<string, unknown>>;

export const pause: Verb = aboutRun((run, by, options) => ({
  type: 'pause',
  run: run.key,
  now: options['now'] === true,
  by,
}));

export const cancel: Verb = aboutRun((run, by) => ({ type: 'cancel', run: run.key, by }));

/** A verb about something in a run. */
function aboutKey(command: (found: Found, by: string, options: Options) => Command | null): Verb {
  return async (context, { words: [text = ''], options }) => {
    const found = await find(context.app, text);
    if (!found.ok) return found;
    const chosen = command(found.value, context.app.person, options);
    if (chosen !== null) return give(context, found.value.run, chosen);
    const hint = `tutti show ${found.value.run.key} lists what there is`;
    return no('wrong_key', `${text} is nothing that this can be done to`, hint);
  };
}

export const retry: Verb = aboutKey(({ key, run }, by, options) => {
  const { instruction } = options;
  const told = typeof instruction === 'string' ? instruction : null;
  if (key.kind === 'ask') return null;
  const chosen = 'task' in key ? key.task : run.key;
  const replan = options['replan'] === true;
  return { type: 'retry', key: chosen, instruction: told, by, ...(replan && { replan }) };
});

export const skip: Verb = aboutKey(({ key }, by) =>
  key.kind === 'task' ? { type: 'skip', task: key.task, by } : null,
);

/**
 * `tutti stage KEY NAME`: runs a stage again, at once.
 *
 * @param context - What every verb works with.
 * @param given - The run's key and the stage's name.
 * @returns The exit code.
 */
export const stage: Verb = async (context, { words: [text = '', name = ''] }) => {
  const { app } = context;
  const found = await findRun(app, text);
  if (!found.ok) return found;
  const { key } = found.value;
  // A run that is over stays so where the stage cannot run.
  const refused = await readyForStage(app, found.value, name, askPerson(context));
  if (refused !== null) return refused;
  const ready = await readyToGoOn(context, [key]);
  if (!ready.ok) return ready;
  const said = await steer(app, found.value, {
    type: 'run-stage',
    run: key,
    stage: name,
    by: app.person,
  });
  return said.ok ? goOnReady(context, ready.value) : said;
};

export const kill: Verb = aboutKey(({ key }, by) => {
  if (key.kind === 'attempt') return { type: 'kill', attempt: key.attempt, by };
  return key.kind === 'task' ? { type: 'kill', attempt: key.task, by } : null;
});

/**
 * `tutti resume [KEY]`: lifts the pause and goes on; without a key with all unfinished runs.
 *
 * @param context - What every verb works with.
 * @param given - The key.
 * @returns The exit code.
 */
export const resume: Verb = async (context, { words: [text] }) => {
  const { app } = context;
  const chosen = text === undefined ? await unfinished(context) : await oneRun(context, text);
  if (!chosen.ok) return chosen;
  await finishMergeFirst(context);
  const ready = await readyToGoOn(
    context,
    chosen.value.map(({ key }) => key),
  );
  // What cannot go on stays paused.
  if (!ready.ok) return ready;
  for (const run of chosen.value) {
    if (run.paused === null || !ready.value.includes(run.key)) continue;
    const done = await steer(app, run, { type: 'resume', run: run.key, by: app.person });
    if (!done.ok) return done;
  }
  if (ready.value.length > 0) {
    const left = chosen.value.length - ready.value.length;
    return withLeft(await goOnReady(context, ready.value), left);
  }
  await finishRunsFirst(context);
  context.show({ json: { runs: [] }, text: () => 'Nothing is unfinished.' });
  return ok(0);
};

async function oneRun(context: Context, text: string): Promise<Result<Run[]>> {
  const found = await find(context.app, text);
  if (!found.ok) return found;
  const { run } = found.value;
  const { state } = run.status;
  // What was begun to be taken out of it is seen to, whoever has begun it.
  if (!RUN_OVER[state] || run.undo !== null) return ok([run]);
  const hint = state === 'completed' ? `tutti show ${run.key}` : `tutti retry ${run.key}`;
  return no('refused', overAlready(run.key, state), hint);
}

async function unfinished({ app }: Context): Promise<Result<Run[]>> {
  const found = await queue(app);
  if (!found.ok) return found;
  const store = await app.look();
  if (!store.ok) return store;
  const keys = [...found.value.open, ...found.value.held];
  const runs = await Promise.all(keys.map(async (key) => (await store.value?.run(key)) ?? null));
  return ok(runs.filter((run) => run !== null));
}

/**
 * `tutti asks`: what waits for a person.
 *
 * @param context - What every verb works with.
 * @returns Always 0.
 */
export const asks: Verb = async (context) => {
  const shown = await showAsks(context.app);
  if (!shown.ok) return shown;
  context.show(shown.value);
  return ok(0);
};

/**
 * `tutti answer KEY "…"`.
 *
 * @param context - What every verb works with.
 * @param given - The key and the words of the answer.
 * @returns The exit code.
 */
export const answer: Verb = async (context, { words: [key = '', ...said] }) =>
  answerWith(context, key, said.join(' '));

async function answerWith(context: Context, text: string, said: string): Promise<Result<Exit>> {
  const { app } = context;
  const ask = await findAsk(app, text);
  if (!ask.ok) return ask;
  if (isResolved(ask.value, said)) {
    const { resolveKey } = await import('./resolve.ts');
    return resolveKey(context, ask.value.key, { done: true, anew: false });
  }
  const found = await findRun(app, ask.value.run);
  if (!found.ok) return found;
  const { key } = ask.value;
  return give(context, found.value, { type: 'answer', ask: key, answer: said, by: app.person });
}

/** `approve` and `reject`: of a plan, or of an ask that takes the word. */
function deciding(word: 'approve' | 'reject'): Verb {
  return async (context, { words: [text = ''] }) => {
    const { app } = context;
    const found = await find(app, text);
    if (!found.ok) return found;
    const { key, run } = found.value;
    if (key.kind === 'run' && run.status.state === 'awaiting_approval') {
      return give(context, run, { type: `${word}-plan`, run: run.key, by: app.person });
    }
    return answerWith(context, text, word);
  };
}

export const approve: Verb = deciding('approve');
export const reject: Verb = deciding('reject');

export const approvePlan: Verb = aboutRun((run, by) => ({
  type: 'approve-plan',
  run: run.key,
  by,
}));
