// What the people of a story say, and what a forge tells of them.

import type { Command } from '../../src/model/command.ts';
import type { RunKey, TaskKey } from '../../src/model/key.ts';
import type { OfferedAs, Run } from '../../src/model/run.ts';
import type { Step } from './story.ts';

/** What a command is about. */
interface On {
  readonly run: Run;
  readonly key: RunKey;
  readonly task: TaskKey;
  readonly choice: number;
}

const by = 'me';
/** Whether a run has them or not. */
const STAGES = ['planning', 'review', 'research', 'audit', 'implementation'];

const SAYS: Readonly<Record<Step['verb'], (on: On) => Command | null>> = {
  cancel: ({ key: run }) => ({ type: 'cancel', run, by }),
  pause: ({ key: run }) => ({ type: 'pause', run, now: false, by }),
  'pause-now': ({ key: run }) => ({ type: 'pause', run, now: true, by }),
  resume: ({ key: run }) => ({ type: 'resume', run, by }),
  skip: ({ task }) => ({ type: 'skip', task, by }),
  undo: ({ run, task, choice }) => ({ type: 'undo', task: doneIn(run, choice) ?? task, by }),
  kill: ({ task: attempt }) => ({ type: 'kill', attempt, by }),
  retry: ({ task: key }) => ({ type: 'retry', key, instruction: 'do it', by }),
  replan: ({ task: key }) => ({ type: 'retry', key, instruction: null, replan: true, by }),
  'retry-run': ({ key }) => ({ type: 'retry', key, instruction: null, by }),
  answer,
  approve: ({ key: run }) => ({ type: 'approve-plan', run, by }),
  reject: ({ key: run }) => ({ type: 'reject-plan', run, by }),
  'reject-with-reason': ({ key: run }) => ({ type: 'reject-plan', run, by, reason: 'too big' }),
  revise: ({ run, key }) => {
    const plan = run.plans.at(-1);
    if (plan === undefined) return null;
    const { revision: from, tasks } = plan;
    return { type: 'revise-plan', run: key, by, from, tasks, warnings: [] };
  },
  discuss,
  stage: ({ run, key, choice }) => {
    const planned = run.plans.some(({ state }) => state === 'approved');
    const stage = planned ? (STAGES[choice] ?? 'planning') : 'research';
    return { type: 'run-stage', run: key, stage, by };
  },
  offer: ({ key: run, choice }) => ({ type: 'note-offer', run, offeredAs: offerBy(choice) }),
  merged: ({ key: run }) => ({ type: 'note-merge', run, into: 'main', by }),
};

/**
 * Tells what is said in a step of a story.
 *
 * @param runs - All runs.
 * @param step - The step.
 * @returns The command; none where there is nothing to be said.
 */
export function commandsOf(
  runs: readonly Run[],
  step: Pick<Step, 'verb' | 'pick' | 'choice'>,
): readonly Command[] {
  const { verb, pick, choice } = step;
  const run = runs[pick % runs.length];
  if (run === undefined) return [];
  const task = run.tasks[pick % Math.max(1, run.tasks.length)]?.key ?? `${run.key}.1`;
  const command = SAYS[verb]({ run, key: run.key, task, choice });
  return command === null ? [] : [command];
}

/** Of what is completed with a change, one. */
function doneIn({ tasks }: Run, pick: number): TaskKey | undefined {
  const done = tasks.filter(({ status }) => status.state === 'completed' && status.commit !== null);
  return done[pick % Math.max(1, done.length)]?.key;
}

function answer({ run, choice }: On): Command | null {
  const ask = run.asks.findLast(({ status }) => status.state === 'open');
  if (ask === undefined) return null;
  const choices = [
    ...ask.choices,
    ...(ask.freeText ? ['so and so', '+0.2 usd', '50k tokens'] : []),
  ];
  const byHand = { commit: 'e'.repeat(40), base: run.head };
  const settles = ask.kind === 'conflict' && choice % 3 === 0;
  const said = choices[choice % choices.length] ?? '';
  return { type: 'answer', ask: ask.key, answer: said, by, ...(settles && { byHand }) };
}

/** About a plan: of what was proposed, yes or no, else something new. */
function discuss({ run: { discussion }, key: run, choice }: On): Command {
  const proposed = discussion.findLast(({ proposal }) => proposal !== null);
  return proposed === undefined || choice > 5
    ? { type: 'discuss-plan', run, text: 'Why?', by }
    : { type: 'judge-proposal', run, message: proposed.number, take: choice > 0, by };
}

function offerBy(choice: number): OfferedAs {
  const state = (['open', 'closed', 'merged', 'open'] as const)[choice % 4] ?? 'open';
  const url = 'https://forge.example/7';
  return { number: 7, url, state, mergedAt: state === 'merged' ? 1_000_000 : null };
}
