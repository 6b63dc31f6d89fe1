// Plans, to be looked at: a revision, what changed between two, and the file that tells it all.

import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { parse } from 'yaml';

import type { PlanRevision } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { writePlan } from '../plan/write-plan.ts';
import { runJson } from '../report/json.ts';
import { summarize } from '../report/summarize.ts';
import { fit } from '../report/view.ts';
import { oneLine, wrapToWidth } from '../util/terminal-text.ts';
import type { App } from './app.ts';
import { planJson, planText } from './face.ts';
import type { Proposal } from './face.ts';
import { find } from './find.ts';
import { withPast } from './past.ts';
import { changeLines, changesJson, changesOf } from './plan-changes.ts';
import { discussionJson, messageText } from './plan-talk.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown, View } from './shown.ts';

/**
 * Finds a revision of a run's plan.
 *
 * @param app - The application.
 * @param key - The run.
 * @param revision - Its number; `null` = the newest.
 * @returns The run and the revision.
 */
export async function findPlan(
  app: App,
  key: string,
  revision: number | null,
): Promise<Result<{ readonly run: Run; readonly plan: PlanRevision }>> {
  const found = await find(app, key);
  if (!found.ok) return found;
  const { run } = found.value;
  const plan =
    revision === null ? run.plans.at(-1) : run.plans.find((one) => one.revision === revision);
  if (plan !== undefined) return ok({ run, plan });
  if (run.plans.length === 0) {
    return no('no_plan', `${run.key} has no plan yet`, `tutti show ${run.key} tells how it stands`);
  }
  const there = run.plans.map((one) => one.revision).join(', ');
  return no('unknown_key', `the plan of ${run.key} has no revision ${revision}`, `it has ${there}`);
}

/**
 * Shows a plan.
 *
 * @param app - The application.
 * @param key - The run.
 * @param revision - Its number; `null` = the newest.
 * @returns What to show.
 */
export async function showPlan(
  app: App,
  key: string,
  revision: number | null,
): Promise<Result<Shown>> {
  const found = await findPlan(app, key, revision);
  return found.ok ? ok(planShown(await withPast(app, found.value))) : found;
}

/**
 * Describes a revision.
 *
 * @param proposal - The revision, its run and the project's past.
 * @param more - What scripts see besides.
 * @returns What to show.
 */
export function planShown(
  { run, plan, history }: Proposal,
  more: Readonly<Record<string, unknown>> = {},
): Shown {
  const { state } = plan;
  return {
    json: {
      run: runJson(summarize(run)),
      plan: planJson({ run, plan, history }),
      revisions: run.plans.map((one) => ({
        revision: one.revision,
        state: one.state,
        by: one.by,
        createdAt: new Date(one.createdAt).toISOString(),
      })),
      discussion: discussionJson(run),
      ...more,
    },
    text: (view) => {
      const waits = state === 'draft' && run.status.state === 'awaiting_approval';
      const next = waits
        ? `Next: ${view.style.cyan(`tutti plan approve ${run.key}`)}  (to change it: plan continue, plan edit)`
        : `This revision is ${state}.`;
      const past = [...revisionLines(run, view), ...discussionLines(run, view)];
      const texts = [planText({ run, plan, history }, view), past.join('\n'), next];
      return texts.filter((one) => one !== '').join('\n\n');
    },
  };
}

/** Where there is more than one. */
function revisionLines({ plans }: Run, { width, style }: View): string[] {
  if (plans.length < 2) return [];
  const all = plans.map(({ revision, by }) => `${revision} ${oneLine(by)}`).join(', ');
  return wrapToWidth(`Revisions by: ${all}`, width).map((line) => style.dim(line));
}

function discussionLines(run: Run, view: View): string[] {
  return run.discussion.flatMap((message) => ['', messageText(run, message, view)]);
}

/**
 * Shows what changed between two revisions of a plan.
 *
 * @param app - The application.
 * @param key - The run.
 * @param revisions - Their numbers; by default the newest and the one before it.
 * @param revisions.from - The older one.
 * @param revisions.to - The newer one.
 * @returns What to show.
 */
export async function diffPlans(
  app: App,
  key: string,
  revisions: { readonly from: number | null; readonly to: number | null },
): Promise<Result<Shown>> {
  const newer = await findPlan(app, key, revisions.to);
  if (!newer.ok) return newer;
  const { run, plan: to } = newer.value;
  const older =
    revisions.from === null && to.revision === run.plans[0]?.revision
      ? newer
      : await findPlan(app, key, revisions.from ?? to.revision - 1);
  if (!older.ok) return older;
  const from = older.value.plan;
  const changes = changesOf(from.tasks, to.tasks);
  return ok({
    json: { run: run.key, from: from.revision, to: to.revision, ...changesJson(changes) },
    text: (view) => {
      if (from === to) return `The plan of ${run.key} has one revision only.`;
      const lines = changeLines(changes, view);
      const head = `Plan of ${run.key}: revision ${from.revision} → ${to.revision}, by ${to.by}`;
      const body = lines.length === 0 ? ['No difference.'] : lines;
      return [view.style.bold(fit(head, view.width)), ...body].join('\n');
    },
  });
}

/**
 * Writes a plan as a file that `run --plan` takes.
 *
 * @param app - The application.
 * @param key - The run.
 * @param to - `revision`: `null` = the newest; `output`: the file, `null` = to be shown; `dir`: what
 *   a relative path is relative to.
 * @returns What to show: the file itself, or where it is.
 */
export async function exportPlan(
  app: App,
  key: string,
  to: { readonly revision: number | null; readonly output: string | null; readonly dir: string },
): Promise<Result<Shown>> {
  const found = await findPlan(app, key, to.revision);
  if (!found.ok) return found;
  const { run, plan } = found.value;
  const yaml = writePlan(run.goal, plan.tasks);
  if (to.output === null) {
    const json: unknown = parse(yaml, { maxAliasCount: 0 });
    return ok({ json, text: () => yaml.trimEnd() });
  }
  const path = resolve(to.dir, to.output);
  try {
    await writeFile(path, path.endsWith('.json') ? asJson(yaml) : yaml);
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    return no('system', `the plan cannot be written to ${path}: ${why}`, 'give another --output');
  }
  const { revision } = plan;
  return ok({
    json: { run: run.key, revision, path },
    text: () => `Revision ${revision} of ${run.key} is in ${path}\nNext: tutti run --plan ${path}`,
  });
}

function asJson(yaml: string): string {
  return `${JSON.stringify(parse(yaml, { maxAliasCount: 0 }), undefined, 2)}\n`;
}
