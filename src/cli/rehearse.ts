// `tutti rehearse`: the person's set-up with a model that plays a part.

import { rm } from 'node:fs/promises';

import type { App } from '../app/app.ts';
import { newRun } from '../app/new-run.ts';
import { proceed } from '../app/proceed.ts';
import { makeRehearsal, rehearsalKind } from '../app/rehearse-stage.ts';
import { lookForReal, REHEARSAL, rehearsalEnd } from '../app/rehearse.ts';
import type { RehearsalModel } from '../app/rehearse.ts';
import { no, ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import { send } from '../app/send.ts';
import { whyUntrusted } from '../app/trust.ts';
import type { Run } from '../model/run.ts';
import type { Context, Exit, Verb } from './context.ts';
import { hearSignals } from './signals.ts';
import type { Signals } from './signals.ts';

/** How long one attempt may take: what hangs is told as such. */
const TIMEOUT_SECS = 180;

/** Rehearses. */
export const rehearse: Verb = async (context, { options }) => {
  const { app, outside } = context;
  const settings = await app.settings();
  if (!settings.ok) return settings;
  const untrusted = whyUntrusted(app, settings.value);
  if (untrusted !== null) return untrusted;
  const named = options['runtime'];
  const runtime = typeof named === 'string' ? named : settings.value.config.runtimes.default;
  const kind = rehearsalKind(runtime, settings.value);
  if (!kind.ok) return kind;
  const real = await lookForReal(app, settings.value, runtime);
  if (!real.ok) return real;
  const model = await outside.rehearsalModel(REHEARSAL);
  const signals = hearSignals(() => {});
  const checks = options['checks'] === true;
  const wish = { runtime, model: model.url, checks };
  let folder: string | null = null;
  try {
    const place = await makeRehearsal(app, settings.value, kind.value, wish);
    if (!place.ok) return place;
    ({ folder } = place.value);
    const { project, environment, flags } = place.value;
    const composed = outside.compose({ dir: project, environment, flags });
    if (!composed.ok) return composed;
    const stage = composed.value;
    try {
      const run = await play(context, stage, signals);
      if (!run.ok) return run;
      const code = signals.code();
      if (code !== null) return ok(code);
      const over = { real: real.value, ...(await lookAt(stage, run.value, model)) };
      const { shown, good } = rehearsalEnd({ ...over, kept: null });
      context.show(good ? shown : rehearsalEnd({ ...over, kept: folder }).shown);
      if (!good) folder = null;
      return ok<Exit>(good ? 0 : 1);
    } finally {
      stage.close();
    }
  } finally {
    signals.dispose();
    await model.close();
    if (folder !== null) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
};

/** One task, which asks a question at first. */
async function play(context: Context, stage: App, signals: Signals): Promise<Result<Run>> {
  const text = JSON.stringify({
    goal: REHEARSAL.title,
    tasks: [
      {
        id: 'rehearsal',
        title: REHEARSAL.title,
        description: 'Write one small file.',
        agent: 'general-purpose',
        max_attempts: 1,
        timeout: TIMEOUT_SECS,
      },
    ],
  });
  const plan = { path: 'the rehearsal', text };
  const made = await newRun(stage, { goal: null, plan, yes: true, now: true });
  if (!made.ok) return made;
  let open = 0;
  const ended = await proceed(stage, [made.value.run], {
    interrupted: signals.interrupted,
    hurried: signals.hurried,
    mayAnswer: () => open > 0,
    approve: () => Promise.resolve('approve'),
    onEvents: (events) => {
      for (const { event } of events) {
        if (event.type === 'attempt-started') context.say(`${event.attempt} has begun`);
        if (event.type !== 'ask-opened' || event.ask.kind !== 'question') continue;
        open += 1;
        const command = { type: 'answer', ask: event.ask.key, answer: REHEARSAL.answer } as const;
        void send(stage, { ...command, by: 'the rehearsal' }).finally(() => (open -= 1));
      }
    },
  });
  if (!ended.ok) return ended;
  const [run] = ended.value.runs;
  return run === undefined ? no('lost', 'the rehearsal is gone', 'try it again', 1) : ok(run);
}

async function lookAt(
  stage: App,
  run: Run,
  model: RehearsalModel,
): Promise<Pick<Parameters<typeof rehearsalEnd>[0], 'run' | 'asked' | 'written' | 'left'>> {
  const repository = await stage.repository();
  const head = repository.ok ? await repository.value.resolve(`refs/heads/${run.branch}`) : null;
  const written =
    repository.ok && head !== null
      ? await repository.value.readFile(head, REHEARSAL.file, 1_000)
      : null;
  const marks = run.tasks.flatMap(({ attempts }) => attempts.map(({ mark }) => mark));
  const left = marks.length === 0 ? 0 : await (await stage.supervisor()).sweep(marks);
  return { run, asked: model.asked(), written, left };
}
