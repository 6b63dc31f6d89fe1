// The graph of a run.

import { renderGraph, renderMermaid } from '../report/graph.ts';
import { runJson } from '../report/json.ts';
import { summarize } from '../report/summarize.ts';
import { taskJson } from '../report/task-json.ts';
import { criticalPath } from '../report/timeline.ts';
import type { App } from './app.ts';
import { find } from './find.ts';
import { ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown } from './shown.ts';

/**
 * Shows which tasks wait for which.
 *
 * @param app - The application.
 * @param key - A run, or anything of it.
 * @param mermaid - As a Mermaid diagram, which forges and editors draw.
 * @returns What to show.
 */
export async function showGraph(app: App, key: string, mermaid: boolean): Promise<Result<Shown>> {
  const found = await find(app, key);
  if (!found.ok) return found;
  const { run } = found.value;
  const now = app.clock.now();
  return ok({
    json: {
      run: runJson(summarize(run)),
      tasks: run.tasks.map((task) => taskJson(task, run, now)),
      edges: run.tasks.flatMap(({ key: to, dependsOn }) => dependsOn.map((from) => ({ from, to }))),
      criticalPath: criticalPath(run),
      ...(mermaid && { mermaid: renderMermaid(run) }),
    },
    text: (view) => (mermaid ? renderMermaid(run) : renderGraph(run, view)),
  });
}
