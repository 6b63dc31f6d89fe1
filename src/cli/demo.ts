// `tutti demo`: makes a small project and carries one goal out in it, with the same face as `run`.

import { realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { makeDemo } from '../app/demo-project.ts';
import type { DemoPlace } from '../app/demo-project.ts';
import { demoEnd, demoIntroduction } from '../app/demo.ts';
import { planText } from '../app/face.ts';
import { newRun } from '../app/new-run.ts';
import { proceed } from '../app/proceed.ts';
import { ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import { send } from '../app/send.ts';
import type { Ask } from '../model/ask.ts';
import type { Event } from '../model/event.ts';
import { findProgram } from '../util/find-program.ts';
import type { Context, Exit, Given, Outside, Place, Verb } from './context.ts';
import { RunFace } from './run-face.ts';
import { hearSignals } from './signals.ts';

/** How long a person has for the plan and for the answer before the demo goes on by itself. */
const PATIENCE_MS = 15_000;
/** Who answers when nobody does. */
const NOBODY = 'the demo';

/**
 * Makes the project of the demo.
 *
 * @param outside - The outside of the program.
 * @param given - The folder, where the person names one.
 * @returns Where the demo works.
 */
export async function demoPlace(outside: Outside, given: Given): Promise<Result<Place>> {
  const { dir } = given.options;
  const wanted = typeof dir === 'string' ? resolve(outside.cwd, dir) : null;
  const made = await makeDemo(await outside.demoStage(), outside.environment, wanted);
  if (!made.ok) return made;
  const { project, environment } = made.value;
  return ok({ dir: project, environment });
}

/** Plays the demo. */
export const demo: Verb = async (context) => {
  const { app, outside } = context;
  const stage = await outside.demoStage();
  const place: DemoPlace = {
    folder: dirname(app.root),
    project: app.root,
    environment: app.environment,
  };
  context.say(demoIntroduction(stage.goal, place.project, context.progressView));
  const made = await newRun(app, {
    goal: stage.goal,
    plan: null,
    orchestrate: true,
    yes: false,
    now: true,
  });
  if (!made.ok) return made;
  const { run: key } = made.value;
  const program = programName(outside);
  const signals = hearSignals(() => {});
  const face = new RunFace(context, signals);
  const ended = await proceed(app, [key], demoFace(context, face, stage.answer));
  face.end();
  signals.dispose();
  if (!ended.ok) return ended;
  const [run] = ended.value.runs;
  if (ended.value.interrupted || run === undefined) {
    context.say(`\nStopped; what was done is kept. Go on with it:`);
    context.say(`  cd ${place.project} && ${program} resume ${key}`);
    return ok(signals.code() ?? 130);
  }
  context.say('');
  const { shown, good } = await demoEnd(app, place, run, program);
  context.show(shown);
  return ok<Exit>(good ? 0 : 1);
};

type Face = Parameters<typeof proceed>[2];

/** The face of a run, with somebody in it who approves the plan and answers when the person does not. */
function demoFace(context: Context, face: RunFace, answer: string): Face {
  const patience = context.interactive ? PATIENCE_MS : 0;
  /** Questions that will be answered, and what takes that back. */
  const waiting = new Map<string, () => void>();
  const answerLater = ({ key }: Ask): void => {
    if (context.interactive)
      face.say('→ an agent asks you; without an answer, the demo gives one after 15 seconds');
    const { clock } = context.app;
    const give = async (): Promise<void> => {
      await send(context.app, { type: 'answer', ask: key, answer, by: NOBODY });
      waiting.delete(key); // somebody else may have been quicker
    };
    waiting.set(
      key,
      clock.after(patience, () => void give()),
    );
  };
  const settle = (key: string): void => {
    waiting.get(key)?.();
    waiting.delete(key);
  };
  face.interrupted.addEventListener('abort', () => {
    for (const key of waiting.keys()) settle(key);
  });
  return {
    interrupted: face.interrupted,
    hurried: face.hurried,
    onAgentEvent: face.onAgentEvent,
    onFollow: face.onFollow,
    listen: face.listen,
    mayAnswer: () => waiting.size > 0 || face.mayAnswer(),
    onEvents: (events, runs) => {
      face.onEvents(events, runs);
      for (const { event } of events) {
        if (event.type === 'ask-opened' && event.ask.kind === 'question') answerLater(event.ask);
        const trouble = troubleText(event);
        if (trouble !== null) face.say(trouble);
        if (event.type === 'ask-answered' || event.type === 'ask-withdrawn') settle(event.ask);
      }
    },
    approve: async (proposal) => {
      face.say(`\n${planText(proposal, context.progressView)}\n`);
      face.say('→ tutti run asks you to approve the plan; the demo approves it by itself\n');
      if (!context.flags.yes) await face.pause('Enter lets the agents begin: ', PATIENCE_MS);
      return face.interrupted.aborted ? 'later' : 'approve';
    },
  };
}

/** What a newcomer should not overlook. */
function troubleText(event: Event): string | null {
  if (event.type === 'task-refuted') {
    return `→ ${event.task} broke a test: its agent is shown the output and tries again`;
  }
  if (event.type !== 'attempt-ended' || event.outcome.kind !== 'failed') return null;
  if (event.outcome.failure.reason !== 'conflict') return null;
  return `→ ${event.attempt} and another agent changed the same line: it is done again on top of that`;
}

/** How tutti is called here: by its name where the search path has it, else by its file. */
function programName({ environment }: Outside): string {
  const called = realpathSync(process.argv[1] ?? '');
  const found = findProgram('tutti', environment['PATH'] ?? '');
  return found !== null && realpathSync(found) === called ? 'tutti' : `node ${called}`;
}
