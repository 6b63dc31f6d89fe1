// What was said about a plan, and what the planner proposes, to be looked at.

import type { PlanMessage, PlanTask } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { runJson } from '../report/json.ts';
import { summarize } from '../report/summarize.ts';
import { oneLine, sanitizeTerminal, wrapToWidth } from '../util/terminal-text.ts';
import { changeLines, changesJson, changesOf, isUnchanged } from './plan-changes.ts';
import type { PlanChanges } from './plan-changes.ts';
import type { Shown, View } from './shown.ts';

/**
 * Finds what the planner has proposed last, as long as a person can take it.
 *
 * @param run - The run.
 * @returns The number of the message; `null` = nothing is open.
 */
export function openProposal(run: Run): number | null {
  const last = run.discussion.at(-1);
  if (last === undefined || last.proposal === null) return null;
  const fits = run.status.state === 'awaiting_approval' && last.revision === run.plans.length;
  return fits ? last.number : null;
}

/**
 * Compares a proposal with the revision it was made for.
 *
 * @param run - The run.
 * @param message - The planner's message.
 * @returns What would change; `null` where nothing is proposed.
 */
function proposedChanges(run: Run, { proposal, revision }: PlanMessage): PlanChanges | null {
  if (proposal === null) return null;
  const before = run.plans.find((plan) => plan.revision === revision)?.tasks ?? [];
  const changes = changesOf(before, proposal.tasks);
  return isUnchanged(changes) ? null : changes;
}

/**
 * Describes the planner's last word.
 *
 * @param run - The run.
 * @returns What to show.
 */
export function talkShown(run: Run): Shown {
  const last = run.discussion.at(-1);
  const changes = last === undefined ? null : proposedChanges(run, last);
  const open = openProposal(run) !== null;
  return {
    json: {
      run: runJson(summarize(run)),
      reply: last?.from === 'planner' && last.kind === 'said' ? last.text : null,
      unanswered: last?.kind === 'unanswered' ? last.text : null,
      proposal: changes === null ? null : { revision: last?.revision, ...changesJson(changes) },
    },
    text: (view) => {
      if (last?.from !== 'planner') return `The planner of ${run.key} has not answered yet.`;
      const { cyan } = view.style;
      const take = open ? ['', `Take it: ${cyan(`tutti plan discuss ${run.key} --take`)}`] : [];
      const again = `The plan is as it was. Go on with: ${cyan(`tutti plan continue ${run.key}`)}`;
      const back = last.kind === 'unanswered' ? ['', again] : [];
      return [...messageLines(run, last, view), ...take, ...back].join('\n');
    },
  };
}

/**
 * Shows one message, with what it proposes.
 *
 * @param run - The run.
 * @param message - The message.
 * @param view - Where it is shown.
 * @returns The text.
 */
export function messageText(run: Run, message: PlanMessage, view: View): string {
  return messageLines(run, message, view).join('\n');
}

/**
 * Shows what changed between two revisions.
 *
 * @param from - The older tasks.
 * @param to - The newer ones.
 * @param view - Where it is shown.
 * @returns The text.
 */
export function changeText(from: readonly PlanTask[], to: readonly PlanTask[], view: View): string {
  const lines = changeLines(changesOf(from, to), view);
  return lines.length === 0 ? 'No difference.' : lines.join('\n');
}

function messageLines(run: Run, message: PlanMessage, view: View): string[] {
  const { width, style } = view;
  const who = message.from === 'planner' ? 'Planner' : oneLine(message.by);
  const what = { said: '', rejected: ' rejects it', unanswered: ' has no answer' }[message.kind];
  const text = sanitizeTerminal(message.text)
    .split('\n')
    .flatMap((line) => wrapToWidth(line, width - 2))
    .map((line) => `  ${line}`);
  const changes = proposedChanges(run, message);
  return [
    `${style.bold(`${who}${what}`)} ${style.dim(`(revision ${message.revision})`)}`,
    ...(message.text === '' ? [] : text),
    ...(changes === null
      ? []
      : ['  proposes:', ...changeLines(changes, view).map((line) => `  ${line}`)]),
  ];
}

/**
 * Writes the discussion as scripts see it.
 *
 * @param run - The run.
 * @returns A list of messages.
 */
export function discussionJson(run: Run): readonly Record<string, unknown>[] {
  return run.discussion.map((message) => {
    const { number, revision, from, by, kind, text, at } = message;
    const changes = proposedChanges(run, message);
    return {
      number,
      revision,
      from,
      by,
      kind,
      text,
      at: new Date(at).toISOString(),
      proposal: changes === null ? null : changesJson(changes),
    };
  });
}
