import { taskOf } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { LoggedEvent } from '../model/summary.ts';
import type { Told, ToldVerdict } from '../ports/store.ts';
import { applyToRun } from '../schedule/apply.ts';

/** What a log says. */
export type Folded = Told | { readonly run: null; readonly message: string };

/**
 * Folds the log of a run into the state it tells of.
 *
 * @param events - The log, from its first event on.
 * @returns The run and its verdicts, or where the log makes no sense.
 */
export function fold(events: readonly LoggedEvent[]): Folded {
  let run: Run | undefined;
  const latest = new Map<string, string>();
  const verdicts: ToldVerdict[] = [];
  for (const { seq, run: key, at, event } of events) {
    try {
      run = applyToRun(run, { run: key, at, event });
      if (event.type === 'attempt-leased') latest.set(taskOf(event.attempt), event.attempt);
      if (!('verdicts' in event)) continue;
      const { task } = event;
      const attempt = latest.get(task) ?? null;
      const place = { run: key, seq, task, attempt, at };
      for (const verdict of event.verdicts) verdicts.push({ ...place, verdict });
    } catch (error) {
      // A log that somebody has edited can say anything at all.
      const why = error instanceof Error ? error.message : String(error);
      return { run: null, message: `event ${seq}: ${why}` };
    }
  }
  return run === undefined ? { run: null, message: 'it is empty' } : { run, verdicts };
}
