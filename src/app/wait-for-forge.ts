// What the forge says of a branch that was pushed, as a check: waited for by asking again and again.

import type { Verdict } from '../model/verdict.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommitStatus, Forge, ForgeProblem } from '../ports/forge.ts';
import { plural } from '../util/amount.ts';
import { boundedText } from '../util/bounded-text.ts';
import { oneLine } from '../util/terminal-text.ts';

/** What is waited for. */
export interface ForgeWait {
  /** The check's name. */
  readonly name: string;
  readonly commit: string;
  readonly tree: string;
  readonly timeoutSecs: number;
  readonly signal: AbortSignal;
  /** Says how it stands, when that has changed. */
  readonly say: (line: string) => void;
}

/** What came of it. */
export type Waited =
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  /** It would say the same however often it is asked. */
  | { readonly kind: 'refused'; readonly problem: ForgeProblem }
  | { readonly kind: 'interrupted' };

const FIRST_MS = 2000;
const FACTOR = 1.5;
const LONGEST_MS = 60_000;
/** Where nothing has begun until then, nothing will. */
const BEGIN_MS = 120_000;
/** Before that not all may have begun: those who run checks hear of a push one after the other. */
const NO_YES_MS = 30_000;
/** One check may begin when another one is over: a yes has to stand so long. */
const SETTLED_MS = 15_000;
const MOST_NAMED = 20;

/**
 * Waits until all checks of the forge on a commit are over.
 *
 * @param forge - The repository on the forge.
 * @param clock - Time.
 * @param wait - What is waited for, and how long.
 * @returns The verdict; whatever is not known in time is a no.
 */
export async function waitForForge(forge: Forge, clock: Clock, wait: ForgeWait): Promise<Waited> {
  const begin = clock.monotonic();
  const elapsed = (): number => clock.monotonic() - begin;
  let pause = FIRST_MS;
  let said = '';
  const settling = settlingBy(elapsed);
  let last: readonly CommitStatus[] = [];
  const made = (ok: boolean, words: string): Waited => ({
    kind: 'verdict',
    verdict: verdictOf(wait, last, { ok, words, durationMs: Math.round(elapsed()) }),
  });
  for (;;) {
    if (wait.signal.aborted) return { kind: 'interrupted' };
    const answer = await forge.statuses(wait.commit);
    if (answer.ok) {
      last = answer.value;
      const words = standing(last);
      if (words !== said) wait.say(`${wait.name}: ${words}`);
      said = words;
      if (settling.isSettled(last)) return made(!last.some(hasFailed), words);
      if (last.length === 0 && elapsed() >= BEGIN_MS) return made(false, 'the forge runs no check');
    } else if (!isPassing(answer.problem)) {
      return { kind: 'refused', problem: answer.problem };
    }
    const left = wait.timeoutSecs * 1000 - elapsed();
    if (left <= 0) return made(false, `not over after ${wait.timeoutSecs} s: ${standing(last)}`);
    await sleep(clock, Math.min(pause, settling.leftMs(), left), wait.signal);
    pause = Math.min(LONGEST_MS, pause * FACTOR);
  }
}

/** Whether what is over will stay as it is. */
interface Settling {
  readonly isSettled: (statuses: readonly CommitStatus[]) => boolean;
  /** Until it may be. */
  readonly leftMs: () => number;
}

function settlingBy(elapsed: () => number): Settling {
  let over: string | null = null;
  let since = 0;
  const settledAt = (): number => Math.max(NO_YES_MS, since + SETTLED_MS);
  return {
    isSettled: (statuses) => {
      const now = isOver(statuses) ? JSON.stringify(statuses) : null;
      if (now === null || now !== over) {
        [over, since] = [now, elapsed()];
        return false;
      }
      // What has failed stays so, whatever else begins; it is heard twice to have all that has.
      return statuses.some(hasFailed) || elapsed() >= settledAt();
    },
    leftMs: () => (over === null ? Infinity : Math.max(FIRST_MS, settledAt() - elapsed())),
  };
}

function hasFailed({ state }: CommitStatus): boolean {
  return state === 'failed';
}

/** A forge that is busy or not reached now may be there later. */
function isPassing({ code }: ForgeProblem): boolean {
  return code === 'rate_limited' || code === 'unreachable';
}

function isOver(statuses: readonly CommitStatus[]): boolean {
  return statuses.length > 0 && statuses.every(({ state }) => state !== 'pending');
}

function standing(statuses: readonly CommitStatus[]): string {
  if (statuses.length === 0) return 'nothing has begun';
  const counts = (['passed', 'failed', 'pending', 'skipped'] as const).flatMap((state) => {
    const count = statuses.filter((one) => one.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  return `${plural(statuses.length, 'check')} of the forge, ${counts.join(', ')}`;
}

/** Names and addresses are the forge's: they are kept short and on one line. */
function verdictOf(
  { name, tree }: ForgeWait,
  statuses: readonly CommitStatus[],
  { ok, words, durationMs }: { ok: boolean; words: string; durationMs: number },
): Verdict {
  const shown = statuses
    .filter(({ state }) => state === 'failed' || state === 'pending')
    .slice(0, MOST_NAMED)
    .map(
      ({ name: one, state, url }) =>
        `${state}: ${short(one)}${url === null ? '' : ` ${short(url)}`}`,
    );
  return {
    kind: 'check',
    name,
    ok,
    command: null,
    exitCode: null,
    tree,
    durationMs,
    summary: [words, ...shown].join('\n'),
    findings: [],
  };
}

const short = (text: string): string => boundedText(oneLine(text), 300);

function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
