// `tutti status --orchestration`: the stages and tasks of what is unfinished. It is loaded only when
// it is asked for.

import type { Run } from '../model/run.ts';
import { renderRun } from '../report/show-run.ts';
import { renderStages, stagesJson } from '../report/stages.ts';
import { nextCommand } from '../report/status.ts';
import type { StatusInput } from '../report/status.ts';
import { taskJson } from '../report/task-json.ts';
import type { Shown, View } from './shown.ts';

/** The stages and tasks of runs; `text` is `null` where there is no run. */
export interface Stages {
  readonly json: readonly object[];
  readonly text: Shown['text'] | null;
}

/**
 * Describes runs with their stages and tasks.
 *
 * @param whole - The runs.
 * @param input - What is going on.
 * @returns What to show of them.
 */
export function stagesOf(whole: readonly Run[], input: StatusInput): Stages {
  return {
    json: whole.map((run) => {
      const others = whole.filter((other) => other !== run);
      return {
        run: run.key,
        stages: stagesJson(run),
        tasks: run.tasks.map((task) => taskJson(task, run, input.now, others)),
      };
    }),
    text: whole.length === 0 ? null : (view) => renderWhole(whole, input, view),
  };
}

function renderWhole(whole: readonly Run[], input: StatusInput, view: View): string {
  const blocks = whole.flatMap((run) => [
    renderRun(run, input.now, view, {
      others: whole.filter((other) => other !== run),
      foreseen: input.foreseen?.get(run.key) ?? [],
    }),
    ...(run.tasks.length === 0 ? [] : [renderStages(run, input.now)]),
  ]);
  return [...blocks, `Next: ${view.style.cyan(nextCommand(input))}`].join('\n\n');
}
