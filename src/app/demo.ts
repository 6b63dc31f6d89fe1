// What is said around the demo: before it begins, and when it is over.

import type { Run } from '../model/run.ts';
import { runJson } from '../report/json.ts';
import { summarize } from '../report/summarize.ts';
import { formatDuration, formatUsd, plural } from '../util/amount.ts';
import { wrapToWidth } from '../util/terminal-text.ts';
import type { App } from './app.ts';
import { demoOutcome } from './demo-outcome.ts';
import type { DemoOutcome } from './demo-outcome.ts';
import type { DemoPlace } from './demo-project.ts';
import type { Shown, View } from './shown.ts';

const WIDEST = 88;
/** A command that is longer has its remark right behind it. */
const LONG = 48;

const paragraph = (text: string, { width }: View): string =>
  wrapToWidth(text, Math.min(width, WIDEST)).join('\n');

/**
 * Says what is going to be seen.
 *
 * @param goal - The goal of the demo.
 * @param project - Where its project is.
 * @param view - Where it is said.
 * @returns The text.
 */
export function demoIntroduction(goal: string, project: string, view: View): string {
  const { style } = view;
  return [
    style.bold('tutti: one goal in, one tested branch out, by many coding agents at once.'),
    '',
    paragraph(
      'You will see it work on a small shop in plain Node, made a moment ago. The agents are scripted: no model is asked, nothing is spent. Everything else is real: their processes, their clones, the checks, the merges, and the database that survives a kill -9.',
      view,
    ),
    '',
    style.dim(`$ cd ${project}`),
    `${style.dim('$')} ${style.bold(`tutti run "${goal}"`)}`,
    '',
  ].join('\n');
}

/** A demo that is over. */
export interface DemoEnd {
  readonly shown: Shown;
  /** Whether everything went as it should. */
  readonly good: boolean;
}

/**
 * Looks at what the demo came to, and says it.
 *
 * @param app - The application, in the demo's project.
 * @param place - Where the demo is.
 * @param run - Its run, over.
 * @param program - How tutti is called here.
 * @returns What to show.
 */
export async function demoEnd(
  app: App,
  place: DemoPlace,
  run: Run,
  program: string,
): Promise<DemoEnd> {
  const outcome = await demoOutcome(app, place, run);
  const { folder, project } = place;
  const next = nextSteps(project, run, program);
  const { proof, ...facts } = outcome;
  const json = {
    run: runJson(summarize(run)),
    scripted: true,
    folder,
    project,
    ...facts,
    proof: { command: proof.command, ok: proof.ok, exitCode: proof.exitCode },
    next: [...next.look, ...next.own].map(([command]) => command),
  };
  return {
    good: run.status.state === 'completed' && proof.ok,
    shown: { json, text: (view) => endText(run, { outcome, next }, view) },
  };
}

interface NextSteps {
  readonly look: readonly (readonly [command: string, about: string])[];
  readonly own: readonly (readonly [command: string, about: string])[];
}

function nextSteps(project: string, run: Run, program: string): NextSteps {
  return {
    look: [
      [`cd ${project}`, ''],
      [`${program} report ${run.key}`, 'what was done, with the evidence for it'],
      [`git log -p ${run.branch}`, 'every task is one commit'],
      [`${program} merge ${run.key}`, 'take it: tutti never does this by itself'],
    ],
    own: [
      [`${program} init`, 'finds the checks and agents that are there'],
      [`${program} run "…"`, 'your goal, with the coding agent you have'],
    ],
  };
}

function endText(
  run: Run,
  { outcome, next }: { outcome: DemoOutcome; next: NextSteps },
  view: View,
): string {
  const { style } = view;
  const { log, proof, attempts, workMs, wallMs, costUsd } = outcome;
  const commands = [...next.look, ...next.own].map(([command]) => command.length);
  const column = Math.max(0, ...commands.filter((length) => length <= LONG)) + 2;
  const command = ([line, about]: readonly [string, string]): string =>
    `  ${style.cyan(line.padEnd(line.length > LONG ? 0 : column))}${line.length > LONG ? '  ' : ''}${style.dim(about)}`.trimEnd();
  const sign = proof.ok ? style.green('✓') : style.red('✗');
  const passed = /^(?:#|ℹ) pass (?<count>\d+)$/mu.exec(proof.summary)?.groups?.['count'];
  const tests = passed === undefined ? '' : `${passed} tests pass, `;
  const work = run.tasks.filter(({ spec }) => spec.kind === 'work');
  const completed = work.filter(({ status }) => status.state === 'completed').length;
  return [
    style.bold(`${completed} of ${work.length} tasks are on the branch ${run.branch}:`),
    ...log.map((line) => `  ${line.replace(/^\w+/u, (commit) => style.yellow(commit))}`),
    `${sign} ${style.dim('on a fresh checkout:')} ${proof.command ?? ''}: ${tests}exit ${proof.exitCode ?? '?'}`,
    '',
    style.bold('What went wrong on the way, as it does with real agents:'),
    ...incidents(outcome, view),
    '',
    paragraph(
      `${plural(attempts, 'attempt')}, ${formatDuration(workMs)} of work in ${formatDuration(wallMs)}. The script says that they cost ${formatUsd(costUsd)}; nothing was spent.`,
      view,
    ),
    '',
    style.bold('Look around; the project stays there:'),
    ...next.look.map((each) => command(each)),
    '',
    style.bold('Then in a repository of your own, where the agents are real:'),
    ...next.own.map((each) => command(each)),
  ].join('\n');
}

function incidents({ retried, asked, conflicted }: DemoOutcome, view: View): string[] {
  const told: readonly (readonly [word: string, text: string])[] = [
    ...retried.map(
      ({ title, task }) =>
        ['check', `${title} (${task}) broke a test. The second try was shown its output.`] as const,
    ),
    ...asked.map(
      ({ question, answer, by }) => ['question', `${question} → ${by}: ${answer}`] as const,
    ),
    ...conflicted.map(
      ({ title, task }) =>
        [
          'conflict',
          `${title} (${task}) changed a line that another agent had changed meanwhile. It was done again on top of that, and both are there.`,
        ] as const,
    ),
  ];
  return told.flatMap(([word, text]) =>
    wrapToWidth(text, Math.min(view.width, WIDEST) - 12).map(
      (line, index) => `  ${view.style.yellow((index === 0 ? word : '').padEnd(10))}${line}`,
    ),
  );
}
