// How well the slots of a run were used, and whether one stood idle while a task could have run.

import type { Course } from './course.ts';

/** The use of the slots. */
export interface SlotUse {
  readonly slots: number;
  /** From the first task to the end. */
  readonly spanMs: number;
  /** All attempts at work, added up. */
  readonly busyMs: number;
  /** Of slots × span, from 0 to 1. */
  readonly share: number;
  readonly meanConcurrency: number;
  readonly peakConcurrency: number;
  /** How long a slot was free while a task was ready. */
  readonly idleWhileReadyMs: number;
  /** The same by what those tasks waited for. */
  readonly idleBecause: Readonly<Record<string, number>>;
}

interface Edge {
  readonly at: number;
  readonly busy: number;
  /** What a ready task waits for that begins or ends to wait here. */
  readonly reason: string | null;
  readonly ready: number;
}

/**
 * Measures the use of the slots.
 *
 * @param course - The run's course.
 * @returns The use.
 */
export function slotUse(course: Course): SlotUse {
  const { from, to, slots, tries } = course;
  const edges = edgesOf(course);
  const waiting = new Map<string, number>();
  const idleBecause: Record<string, number> = {};
  let [busy, peak, busyMs, idleMs, last] = [0, 0, 0, 0, from];
  for (const edge of edges) {
    const ms = Math.max(0, edge.at - last);
    busyMs += busy * ms;
    const reasons = [...waiting].filter(([, count]) => count > 0);
    if (busy < slots && ms > 0 && reasons.length > 0) {
      idleMs += ms;
      for (const [reason] of reasons) idleBecause[reason] = (idleBecause[reason] ?? 0) + ms;
    }
    last = edge.at;
    busy += edge.busy;
    peak = Math.max(peak, busy);
    if (edge.reason !== null) {
      waiting.set(edge.reason, (waiting.get(edge.reason) ?? 0) + edge.ready);
    }
  }
  const spanMs = tries.length === 0 ? 0 : to - from;
  return {
    slots,
    spanMs,
    busyMs,
    share: spanMs === 0 ? 0 : rounded(busyMs / (slots * spanMs)),
    meanConcurrency: spanMs === 0 ? 0 : rounded(busyMs / spanMs),
    peakConcurrency: peak,
    idleWhileReadyMs: idleMs,
    idleBecause,
  };
}

function edgesOf({ spans, tries, to }: Course): Edge[] {
  const starts = new Map<string, string>();
  for (const { task, startedAt, cause } of tries) {
    starts.set(`${task} ${startedAt}`, cause.reason);
  }
  const edges: Edge[] = [];
  for (const { activity, task, from, to: until } of spans) {
    if (activity !== 'work' && activity !== 'ready') continue;
    const work = activity === 'work' ? 1 : 0;
    const open = until === to ? 'not_started' : 'taken_back';
    const reason = work === 1 ? null : (starts.get(`${task} ${until}`) ?? open);
    edges.push({ at: from, busy: work, reason, ready: 1 - work });
    edges.push({ at: until, busy: -work, reason, ready: work - 1 });
  }
  // At the same moment a slot is given back before it is taken.
  return edges.toSorted((a, b) => a.at - b.at || a.busy - b.busy);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
