// `tutti graph KEY`: the tasks of a run with their states, as text or as a Mermaid diagram.

import type { Run } from '../model/run.ts';
import type { Task } from '../model/task.ts';
import { displayWidth, oneLine } from '../util/terminal-text.ts';
import { afterText, drawForest } from './forest.ts';
import { fit, inStateTone, stateSign } from './view.ts';
import type { View } from './view.ts';

const nodesOf = (run: Run): { id: string; dependsOn: readonly string[] }[] =>
  run.tasks.map(({ key, dependsOn }) => ({ id: key, dependsOn }));

function stateText({ status }: Task): string {
  if (status.state === 'running') return status.phase;
  return status.state === 'completed' && status.proof === 'unproven' ? 'unproven' : status.state;
}

/**
 * Draws the graph of a run as trees.
 *
 * @param run - The run.
 * @param view - Where it is shown.
 * @returns The text, without a line feed at its end.
 */
export function renderGraph(run: Run, { width, style }: View): string {
  if (run.tasks.length === 0) return `${run.key} has no tasks yet.`;
  const byKey = new Map(run.tasks.map((task) => [task.key, task]));
  const lines = drawForest(nodesOf(run), Math.floor(width / 9)).flatMap((row) => {
    const task = byKey.get(row.id);
    if (task === undefined) return [];
    const { state } = task.status;
    const name = task.key.slice(run.key.length);
    const right = stateText(task);
    const after = afterText(row, (key) => key.slice(run.key.length));
    const note = after === '' ? '' : `  (${after})`;
    const used = displayWidth(row.first) + name.length + right.length + 6;
    const title = fit(task.spec.title, Math.max(12, width - used - displayWidth(note)));
    const shown = `${style.dim(row.first)}${stateSign(state, style)} ${style.bold(name)}  ${title}`;
    return [`${shown}  ${inStateTone(right, state, style)}${style.dim(note)}`];
  });
  return [style.bold(`${run.key}  ${fit(run.title, width - run.key.length - 2)}`), ...lines].join(
    '\n',
  );
}

// In a quoted Mermaid label everything but plain words is written by its number.
const label = (text: string): string =>
  oneLine(text).replaceAll(/[^\p{L}\p{M}\p{N} .,:/()-]/gu, (sign) => `#${sign.codePointAt(0)};`);

/**
 * Draws the graph of a run for Mermaid, as forges and editors show it.
 *
 * @param run - The run.
 * @returns The diagram's text, without a line feed at its end.
 */
export function renderMermaid(run: Run): string {
  return [
    'graph TD',
    ...run.tasks.map(
      (task) =>
        `  t${task.number}["${label(`${task.key} ${fit(task.spec.title, 60)}`)}"]:::${task.status.state}`,
    ),
    ...run.tasks.flatMap((task) =>
      task.dependsOn.map((key) => `  t${key.slice(run.key.length + 1)} --> t${task.number}`),
    ),
    '  classDef completed fill:#d4edda,stroke:#28a745',
    '  classDef running fill:#d1ecf1,stroke:#17a2b8',
    '  classDef waiting fill:#fff3cd,stroke:#ffc107',
    '  classDef failed fill:#f8d7da,stroke:#dc3545',
  ].join('\n');
}
