// How a command reaches whoever coordinates: through the inbox, so that it survives everything. With
// nobody there, the sender takes the lease for this one input; such a holder starts nothing.

import type { Answer, Command } from '../model/command.ts';
import { NO_HISTORY } from '../model/history.ts';
import type { RunKey } from '../model/key.ts';
import { Coordinator } from '../run/coordinator.ts';
import { LeaseTaker } from '../run/lease.ts';
import type { Workshop } from '../run/workshop.ts';
import type { App } from './app.ts';
import { rememberApproved } from './approved-commands.ts';
import { keepRecords } from './records.ts';
import { no, ok } from './result.ts';
import type { Result } from './result.ts';

/** How long to wait between two looks for the answer: short first, for it mostly comes at once. */
const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 200;

/** What the coordinator said. */
export interface Said {
  readonly run: RunKey | null;
  readonly text: string;
}

/**
 * Gives a command and waits for its answer.
 *
 * @param app - The application.
 * @param command - The command.
 * @returns What was said to it.
 */
export async function send(app: App, command: Command): Promise<Result<Said>> {
  const opened = await app.workshop();
  const settings = await app.settings();
  if (!opened.ok) return opened;
  if (!settings.ok) return settings;
  const workshop = opened.value;
  const { store, clock, nudge } = workshop;
  const leaseMs = settings.value.config.coordinator.lease_secs * 1000;
  const taker = new LeaseTaker(workshop, leaseMs);
  const id = await store.submit(command, clock.now());
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
    const answer = await store.answer(id);
    if (answer !== null) {
      if (answer.ok) await rememberApproved(app, store, { command, run: answer.run });
      return said(answer);
    }
    const { epoch, row } = await taker.tryTake(null);
    if (epoch !== null) {
      const problem = await decideOnce(workshop, epoch, leaseMs);
      if (problem !== null) return problem;
      continue;
    }
    if (row.holder?.socket != null) await nudge.send(row.holder.socket);
    await pause(clock, wait);
  }
}

/** Hears what is in the inbox, as a coordinator without slots. */
async function decideOnce(
  workshop: Workshop,
  epoch: number,
  leaseMs: number,
): Promise<Result<never> | null> {
  const lastNumber = await workshop.store.lastNumber();
  const records = keepRecords(workshop);
  const options = {
    epoch,
    slots: 0,
    history: NO_HISTORY,
    checkSlots: 1,
    leaseMs,
    onlooker: records,
  };
  const coordinator = new Coordinator(workshop, options, lastNumber);
  await coordinator.readInbox();
  coordinator.leaveWhenQuiet();
  const end = await coordinator.ended;
  await records.written();
  if (end.kind === 'broken') throw end.cause;
  return end.kind === 'full' ? fullDisk(end.message, 'give the command again') : null;
}

/**
 * Says that there is no room left for the store.
 *
 * @param message - What the store said.
 * @param next - The command that goes on.
 * @returns The problem.
 */
export function fullDisk(message: string, next: string): Result<never> {
  const hint = `free some space, then go on: ${next}; nothing that was acknowledged is lost`;
  return no('full_disk', message, hint, 3);
}

function said(answer: Answer): Result<Said> {
  if (answer.ok) return ok({ run: answer.run, text: answer.text });
  return no(answer.code, answer.message, answer.hint);
}

function pause(clock: Workshop['clock'], ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
