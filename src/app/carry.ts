// Carrying runs on until nothing can go on by itself: as the coordinator, or behind one.

import type { RunEvent } from '../model/event.ts';
import { NO_HISTORY } from '../model/history.ts';
import type { RunKey } from '../model/key.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Run } from '../model/run.ts';
import type { World } from '../model/world.ts';
import { historyOf } from '../plan/expect.ts';
import type { Onlooker } from '../run/coordinator.ts';
import { Coordinator } from '../run/coordinator.ts';
import { LeaseTaker } from '../run/lease.ts';
import type { Workshop } from '../run/workshop.ts';
import { isComingIn, lookStep } from '../schedule/base-due.ts';
import { decide } from '../schedule/decide.ts';
import type { App } from './app.ts';
import { keepNotices } from './notices.ts';
import type { Notices } from './notices.ts';
import { keepRecords } from './records.ts';
import { ok } from './result.ts';
import type { Result } from './result.ts';
import { fullDisk } from './send.ts';

/** How a carry came to its end. */
export type CarryEnd =
  /** Nothing of it can go on by itself: it is over, or waits for a person. */
  | { readonly kind: 'settled' }
  /** A Ctrl-C: what was alive is stopped and kept, or another process goes on with it. */
  | { readonly kind: 'interrupted'; readonly detached: boolean };

/** Who looks on, and how it is interrupted. */
export interface Carrier {
  /** Events of the carried runs, as they are on disk, with the run after them. */
  readonly onEvents: (events: readonly RunEvent[], runs: readonly Run[]) => void;
  readonly onAgentEvent?: Onlooker['onAgentEvent'];
  readonly onForeseen?: Onlooker['onForeseen'];
  /** Said once when another process coordinates and this one follows it. */
  readonly onFollow?: (pid: number) => void;
  /** Said when another process has taken over from this one, which stood still for too long. */
  readonly onTakenOver?: () => void;
  /** Told what is wrong beside the runs. */
  readonly onRemark?: (line: string) => void;
  /** Whether a person is there who may still answer what is asked. */
  readonly mayAnswer: () => boolean;
  /** Handed a function to be called when nobody may answer any more. */
  readonly listen?: (recheck: () => void) => void;
  /** The first Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** The second one. */
  readonly hurried: AbortSignal;
}

/** How often a follower looks at the store. */
const FOLLOW_MS = 100;

/**
 * Carries runs on.
 *
 * @param app - The application.
 * @param keys - The runs.
 * @param carrier - Who looks on.
 * @param shown - The last event of each run that was shown before; kept up to date.
 * @returns How it ended.
 */
export async function carry(
  app: App,
  keys: readonly RunKey[],
  carrier: Carrier,
  shown: Map<RunKey, number> = new Map(),
): Promise<Result<CarryEnd>> {
  const opened = await app.workshop();
  const settings = await app.settings();
  if (!opened.ok) return opened;
  if (!settings.ok) return settings;
  const { config } = settings.value;
  const limits: Limits = {
    leaseMs: config.coordinator.lease_secs * 1000,
    slots: config.orchestration.max_parallel,
    checkSlots: config.integrate.parallel ?? Math.max(1, Math.floor(app.processors / 2)),
  };
  const notices = (): Promise<Notices> =>
    keepNotices(app, config.notify.webhooks, { keys, say: (line) => carrier.onRemark?.(line) });
  const carried = new Carried(opened.value, { keys, carrier, shown, notices });
  const listening = await app.nudge.listen(() => carried.nudged());
  try {
    return await carried.carry(listening.address, limits);
  } finally {
    listening.close();
  }
}

/** What a coordinator may use. */
interface Limits {
  readonly slots: number;
  readonly checkSlots: number;
  readonly leaseMs: number;
}
/** The runs of one carry, and what has been seen of them. */
class Carried {
  readonly #workshop: Workshop;
  readonly #keys: readonly RunKey[];
  readonly #carrier: Carrier;
  /** The last event of each run that was shown. */
  readonly #shown: Map<RunKey, number>;
  readonly #notices: () => Promise<Notices>;
  /** The epoch that the runs were handed over to. */
  #handedTo = 0;
  #version = -1;
  #coordinator: Coordinator | null = null;

  constructor(
    workshop: Workshop,
    of: {
      keys: readonly RunKey[];
      carrier: Carrier;
      shown: Map<RunKey, number>;
      notices: () => Promise<Notices>;
    },
  ) {
    this.#workshop = workshop;
    this.#keys = of.keys;
    this.#carrier = of.carrier;
    this.#shown = of.shown;
    this.#notices = of.notices;
  }

  /** Coordinates whenever the lease is to be had, and follows whoever has it. */
  async carry(address: string | null, limits: Limits): Promise<Result<CarryEnd>> {
    const taker = new LeaseTaker(this.#workshop, limits.leaseMs);
    for (;;) {
      const { epoch, row } = await taker.tryTake(address);
      const end =
        epoch === null
          ? await this.#follow(row.epoch, row.holder)
          : await this.#coordinate({ epoch, ...limits });
      if (end !== null) return end;
    }
  }

  /** Somebody has put something into the inbox. */
  nudged(): void {
    void this.#coordinator?.readInbox();
  }

  /** Coordinates; `null` = somebody else has taken over, and there is something to follow. */
  async #coordinate(limits: Limits & { epoch: number }): Promise<Result<CarryEnd> | null> {
    const { store } = this.#workshop;
    await this.#catchUp();
    const records = keepRecords(this.#workshop);
    const notices = await this.#notices();
    const leaveWhenSettled = (world: World): void => {
      if (!this.#carrier.mayAnswer() && this.#settled(world)) void coordinator.drain(false);
    };
    const coordinator: Coordinator = new Coordinator(
      this.#workshop,
      {
        ...limits,
        history: historyOf(await store.pastTasks()),
        onlooker: {
          onEvents: (events, world) => {
            records.onEvents(events, world);
            notices.onEvents(events);
            this.#show(events, world);
            leaveWhenSettled(world);
          },
          ...(this.#carrier.onAgentEvent && { onAgentEvent: this.#carrier.onAgentEvent }),
          ...(this.#carrier.onForeseen && { onForeseen: this.#carrier.onForeseen }),
        },
        stay: () => this.#carrier.mayAnswer() && !this.#over(coordinator.world),
      },
      await store.lastNumber(),
    );
    this.#coordinator = coordinator;
    this.#carrier.listen?.(() => leaveWhenSettled(coordinator.world));
    const interrupt = (): void => void coordinator.drain(true);
    const hurry = (): void => coordinator.hurry();
    this.#carrier.interrupted.addEventListener('abort', interrupt, { once: true });
    this.#carrier.hurried.addEventListener('abort', hurry, { once: true });
    // What somebody has left half-way of a run that is over is nobody else's to do.
    const driven = [...(await store.undoing()), ...this.#keys];
    for (const key of driven) await coordinator.drive(key);
    await coordinator.readInbox();
    if (this.#carrier.interrupted.aborted) interrupt();
    else if (!this.#carrier.mayAnswer() && this.#settled(coordinator.world)) {
      await coordinator.drain(false);
    }
    coordinator.leaveWhenQuiet();
    const end = await coordinator.ended;
    this.#carrier.interrupted.removeEventListener('abort', interrupt);
    this.#carrier.hurried.removeEventListener('abort', hurry);
    this.#coordinator = null;
    await records.written();
    if (end.kind !== 'superseded') await notices.told();
    if (end.kind === 'broken') throw end.cause;
    if (end.kind === 'full') return fullDisk(end.message, 'tutti resume');
    if (end.kind === 'superseded') this.#carrier.onTakenOver?.();
    if (this.#carrier.interrupted.aborted) return ok({ kind: 'interrupted', detached: false });
    return end.kind === 'superseded' ? null : ok({ kind: 'settled' });
  }

  /** Hands the runs over and shows what happens to them; `null` = the lease may be free now. */
  async #follow(
    epoch: number,
    holder: { pid: number; socket: string | null } | null,
  ): Promise<Result<CarryEnd> | null> {
    const { store, clock, nudge } = this.#workshop;
    if (holder !== null && this.#handedTo !== epoch) {
      if (this.#handedTo === 0) this.#carrier.onFollow?.(holder.pid);
      this.#handedTo = epoch;
      for (const run of this.#keys) await store.submit({ type: 'drive', run }, clock.now());
    }
    if (holder?.socket != null) await nudge.send(holder.socket);
    await this.#catchUp();
    if (this.#carrier.interrupted.aborted) return ok({ kind: 'interrupted', detached: true });
    const runs = await Promise.all(this.#keys.map((key) => store.run(key)));
    const stuck = runs.every((run) => run === null || !canGoOn(run));
    if (stuck && !this.#carrier.mayAnswer()) return ok({ kind: 'settled' });
    if (runs.every((run) => run === null || RUN_OVER[run.status.state])) {
      return ok({ kind: 'settled' });
    }
    await this.#pause();
    return null;
  }

  /** Shows what happened while another process coordinated. */
  async #catchUp(): Promise<void> {
    const { store } = this.#workshop;
    const version = await store.version();
    if (version === this.#version) return;
    this.#version = version;
    for (const key of this.#keys) {
      const events = await store.eventsAfter(key, this.#shown.get(key) ?? 0);
      const run = await store.run(key);
      const last = events.at(-1);
      if (run === null || last === undefined) continue;
      this.#shown.set(key, last.seq);
      this.#carrier.onEvents(events, [run]);
    }
  }

  #show(events: readonly RunEvent[], world: World): void {
    const own = events.filter(({ run }) => this.#keys.includes(run));
    for (const { run } of own) this.#shown.set(run, (this.#shown.get(run) ?? 0) + 1);
    if (own.length === 0) return;
    this.#carrier.onEvents(own, this.#runsOf(world));
  }

  #runsOf(world: World): Run[] {
    return this.#keys.flatMap((key) => world.runs.get(key) ?? []);
  }

  #settled(world: World): boolean {
    // One that was not taken on yet is not settled, whatever the others are.
    const runs = this.#runsOf(world);
    return (
      runs.length === this.#keys.length &&
      // What a person has done to its branch meanwhile is as good as an answer.
      runs.every((run) => !canGoOn(run) && lookStep(run, world.desk) === null)
    );
  }

  #over(world: World): boolean {
    return this.#runsOf(world).every(({ status }) => RUN_OVER[status.state]);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        takeBack();
        this.#carrier.interrupted.removeEventListener('abort', done);
        resolve();
      };
      const takeBack = this.#workshop.clock.after(FOLLOW_MS, done);
      this.#carrier.interrupted.addEventListener('abort', done, { once: true });
    });
  }
}

/**
 * Tells whether a run can go on without a person: something of it is alive or may start, or
 * something would follow as soon as it is driven.
 *
 * @param run - The run.
 * @returns False when it is over, paused with nothing alive, or only waits for answers.
 */
function canGoOn(run: Run): boolean {
  const { state } = run.status;
  if (run.undo !== null) return true;
  if (RUN_OVER[state]) return false;
  if (isComingIn(run)) return true;
  if (run.tasks.some(({ status }) => status.state === 'running')) return true;
  if (run.paused === null && run.tasks.some(({ status }) => status.state === 'ready')) return true;
  const desk = {
    epoch: 0,
    seed: '',
    driven: new Set([run.key]),
    slots: 1,
    history: NO_HISTORY,
    draining: false,
  };
  const world: World = { runs: new Map([[run.key, run]]), lastNumber: run.number, desk };
  return decide(world, [], 0).events.length > 0;
}
