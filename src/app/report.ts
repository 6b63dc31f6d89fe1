// The report of a run.

import { renderReport, reportJson } from '../report/report.ts';
import type { App } from './app.ts';
import { find } from './find.ts';
import { ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown } from './shown.ts';

/**
 * Reports what a run did, with the evidence for it.
 *
 * @param app - The application.
 * @param key - A run, or anything of it.
 * @returns What to show; the text is markdown, as in the run's report.md.
 */
export async function showReport(app: App, key: string): Promise<Result<Shown>> {
  const found = await find(app, key);
  if (!found.ok) return found;
  const { run, store } = found.value;
  const { events } = await store.log(run.key);
  const verdicts = await store.verdicts(run.key);
  const input = { run, events, verdicts, now: app.clock.now() };
  return ok({ json: reportJson(input), text: ({ width }) => renderReport(input, width).trimEnd() });
}
