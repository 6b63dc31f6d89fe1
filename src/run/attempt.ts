// One attempt from its slot to its hand-in: workspace, prompt, agent, and what it left.

import type { AgentReport } from '../model/attempt.ts';
import { NO_USAGE } from '../model/attempt.ts';
import { countedTokens } from '../model/budget.ts';
import { failure } from '../model/failure.ts';
import type { Failure } from '../model/failure.ts';
import type { AskKey, AttemptKey } from '../model/key.ts';
import { MAKES_CHANGES } from '../model/plan.ts';
import type { AgentRuntime, AttemptResult, AttemptSpec, Session } from '../ports/agent-runtime.ts';
import type { Workspace } from '../ports/workspace.ts';
import type { Spent } from '../schedule/input.ts';
import { saysNoRoom } from '../util/no-room.ts';
import { isSystemError } from '../util/system-error.ts';
import { attemptSpec } from './attempt-spec.ts';
import type { Bench, Job, LiveEffect } from './bench.ts';
import { jobOf } from './bench.ts';
import { confinementOf, withoutSandbox } from './confine.ts';
import { readDiscussAnswer } from './discuss-instruct.ts';
import { estimate } from './estimate.ts';
import { guarded, sessionName } from './guard.ts';
import { handOver, layOut } from './hand-on.ts';
import { instruct } from './instruct.ts';
import { LastAction } from './last-action.ts';
import { Leave } from './leave.ts';
import { better, mendSpec, toMend } from './mend-plan.ts';
import { readPlanAnswer } from './plan-answer.ts';
import { needsRepair, repaired, repairSpec } from './repair.ts';
import { hasReviewed, reviewReport } from './review-answer.ts';
import { Spending } from './spending.ts';
import { writeOutputs } from './stage-outputs.ts';
import { added, priced, rest } from './use.ts';
import type { Use } from './use.ts';
import { keep, prepare } from './workplace.ts';
import type { Kept, Prepared } from './workplace.ts';

/** As many as anybody reads. */
const MOST_DROPPED = 20;
const NOTHING_SPENT = { keptRef: null, costUsd: 0, tokens: NO_USAGE } as const;
/** What was seen last counts; where nothing was seen, all that was set aside. */
const UNKNOWN_SPENT = { keptRef: null, costUsd: null, tokens: null } as const;

/**
 * Lets an agent work on its task.
 *
 * @param bench - The coordinator.
 * @param key - The attempt.
 * @returns The work; stopping it keeps what the agent has done so far.
 */
export function work(bench: Bench, key: AttemptKey): LiveEffect {
  const job = jobOf(bench.world, key);
  if (job === null) return { done: Promise.resolve(), stop: () => {} };
  const attempt = new LiveAttempt(bench, job);
  return {
    done: attempt.done,
    stop: () => attempt.stop(),
    answer: (ask, allow) => attempt.answer(ask, allow),
  };
}

class LiveAttempt {
  readonly done: Promise<void>;
  readonly #bench: Bench;
  #job: Job;
  readonly #abort = new AbortController();
  #session: Session | null = null;
  #leave: Leave | null = null;
  /** What is said of it when the system does not let it come to its end. */
  #spent: Spent = NOTHING_SPENT;

  constructor(bench: Bench, job: Job) {
    this.#bench = bench;
    this.#job = job;
    this.done = this.#onPorts().catch((error: unknown) => this.#broken(error));
  }

  stop(): void {
    this.#abort.abort();
    this.#session?.stop();
  }

  answer(ask: AskKey, allow: boolean): void {
    this.#leave?.answer(ask, allow);
  }

  /** Asks a model how much work the goal is; there is no work to be kept. */
  async #estimate(): Promise<void> {
    const { result, spent, stopped } = await estimate(this.#bench, this.#job, {
      signal: this.#abort.signal,
      mayStart: (identity) => this.#mayStart(identity),
      priced: (use, model) => this.#priced(use, model),
    });
    // Where nobody could be asked no process has begun.
    if (!stopped && !this.#isRunning()) await this.#mayStart(null);
    const report = { status: 'done', summary: '', question: null, followUps: [] } as const;
    if (stopped) await this.#end({ type: 'stopped', spent });
    else await this.#end({ type: 'planned', result, report, spent });
  }

  async #onPorts(): Promise<void> {
    const ports = await this.#bench.workshop.ports.take();
    if (ports !== null) this.#job = { ...this.#job, port: ports.first };
    await this.#work().finally(() => ports?.release());
  }

  async #work(): Promise<void> {
    if (this.#job.task.spec.estimates === true) {
      await this.#estimate();
      return;
    }
    const { head } = this.#job.run;
    const place = await prepare(this.#bench, this.#job, head, this.#abort.signal);
    if (!place.ok) {
      await this.#fail(place.failure, NOTHING_SPENT);
      return;
    }
    if (this.#abort.signal.aborted) {
      await this.#giveUp(place.workspace);
      await this.#end({ type: 'stopped', spent: NOTHING_SPENT });
      return;
    }
    const result = await this.#execute(place);
    if (result.kind === 'none') {
      await this.#giveUp(place.workspace);
      await this.#fail(result.failure, NOTHING_SPENT);
      return;
    }
    await this.#handIn(result.result, place);
  }

  async #execute({
    path: cwd,
    home: homeDir,
    workspace,
  }: Extract<Prepared, { ok: true }>): Promise<
    { kind: 'ran'; result: AttemptResult } | { kind: 'none'; failure: Failure }
  > {
    const { attempt } = this.#job;
    const { runtimes } = this.#bench.workshop;
    const runtime = runtimes.get(attempt.runtime);
    if (runtime === undefined) {
      const known = [...runtimes.keys()].join(', ');
      const message = `there is no runtime "${attempt.runtime}"; there are ${known}`;
      return { kind: 'none', failure: failure('setup_failed', message) };
    }
    const { workshop } = this.#bench;
    const state = await workshop.sandbox();
    const refused = withoutSandbox(state, attempt.runtime);
    if (refused !== null) return { kind: 'none', failure: refused };
    // In a sandbox a command has its private home anyhow, and can make nothing beside it.
    const { command, workspace: mode } = this.#job.task.spec;
    const late = command !== null && mode === 'none' && state.kind !== 'works';
    await layOut(workshop.exchange, this.#job, homeDir, late);
    const { used, ...told } = await instruct(this.#bench, this.#job, {
      runtime,
      signal: this.#abort.signal,
      mayStart: (identity) => this.#mayStart(identity),
      priced: (use, model) => this.#priced(use, model),
    });
    const folder = workshop.files.folder(this.#job.task.key);
    const whole = attemptSpec(this.#bench, this.#job, {
      ...told,
      cwd,
      homeDir,
      confine: await confinementOf(workshop, {
        cwd,
        home: homeDir,
        folder,
        read: [workshop.exchange.contextPath(this.#job.run.key), ...(workspace?.reads ?? [])],
        fixed: [workshop.exchange.artifacts(homeDir)],
      }),
      mayStart: (identity) => this.#mayStart(identity),
    });
    const spec = used === null ? whole : lessBy(whole, used);
    const first = await this.#hear(runtime, spec, used);
    const result =
      first.invalid === undefined
        ? await this.#mended(runtime, spec, first, used)
        : await this.#again(runtime, spec, first, used);
    return { kind: 'ran', result: more(used, result) };
  }

  /** Asks a planner once more where its plan could be better; `used` is what the prompt took. */
  async #mended(
    runtime: AgentRuntime,
    spec: AttemptSpec,
    first: AttemptResult,
    used: Use | null,
  ): Promise<AttemptResult> {
    const found = await toMend(this.#bench, this.#job, spec, first);
    if (found.length === 0 || this.#abort.signal.aborted) return first;
    const mend = await mendSpec(this.#bench, this.#job, spec, { result: first, found });
    const second = await this.#hear(runtime, mend, more(used, first));
    return better(this.#bench, this.#job, first, second);
  }

  /** Asks once more for an answer that could not be read; `used` is what the prompt took. */
  async #again(
    runtime: AgentRuntime,
    spec: AttemptSpec,
    first: AttemptResult,
    used: Use | null,
  ): Promise<AttemptResult> {
    if (!needsRepair(spec, first)) return repaired(spec, first, null);
    const repair = repairSpec(this.#bench, this.#job, spec, first);
    return repaired(spec, first, await this.#hear(runtime, repair, more(used, first)));
  }

  /** Lets an agent work and hears what it does; `before` is what it used in an earlier session. */
  async #hear(
    runtime: AgentRuntime,
    spec: AttemptSpec,
    before: Use | null,
  ): Promise<AttemptResult> {
    const { attempt } = this.#job;
    const { clock, files } = this.#bench.workshop;
    // What an earlier session told last may not have been passed on: it must outlive this one.
    if (before !== null) this.#tellSpent(before);
    const session = runtime.start(spec);
    this.#session = session;
    if (this.#abort.signal.aborted) session.stop();
    const leave = new Leave(this.#bench, this.#job, session);
    this.#leave = leave;
    const action = new LastAction(clock, files, attempt);
    const spending = new Spending(clock, attempt, (use) => this.#tellSpent(use));
    for await (const heard of session.events) {
      const event = heard.type === 'usage' ? more(before, this.#priced(heard, spec.model)) : heard;
      spending.hear(event);
      if (event.type === 'permission') void leave.ask(event);
      action.hear(event);
      if (event.type === 'session') this.#name(event.sessionId);
      this.#bench.agentEvent(attempt.key, event);
    }
    spending.close();
    await action.close();
    return guarded(this.#priced(await session.result, spec.model), clock.now());
  }

  #tellSpent({ costUsd, tokens }: Use): void {
    void this.#bench.report({ ...this.#address(), type: 'spent', costUsd, tokens });
  }

  #name(id: string): void {
    const sessionId = sessionName(id);
    if (sessionId === null) return;
    // Not awaited: a slow disk must not slow the agent; the order of reports is kept.
    void this.#bench.report({ ...this.#address(), type: 'session', sessionId });
  }

  /** Where a runtime tells tokens but no money, the money is what the tokens of its model cost. */
  #priced<T extends Use>(use: T, model: string | null): T {
    return priced(use, model, this.#job.run.settings.prices);
  }

  /** The process exists, but is held back: it is let go only when its start is on disk. */
  async #mayStart(
    process: Parameters<Parameters<typeof attemptSpec>[2]['mayStart']>[0],
  ): Promise<boolean> {
    const started = { ...this.#address(), type: 'started', process } as const;
    if (this.#job.task.spec.command !== null) return this.#mayStartCommand(started);
    this.#spent = UNKNOWN_SPENT;
    // A summariser may have started it already: its mark is what all of its processes carry.
    if (!this.#isRunning()) await this.#bench.report(started);
    else if (!(await this.#bench.holdsLease())) return false;
    return this.#isRunning();
  }

  #isRunning(): boolean {
    const now = jobOf(this.#bench.world, this.#job.attempt.key);
    return now?.attempt.status.state === 'running';
  }

  /**
   * Thousands of plain commands start, and most are over at once. Their mark is on disk since they
   * were leased, which is all that recovery needs: the start itself is written with what follows.
   */
  async #mayStartCommand(started: Parameters<Bench['report']>[0]): Promise<boolean> {
    if (!(await this.#bench.holdsLease())) return false;
    const now = jobOf(this.#bench.world, this.#job.attempt.key);
    if (now?.attempt.status.state !== 'leased') return false;
    this.#bench.reportLater(started);
    return true;
  }

  async #handIn(
    result: AttemptResult,
    { workspace, home, path }: Extract<Prepared, { ok: true }>,
  ): Promise<void> {
    this.#spent = { keptRef: null, costUsd: result.costUsd, tokens: result.tokens };
    // Whoever has taken over keeps what is there, or works there already.
    if (workspace !== null && !(await this.#bench.holdsLease())) return;
    if (result.failure === null && !result.stopped) {
      await handOver(this.#bench.workshop.exchange, this.#job, home);
    }
    const kept = await keep(this.#bench, this.#job, workspace);
    const spent = { ...this.#spent, keptRef: kept.keptRef };
    const why = result.failure ?? refusal(this.#job, kept);
    if (result.stopped) await this.#end({ type: 'stopped', spent });
    else if (this.#job.task.spec.kind === 'review' && hasReviewed(result)) {
      const { head: commit } = this.#job.run;
      const report = reviewReport(result, { commit, folder: path, kept });
      await this.#end({ type: 'handed-in', change: null, report, spent });
    } else if (why !== null) await this.#fail(why, spent);
    else if (this.#job.task.spec.kind === 'plan') {
      const { structured } = result;
      const plan =
        this.#job.task.spec.discusses === undefined
          ? await readPlanAnswer(this.#bench, this.#job, structured)
          : await readDiscussAnswer(this.#bench, this.#job, result);
      await this.#end({ type: 'planned', result: plan, report: result.report, spent });
    } else await this.#end(handedIn(this.#job, result.report, kept, spent));
    if (!MAKES_CHANGES[this.#job.task.spec.kind]) {
      await writeOutputs(this.#bench, this.#job.run.key);
    }
  }

  /** A full disk is no failure of the agent's: the run pauses and the attempt costs nothing. */
  async #fail(why: Failure, spent: Spent): Promise<void> {
    if (saysNoRoom(why.message)) {
      await this.#bench.noRoom(this.#job.run.key, why.message);
      await this.#end({ type: 'stopped', spent });
    } else await this.#end({ type: 'failed', failure: why, spent });
  }

  /** What the system refuses is told with its own words; anything else is a bug. */
  async #broken(error: unknown): Promise<void> {
    const refused = isSystemError(error);
    if (!refused) throw error;
    this.#session?.stop();
    await this.#session?.result;
    await this.#fail(failure('setup_failed', error.message), this.#spent);
  }

  async #giveUp(workspace: Workspace | null): Promise<void> {
    if (await this.#bench.holdsLease()) await workspace?.remove();
  }

  #address(): { attempt: AttemptKey; fence: number } {
    const { key, fence } = this.#job.attempt;
    return { attempt: key, fence };
  }

  #end(report: WorkReport): Promise<void> {
    return this.#bench.report({ ...this.#address(), ...report });
  }
}

/** What a session uses comes to what an earlier one of the attempt has used. */
function more<T extends Use>(before: Use | null, use: T): T {
  return before === null ? use : { ...use, ...added(before, use) };
}

/** What was used before it starts is not there any more. */
function lessBy(spec: AttemptSpec, used: Use): AttemptSpec {
  return {
    ...spec,
    budgetUsd: rest(spec.budgetUsd, used.costUsd ?? 0),
    budgetTokens: rest(spec.budgetTokens, countedTokens(used.tokens)),
  };
}

/** Why what an attempt left cannot be taken as its work, if so. */
function refusal(job: Job, kept: Kept): Failure | null {
  if (kept.invalid !== null) return failure('invalid_output', kept.invalid);
  if (!MAKES_CHANGES[job.task.spec.kind]) return null;
  if (kept.secrets.length > 0) return failure('secret', secretsMessage(kept.secrets));
  if (kept.tooLarge.length === 0) return null;
  return failure('invalid_output', tooLargeMessage(job, kept));
}

function secretsMessage(places: readonly string[]): string {
  return ['the change holds a secret; it was taken out of what is kept', ...places].join('\n');
}

function tooLargeMessage({ attempt, run }: Job, { tooLarge }: Kept): string {
  const most = run.settings.workspace.maxFileMb;
  const above = most === undefined ? '' : ` (workspace.max_file_mb: ${most})`;
  return [
    `too large for a change${above}, so kept beside git: ${tooLarge.slice(0, MOST_DROPPED).join(', ')}`,
    'let git ignore what is no part of the change, or use Git LFS (workspace.git_filters)',
    `to have it back: tutti recover '${attempt.key}' --to DIR`,
  ].join('; ');
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type WorkReport = DistributiveOmit<Parameters<Bench['report']>[0], 'attempt' | 'fence'>;

function handedIn({ task }: Job, report: AgentReport, { change }: Kept, spent: Spent): WorkReport {
  if (change === null || MAKES_CHANGES[task.spec.kind]) {
    return { type: 'handed-in', change, report, spent };
  }
  const dropped = change.files.slice(0, MOST_DROPPED);
  return { type: 'handed-in', change: null, report: { ...report, dropped }, spent };
}
