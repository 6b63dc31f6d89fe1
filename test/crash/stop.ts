// A coordinator that stands still past its lease, at one of the moments at which it changes
// something, while another one takes over; then it wakes up.

import { readFileSync } from 'node:fs';

import { expect } from 'vitest';

import type { RunStatus } from '../../src/model/run.ts';
import { counted, makeProject } from './kill.ts';
import type { Counted } from './kill.ts';
import { CONFIG, PLAN, RUN, expectKept, expectWhole, lookAt } from './points.ts';
import type { Looked } from './points.ts';

/** What came of it. */
export interface Stood {
  readonly status: RunStatus | undefined;
  /** Whether another one had taken over before it woke up. */
  readonly superseded: boolean;
}

/**
 * Stops a run at a point, lets another process take over, and wakes the first one up: while the other
 * is at work, or when it is done.
 *
 * @param at - The number of the point.
 * @param when - When it wakes up.
 * @returns How the run ended.
 */
export async function stopAt(at: number, when: 'meanwhile' | 'after'): Promise<Stood> {
  const project = makeProject(PLAN, CONFIG);
  try {
    const first = counted(project, RUN, { at, signal: 'SIGSTOP' });
    const stands = await stopped(first);
    const last = first.passed().at(-1) ?? '';
    if (!stands) return await stopAt(first.passed().length - 20, when);
    if (holdsStore(last)) {
      // Inside a transaction everybody waits for it: nobody can take over.
      process.kill(first.pid, 'SIGKILL');
      await first.ended;
      return await stopAt(at + 2, when);
    }
    const point = `stopped at ${at}: ${last}, woken ${when}`;
    const { run } = await lookAt(project);
    const other = counted(project, ['resume', '--jsonl'], null);
    if (when === 'meanwhile') await Promise.race([passed(other, 40), other.ended]);
    else expect((await other.ended).code, point).toBe(0);
    const before = { looked: await lookAt(project), journal: project.journal() };
    process.kill(first.pid, 'SIGCONT');
    const [stale, fresh] = await Promise.all([first.ended, other.ended]);
    expect(fresh.code, [point, ...fresh.lines].join('\n')).toBe(0);
    expect(stale.code, [point, ...stale.lines].join('\n')).toBe(0);
    const after = await expectWhole(project, point);
    for (const said of [stale, fresh]) expectKept(said, after, point);
    expectFences(after, point);
    expectOnce(project.journal(), point);
    if (when === 'after' && run !== null) {
      // It has written nothing, and started nothing.
      expect(after.events.length, point).toBe(before.looked.events.length);
      expect(project.journal(), point).toEqual(before.journal);
    }
    return { status: after.run?.status, superseded: SAID.test(stale.lines.join('\n')) };
  } finally {
    project.remove();
  }
}

const SAID = /another process has taken over/u;

/** Inside of a write transaction of the store. */
function holdsStore(last: string): boolean {
  return last === 'BEGIN IMMEDIATE, done' || last === 'COMMIT';
}

/** Waits until a process stands still; false when it has ended instead. */
async function stopped({ pid, ended }: Counted): Promise<boolean> {
  const end = ended.then(() => 'over' as const);
  while (stateOf(pid) !== 'T') {
    if ((await Promise.race([end, soon()])) === 'over') return false;
  }
  return true;
}

function stateOf(pid: number): string {
  try {
    return /\) (.)/u.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
  } catch {
    return ''; // it has ended
  }
}

/** Waits until a process has passed so many points. */
async function passed(process: Counted, count: number): Promise<void> {
  while (process.passed().length < count) await soon();
}

function soon(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 10);
  });
}

/** Whoever was taken over leases nothing any more, and every task ends once. */
function expectFences({ events }: Looked, point: string): void {
  const fences = events.flatMap(({ event }) =>
    event.type === 'attempt-leased' ? [event.fence] : [],
  );
  expect(fences, point).toEqual(fences.toSorted((a, b) => a - b));
  const completed = events.flatMap(({ event }) =>
    event.type === 'task-completed' ? [event.task] : [],
  );
  expect(new Set(completed).size, point).toBe(completed.length);
}

/** No attempt has begun its work twice. */
function expectOnce(journal: readonly string[], point: string): void {
  expect(journal, point).toEqual([...new Set(journal)]);
}
