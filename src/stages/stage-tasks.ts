// The tasks that a stage is made of.

import type { PlanTask } from '../model/plan.ts';
import type { RunSettings } from '../model/settings.ts';
import type { Action, Stage } from '../model/stage.ts';
import { emptyTask } from '../plan/empty-task.ts';
import { slug } from '../util/slug.ts';

/**
 * Makes the tasks of a stage: one for each action, else one for each agent; all of them may run at
 * the same time. They change nothing.
 *
 * @param stage - The stage; neither the planning nor the implementation.
 * @param settings - What the run goes by.
 * @param run - What is known of the run.
 * @param run.taken - The ids of its tasks.
 * @param run.about - What is in front of whoever does it, in words.
 * @returns The tasks; none where the stage has nobody.
 */
export function stageTasks(
  stage: Stage,
  settings: RunSettings,
  { taken, about }: { readonly taken: ReadonlySet<string>; readonly about: string },
): readonly PlanTask[] {
  return tasksFor(pieces(stage), { stage, settings, taken, about });
}

/** What tasks of a stage are made with. */
interface Making {
  readonly stage: Stage;
  readonly settings: RunSettings;
  readonly taken: ReadonlySet<string>;
  readonly about?: string;
}

function tasksFor(
  all: readonly Piece[],
  { stage, settings, taken, about = '' }: Making,
): PlanTask[] {
  const ids = new Set(taken);
  return all.map(({ agent, action, title }) => {
    const id = freeId(slug(`${stage.name}-${action?.name ?? agent}`), ids);
    ids.add(id);
    return Object.assign(emptyTask(settings), {
      id,
      title,
      description: about,
      kind: stage.kind,
      agent,
      agentReason: `the stage ${stage.name}`,
      runtime: settings.stages.runtimes[agent] ?? null,
      timeoutSecs: stage.timeoutSecs,
      expectChanges: false,
      ...(action !== null && means(action, about)),
    });
  });
}

/** What one task of a stage is about. */
interface Piece {
  readonly agent: string;
  readonly action: Action | null;
  readonly title: string;
}

/** The checks judge the result first, so that reviewers know what they say. */
const TESTS: Piece = {
  agent: 'command',
  action: { name: 'run_tests', does: { kind: 'checks' } },
  title: 'Run the checks on the result',
};

/**
 * Makes the tasks of a review.
 *
 * @param stage - The stage; of the kind `review`.
 * @param settings - What the run goes by.
 * @param before - The ids of the run's tasks, how often it was reviewed, whether it has any checks.
 * @returns Who judges the result; the checks, where they do, are the first.
 */
export function reviewTasks(
  stage: Stage,
  settings: RunSettings,
  { taken, rounds, checks }: { taken: ReadonlySet<string>; rounds: number; checks: boolean },
): readonly PlanTask[] {
  const first = checks && settings.stages.runTests ? [TESTS] : [];
  return tasksFor([...first, ...pieces(stage)], { stage, settings, taken }).map((spec) =>
    Object.assign(spec, { round: rounds + 1 }),
  );
}

function pieces({ name, kind, agents, actions }: Stage): readonly Piece[] {
  if (kind === 'review' || actions.length === 0) {
    const of = kind === 'review' ? 'Review' : inWords(name);
    return agents.map((agent) => ({ agent, action: null, title: `${of} by ${agent}` }));
  }
  const [agent = ''] = agents;
  return actions.map((action) => ({
    agent,
    action,
    title: `${inWords(name)}: ${action.name.replaceAll('_', ' ')}`,
  }));
}

/** How an action is carried out. */
function means({ does }: Action, about: string): Partial<PlanTask> {
  switch (does.kind) {
    case 'prompt':
      return { description: [does.text, about].filter((text) => text !== '').join('\n\n') };
    case 'command':
      return {
        description: does.run,
        agent: 'command',
        runtime: 'command',
        command: ['/bin/sh', '-c', does.run],
      };
    case 'checks':
      // It is the judging of what it hands in, on the run's head, that does it.
      return {
        kind: 'check',
        agent: 'command',
        runtime: 'command',
        command: ['/bin/true'],
        workspace: 'none',
        maxAttempts: 1,
      };
  }
}

/** `security_audit` reads `Security audit`. */
function inWords(name: string): string {
  const words = name.replaceAll(/[_-]+/gu, ' ').trim();
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

function freeId(id: string, taken: ReadonlySet<string>): string {
  let name = id;
  for (let number = 2; taken.has(name); number += 1) name = `${id}-${number}`;
  return name;
}
