// One plain line for an event: what `run` prints without a terminal, what `logs -f` shows, and the
// report's timeline. The wording of events lives here and nowhere else.

import type { Ask } from '../model/ask.ts';
import type {
  AttemptEnded,
  AttemptHandedIn,
  AttemptStopping,
  BudgetRaised,
  Event,
  PlanDiscussed,
  RunEvent,
} from '../model/event.ts';
import type { Failure } from '../model/failure.ts';
import { taskOf } from '../model/key.ts';
import { findingsToFix } from '../model/review.ts';
import { testsText } from '../model/test-counts.ts';
import type { Verdict } from '../model/verdict.ts';
import { formatCount, formatDuration, formatUsd, plural } from '../util/amount.ts';
import { answerCommand } from './asks.ts';
import { becauseText } from './because-text.ts';
import { droppedText, leftOutText } from './dropped.ts';
import { fit, shortCommit } from './view.ts';
import { whyPlanned } from './why-planned.ts';

// Messages come from tools and agents; their first words say what matters.
const QUOTE = 160;

const quote = (text: string): string => fit(text, QUOTE);

/**
 * Says why something failed.
 *
 * @param failure - The failure.
 * @returns Such as `check_failed: tests: exit 1`.
 */
export function failureText({ reason, message }: Failure): string {
  return message.trim() === '' ? reason : `${reason}: ${quote(message)}`;
}

/**
 * Says what a verdict found.
 *
 * @param verdict - The verdict.
 * @returns Such as `check "tests" failed (exit 1)`.
 */
export function verdictText(verdict: Verdict): string {
  const { kind, name, ok } = verdict;
  const shown = `${kind} "${fit(name, 60)}"`;
  if (kind === 'review') {
    const untrue = verdict.findings.filter(({ unconfirmed }) => unconfirmed !== undefined).length;
    const but = untrue === 0 ? '' : ` (${plural(untrue, 'finding')} unconfirmed)`;
    return `${shown} ${ok ? 'passes' : 'asks for changes'}${but}`;
  }
  const counted = testsText(verdict);
  const more = counted === null ? '' : `: ${counted}`;
  if (!ok) return `${shown} failed (${howFailed(verdict)})${more}`;
  return `${shown} passed${verdict.flaky === true ? ' when it was run again (flaky)' : ''}${more}`;
}

function howFailed({ command, exitCode, findings, summary }: Verdict): string {
  // What is no command ends with no code: the forge, a set-up.
  const [words = ''] = summary.trim().split('\n', 1);
  if (command === null && words !== '') return fit(words, 120);
  if (exitCode === null) return 'it did not end by itself';
  // It has passed, but of fewer tests than may be.
  const [first] = exitCode === 0 ? findings : [];
  return first === undefined ? `exit ${exitCode}` : fit(first.message, 120);
}

function verdictsText(verdicts: readonly Verdict[], ok: boolean): string | null {
  const chosen = verdicts.filter((verdict) => verdict.ok === ok);
  return chosen.length === 0 ? null : chosen.map((verdict) => verdictText(verdict)).join(', ');
}

/** What was judged together, and how it went. */
function batchText({ attempts, failed }: Extract<Event, { type: 'batch-judged' }>): string {
  const names = attempts.map((key) => taskOf(key)).join(', ');
  const what = attempts.length === 1 ? `${names} alone` : `${names} together`;
  return failed.length === 0 ? `${what} passed` : `${what}: ${verdictsText(failed, false) ?? ''}`;
}

/** The reviewer, and what was found by trying out what it claims. */
function reviewText({ task, verdicts, review }: Extract<Event, { type: 'task-reviewed' }>): string {
  const told = verdicts.map((verdict) => verdictText(verdict)).join(', ');
  const fix = findingsToFix(review).length;
  const what = fix === 0 ? '' : `: ${plural(fix, 'finding')} to fix`;
  return `${task} ${told === '' ? 'reviewed' : told}${what}`;
}

function askText(ask: Ask): string {
  const choices = ask.choices.length === 0 ? '' : ` (${quote(ask.choices.join(' | '))})`;
  const about = ask.task === null ? '' : `, about ${ask.task}`;
  return `${ask.key} asks${about}: ${quote(ask.question)}${choices}; ${answerCommand(ask)}`;
}

function stoppingText({ attempt, as }: AttemptStopping): string {
  const why = as.kind === 'failed' ? as.failure.reason : as.kind === 'canceled' ? as.why : 'done';
  return `${attempt} stopping (${why})`;
}

function handedInText({ attempt, change, plan, report, costUsd }: AttemptHandedIn): string {
  const nothing = plan === true ? 'a plan' : 'no change';
  const dropped = droppedText(report);
  const lost = dropped === null ? nothing : `${nothing} (${dropped})`;
  const what = change === null ? lost : plural(change.files.length, 'changed file');
  const cost = costUsd !== null && costUsd > 0 ? ` for ${formatUsd(costUsd)}` : '';
  const said = report.summary.trim() === '' ? '' : `: ${quote(report.summary)}`;
  const leftOut = leftOutText(report);
  const named = leftOut === null ? '' : `; left out on purpose: ${quote(leftOut)}`;
  return `${attempt} handed in ${what}${cost}${said}${named}`;
}

function endedText({ attempt, outcome }: AttemptEnded): string | null {
  // Success shows when the task completes, and a failed check was told by its verdict.
  if (outcome.kind === 'succeeded') return null;
  if (outcome.kind === 'canceled') return `${attempt} ended (${outcome.why})`;
  const { failure } = outcome;
  return failure.reason === 'check_failed' ? null : `${attempt} failed: ${failureText(failure)}`;
}

function discussedText({ message }: PlanDiscussed): string {
  const { from, by, kind, text, proposal } = message;
  const proposed = proposal === null ? '' : 'proposes a change of the plan';
  const said = [proposed, text.trim() === '' ? '' : quote(text)].filter((one) => one !== '');
  if (kind === 'unanswered') return `the planner has no answer: ${quote(text)}`;
  if (kind === 'rejected')
    return `plan ${message.revision} is rejected by ${quote(by)}: ${quote(text)}`;
  return from === 'person'
    ? `${quote(by)} says: ${quote(text)}`
    : `the planner: ${said.join(': ')}`;
}

/** `--yes` is said before there is a plan. */
function approver(by: string): string {
  return by === 'beforehand' ? by : `by ${quote(by)}`;
}

function withKey(key: string, text: string | null): string | null {
  return text === null ? null : `${key} ${text}`;
}

function raiseText(run: string, { usd, tokens, by }: BudgetRaised): string {
  const amounts = [
    ...(usd === null ? [] : [formatUsd(usd)]),
    ...(tokens === null ? [] : [`${formatCount(tokens)} tokens`]),
  ];
  return `${run} budget raised by ${quote(by)}: ${amounts.join(' and ')} more`;
}

function planned(event: Extract<Event, { type: 'run-created' }>): string {
  const why = whyPlanned(event);
  return why === '' ? '' : ` (${quote(why)})`;
}

function planText(run: string, event: Event): string | null {
  switch (event.type) {
    case 'run-detected':
      return `${run} goes on ${quote(whyPlanned(event))}`;
    case 'planning-started':
      return `${run} is being planned`;
    case 'plan-drafted': {
      const { revision, tasks, by } = event.plan;
      return `${run} plan ${revision} proposed by ${quote(by)}: ${plural(tasks.length, 'task')}`;
    }
    case 'plan-approved':
      return `${run} plan ${event.revision} approved ${approver(event.by)}`;
    case 'plan-rejected':
      return `${run} plan ${event.revision} rejected by ${quote(event.by)}`;
    case 'plan-discussed':
      return `${run} ${discussedText(event)}`;
    default:
      return null;
  }
}

function runText(run: string, event: Event): string | null {
  switch (event.type) {
    case 'run-created':
      return `${run} created: ${quote(event.title)}${planned(event)}`;
    case 'run-started':
      return `${run} started`;
    case 'run-paused':
      return `${run} paused: ${quote(event.pause.reason)}`;
    case 'run-resumed':
      return `${run} resumed by ${quote(event.by)}`;
    case 'run-merged':
      return `${run} merged into ${quote(event.into)} by ${quote(event.by)}`;
    case 'pull-request-seen':
      return `${run} pull request ${quote(event.offeredAs.url)} ${event.offeredAs.state}`;
    case 'run-completed':
      return `${run} completed${event.outcome === 'partial' ? ' in part: some tasks were skipped' : ''}`;
    case 'run-failed':
      return `${run} failed: ${failureText(event.failure)}`;
    case 'cancel-requested':
      return `${run} is being canceled by ${quote(event.by)}`;
    case 'run-canceled':
      return `${run} canceled`;
    case 'summary-told':
      return event.text === null ? null : `${run} summed up by a model`;
    case 'run-reopened':
      return `${run} re-opened by ${quote(event.by)}`;
    default:
      return planText(run, event);
  }
}

function askEventText(event: Event): string | null {
  switch (event.type) {
    case 'ask-opened':
      return askText(event.ask);
    case 'ask-answered':
      return `${event.ask} answered by ${quote(event.by)}: ${quote(event.answer)}`;
    case 'ask-withdrawn':
      return `${event.ask} withdrawn`;
    default:
      return null;
  }
}

function taskEndText(event: Event, at: number): string | null {
  switch (event.type) {
    case 'task-failed':
      return `${event.task} failed for good: ${failureText(event.failure)}`;
    case 'task-rewired':
      return `${event.task} waits for ${event.dependsOn.join(', ') || 'nothing'} now`;
    case 'task-tolerated':
      return `${event.task} stays failed, but stops the run no more`;
    case 'task-skipped':
      return `${event.task} skipped: ${becauseText(event.because, at)}`;
    case 'task-canceled':
      return `${event.task} canceled: ${becauseText(event.because, at)}`;
    case 'task-reopened':
      return `${event.task} re-opened`;
    case 'task-set-back':
      return `${event.task} waits: what it builds on is being taken out`;
    case 'task-undone':
      return `${event.task} ${event.failure.reason === 'undone' ? 'undone' : 'rolled back'} as ${shortCommit(event.commit)}: ${quote(event.failure.message)}`;
    default:
      return null;
  }
}

function taskText(event: Event, at: number): string | null {
  switch (event.type) {
    case 'task-ready':
      return `${event.task} ready`;
    case 'task-retried': {
      // What counts for nothing was interrupted: when it goes on is not known.
      const how = event.counts === 'nothing' ? 'will be tried again' : 'tries again';
      return event.notBefore > at
        ? `${event.task} ${how} in ${formatDuration(event.notBefore - at)}`
        : `${event.task} ${how}`;
    }
    case 'task-resumed':
      return `${event.task} goes on to the branch`;
    case 'task-verified':
    case 'task-checked':
      return withKey(event.task, verdictsText(event.verdicts, true));
    case 'task-reviewed':
      return reviewText(event);
    case 'task-refuted':
      return withKey(event.task, verdictsText(event.verdicts, false));
    case 'batch-judged':
      return batchText(event);
    case 'task-withheld':
      return `${event.task} has to wait: the branch is not where it should be`;
    case 'task-completed': {
      const how =
        event.commit === null ? 'completed' : `integrated as ${shortCommit(event.commit)}`;
      return `${event.task} ${how}${event.proof === 'unproven' ? ' (unproven)' : ''}`;
    }
    default:
      return taskEndText(event, at);
  }
}

function attemptText(event: Event): string | null {
  switch (event.type) {
    // The lease is where agent and runtime are named; that its process is let go only repeats it.
    case 'attempt-leased':
      return `${event.attempt} started (${fit(event.agent, 60)}, ${fit(event.runtime, 60)})`;
    case 'attempt-unblocked':
      return `${event.attempt} goes on`;
    case 'attempt-stopping':
      return stoppingText(event);
    case 'attempt-handed-in':
      return handedInText(event);
    case 'attempt-ended':
      return endedText(event);
    default:
      return null;
  }
}

function undoText(event: Event): string | null {
  switch (event.type) {
    case 'undo-started':
      return `${event.task} is being taken out: ${quote(event.failure.message)}`;
    case 'undo-publishing':
      return withKey(event.task, verdictsText(event.verdicts, true));
    case 'undo-refused':
      return `${event.task} stays in: ${quote(event.message)}`;
    default:
      return null;
  }
}

function updateText(run: string, event: Event): string | null {
  switch (event.type) {
    case 'update-started': {
      const how = event.kept ? 'keeps, whatever its checks say,' : 'takes in';
      return `${run} ${how} ${whatComes(event)}`;
    }
    case 'update-publishing':
      return withKey(`${run} with that:`, verdictsText(event.evidence, true));
    case 'update-refused':
      return withKey(`${run} with ${whatComes(event)}:`, verdictsText(event.evidence, false));
    case 'update-dropped':
      return event.why === 'left_out' ? `${run} goes on without newer commits of its base` : null;
    case 'run-updated': {
      const proof = event.proof === 'unproven' ? ' (unproven)' : '';
      return `${run} has ${whatComes(event)} now, as ${shortCommit(event.head)}${proof}`;
    }
    default:
      return null;
  }
}

function whatComes({ kind, commit }: { kind: 'base' | 'branch'; commit: string }): string {
  const at = shortCommit(commit);
  return kind === 'base' ? `its base at ${at}` : `what was committed to its branch (${at})`;
}

/**
 * Says what happened, in one plain line.
 *
 * @param happened - The event with its run and moment.
 * @returns The line, or `null` for an event that only repeats what others say.
 */
export function eventLine({ run, at, event }: RunEvent): string | null {
  if (event.type === 'budget-raised') return raiseText(run, event);
  if (event.type.startsWith('attempt-')) return attemptText(event);
  if (event.type.startsWith('task-')) return taskText(event, at);
  if (event.type.startsWith('undo-')) return undoText(event);
  if (event.type.startsWith('update-') || event.type === 'run-updated')
    return updateText(run, event);
  return event.type.startsWith('ask-') ? askEventText(event) : runText(run, event);
}
