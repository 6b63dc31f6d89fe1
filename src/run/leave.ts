// What an agent at work wants to be allowed, on its way to a person and back.

import { blockedOn } from '../model/attempt.ts';
import type { AskKey } from '../model/key.ts';
import type { AgentEvent, Session } from '../ports/agent-runtime.ts';
import { lastPermission } from '../schedule/permission.ts';
import type { Bench, Job } from './bench.ts';
import { jobOf } from './bench.ts';

type Wish = Extract<AgentEvent, { type: 'permission' }>;

/** Asks for one attempt. Its agent asks for one thing at a time. */
export class Leave {
  readonly #bench: Bench;
  readonly #job: Job;
  readonly #session: Session;
  /** What was answered after the attempt before had been stopped: it holds for one such wish. */
  #given: { readonly question: string; readonly allow: boolean } | null;
  #open: { readonly ask: AskKey; readonly id: string } | null = null;

  constructor(bench: Bench, job: Job, session: Session) {
    this.#bench = bench;
    this.#job = job;
    this.#session = session;
    this.#given = givenTo(job);
  }

  /** Asks whether the agent may, unless that was answered before it asked. */
  async ask(wish: Wish): Promise<void> {
    const question = `May it ${wish.tool === 'execute' ? 'run' : wish.tool}: ${wish.summary}`;
    const given = this.#given;
    if (given?.question === question) {
      this.#given = null;
      this.#session.answer(wish.id, given.allow);
      return;
    }
    const { key, fence } = this.#job.attempt;
    const before = jobOf(this.#bench.world, key);
    const last = before === null ? undefined : lastPermission(before.run, before.task.key);
    const after = last?.key ?? null;
    await this.#bench.report({ attempt: key, fence, type: 'asking', question, after });
    const now = jobOf(this.#bench.world, key);
    const ask = now === null ? null : blockedOn(now.attempt);
    if (ask !== null) this.#open = { ask, id: wish.id };
    // It is being stopped.
    else this.#session.answer(wish.id, false);
  }

  /** Tells the agent what was answered. */
  answer(ask: AskKey, allow: boolean): void {
    if (this.#open?.ask !== ask) return;
    const { id } = this.#open;
    this.#open = null;
    this.#session.answer(id, allow);
  }
}

function givenTo({ run, task }: Job): { question: string; allow: boolean } | null {
  const before = task.attempts.at(-2)?.status;
  if (before?.state !== 'ended' || before.outcome.kind !== 'canceled') return null;
  if (before.outcome.why !== 'permission') return null;
  const ask = lastPermission(run, task.key);
  if (ask?.status.state !== 'answered') return null;
  return { question: ask.question, allow: ask.status.answer === 'allow' };
}
