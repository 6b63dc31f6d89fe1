// A rehearsal: the person's whole set-up carries out one small task, with a model that plays a part
// instead of thinking. What each step showed is told, and what would be used for real.

import { runtimeSettings } from '../config/settings.ts';
import type { Run } from '../model/run.ts';
import { NO_RUNTIME_SETTINGS } from '../model/settings.ts';
import type { RuntimeProbe } from '../ports/agent-runtime.ts';
import { runJson } from '../report/json.ts';
import { summarize } from '../report/summarize.ts';
import { oneLine } from '../util/terminal-text.ts';
import type { App, LoadedSettings } from './app.ts';
import type { Result } from './result.ts';
import { no, ok } from './result.ts';
import { probeAll } from './runtimes.ts';
import { sandboxState } from './sandbox.ts';
import { loginText } from './show-runtimes.ts';
import type { Shown, View } from './shown.ts';

/** A model that plays, while a rehearsal lasts. */
export interface RehearsalModel {
  readonly url: string;
  /** In which API it was asked, and how often. */
  readonly asked: () => { readonly dialect: string | null; readonly times: number };
  close(): Promise<void>;
}

/** The part that the model plays. */
export interface RehearsalPart {
  readonly title: string;
  readonly file: string;
  readonly content: string;
  /** What it asks at first, and the answer with which it goes on. */
  readonly question: string;
  readonly answer: string;
}

/** Starts a model that plays a part. */
export type StartRehearsalModel = (part: RehearsalPart) => Promise<RehearsalModel>;

/** What is played. */
export const REHEARSAL: RehearsalPart = {
  title: 'Rehearse with one small file',
  file: 'tutti-rehearsal.txt',
  content: 'All the world is a stage.\n',
  question: 'May the rehearsal begin?',
  answer: 'The curtain is up.',
};

/** What would be used for real. */
interface ForReal {
  readonly probe: RuntimeProbe;
  readonly model: string | null;
  readonly sandbox: string;
}

/** One thing that was tried. */
interface Step {
  readonly name: string;
  /** `note` = it is as it is with this runtime. */
  readonly state: 'ok' | 'note' | 'failed';
  readonly text: string;
}

/**
 * Looks at what would be used for real.
 *
 * @param app - The application, in the person's project.
 * @param settings - Its configuration.
 * @param runtime - The runtime.
 * @returns What was found, or that there is no such runtime or program.
 */
export async function lookForReal(
  app: App,
  settings: LoadedSettings,
  runtime: string,
): Promise<Result<ForReal>> {
  const all = await app.runtimes();
  const one = all.get(runtime);
  if (one === undefined) {
    const known = [...all.keys()].join(', ');
    return no('unknown_runtime', `there is no runtime "${runtime}"`, `there are: ${known}`);
  }
  const configured = runtimeSettings(settings.config);
  const runtimes = new Map([[runtime, one]]);
  const [probe] = await probeAll({ runtimes, clock: app.clock }, configured);
  if (probe === undefined) throw new Error('a runtime was not looked for');
  const isApi = one.id === 'api' || configured[runtime]?.api !== undefined;
  // The API needs no program, and its settings are what the rehearsal brings.
  if (!probe.found && !isApi) {
    const hint = probe.hint ?? 'tutti runtimes shows what there is';
    return no('runtime_missing', `the runtime "${runtime}" is not installed`, hint);
  }
  const { model } = configured[runtime] ?? NO_RUNTIME_SETTINGS;
  const state = await sandboxState(app, settings);
  const sandbox = {
    off: () => 'switched off: agents can do what you can do',
    works: () => (state.kind === 'works' ? `form ${state.form}, network ${state.network}` : ''),
    missing: () => (state.kind === 'missing' ? `none: ${state.cause}` : ''),
  }[state.kind]();
  return ok({ probe, model, sandbox });
}

/** What is known when a rehearsal is over. */
export interface Rehearsed {
  readonly run: Run;
  readonly real: ForReal;
  readonly asked: ReturnType<RehearsalModel['asked']>;
  /** What the branch has of the file; `null` = it is not there. */
  readonly written: string | null;
  /** Processes that were left. */
  readonly left: number;
  /** What was kept for a look at what went wrong; `null` = all is removed. */
  readonly kept: string | null;
}

/**
 * Tells what each step of a rehearsal showed.
 *
 * @param over - What is known.
 * @returns What to show, and whether all was well.
 */
export function rehearsalEnd(over: Rehearsed): { readonly shown: Shown; readonly good: boolean } {
  const { run, real, kept } = over;
  const steps = stepsOf(over);
  const good = steps.every(({ state }) => state !== 'failed') && run.status.state === 'completed';
  const { id, found, version, path, loggedIn } = real.probe;
  const json = {
    rehearsal: {
      ok: good,
      runtime: id,
      steps,
      real: { found, version, path, loggedIn, model: real.model, sandbox: real.sandbox },
      run: runJson(summarize(run)),
      kept,
    },
  };
  return { good, shown: { json, text: (view) => textOf(over, { steps, good }, view) } };
}

function step(name: string, isOk: boolean, text: string): Step {
  return { name, state: isOk ? 'ok' : 'failed', text };
}

function stepsOf(over: Rehearsed): Step[] {
  const { run, real, asked, written, left } = over;
  const task = run.tasks.find(({ spec }) => spec.title === REHEARSAL.title);
  const attempts = task?.attempts ?? [];
  const { id, version, path } = real.probe;
  const where = [version, path].filter((part) => part !== null).join(' at ');
  const failures = attempts.flatMap(({ status }) =>
    status.state === 'ended' && status.outcome.kind === 'failed'
      ? [`${status.outcome.failure.reason}: ${status.outcome.failure.message}`]
      : [],
  );
  const why = failures.at(-1) ?? 'it did not come to that';
  const isAsked = run.asks.some(({ question }) => question.includes(REHEARSAL.question));
  return [
    step('found', true, where === '' ? id : `${id} ${where}`),
    step(
      'started',
      asked.times > 0,
      asked.times > 0
        ? `it asked its model ${asked.times} times (${asked.dialect ?? ''})`
        : `it never asked its model: ${why}`,
    ),
    step('answered', isAsked, isAsked ? 'its structured answer, a question, was read' : why),
    resumed(
      attempts.map(({ sessionId }) => sessionId),
      why,
    ),
    step(
      'wrote',
      written === REHEARSAL.content,
      written === null ? why : `${REHEARSAL.file} is on the branch ${run.branch}`,
    ),
    ...checksOf(run),
    step(
      'stopped',
      left === 0,
      left === 0 ? 'nothing was left running' : `${left} processes were left, and ended`,
    ),
  ];
}

function resumed(sessions: readonly (string | null)[], why: string): Step {
  const [first, second] = sessions;
  if (first === undefined || second === undefined)
    return { name: 'resumed', state: 'failed', text: why };
  const isSame = first !== null && first === second;
  return {
    name: 'resumed',
    state: isSame ? 'ok' : 'note',
    text: isSame
      ? 'the same session went on with the answer'
      : 'it began a new session with the answer',
  };
}

function checksOf(run: Run): Step[] {
  const names = run.settings.checks.map(({ name }) => name);
  if (names.length === 0)
    return [
      {
        name: 'checks',
        state: 'note',
        text: 'none were run (with --checks: those of the project)',
      },
    ];
  const isProven = run.tasks.some(
    ({ status }) => status.state === 'completed' && status.proof === 'proven',
  );
  return [
    {
      name: 'checks',
      state: isProven ? 'ok' : 'failed',
      text: `${names.join(', ')}: ${isProven ? 'all passed' : 'not passed'}`,
    },
  ];
}

function textOf(
  { real, kept }: Rehearsed,
  { steps, good }: { readonly steps: readonly Step[]; readonly good: boolean },
  { style }: View,
): string {
  const signs = { ok: style.green('✓'), note: style.dim('-'), failed: style.red('✗') };
  const login = loginText(real.probe);
  return [
    ...steps.map(({ name, state, text }) => `${signs[state]} ${name.padEnd(9)} ${oneLine(text)}`),
    '',
    style.bold('For real it would use:'),
    `  ${'login'.padEnd(9)} ${login === '' ? 'not known without asking' : login}${real.probe.loggedIn === false && real.probe.hint !== null ? `; ${oneLine(real.probe.hint)}` : ''}`,
    `  ${'model'.padEnd(9)} ${real.model ?? 'the default of the runtime'}`,
    `  ${'sandbox'.padEnd(9)} ${real.sandbox}`,
    '',
    good
      ? 'The set-up works. No model was asked, nothing was spent, your repository was not touched.'
      : `Something does not work.${kept === null ? '' : ` What it left lies in ${kept}`}`,
  ].join('\n');
}
