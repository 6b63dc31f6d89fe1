// The files about a run that people and other tools read. Written behind the decisions, one after
// the other; when one cannot be written the run goes on, for nothing depends on it.

import type { RunEvent } from '../model/event.ts';
import { runOf, taskOf } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { World } from '../model/world.ts';
import { writePlan } from '../plan/write-plan.ts';
import { verdictJson } from '../report/json.ts';
import { renderReport, reportJson } from '../report/report.ts';
import { accumulate } from '../run/hand-on.ts';
import type { Workshop } from '../run/workshop.ts';

/** Writes the files of runs. */
export interface Records {
  onEvents(events: readonly RunEvent[], world: World): void;
  /** Resolves when everything is written that can be. */
  written(): Promise<void>;
}

/**
 * Starts to keep the files of runs.
 *
 * @param workshop - Where files and store are.
 * @returns The records.
 */
export function keepRecords(workshop: Workshop): Records {
  let last: Promise<void> = Promise.resolve();
  const later = (work: () => Promise<void>): void => {
    last = last.then(work).catch(() => {});
  };
  return {
    onEvents(events, world) {
      for (const happened of events) {
        const run = world.runs.get(happened.run);
        if (run !== undefined) record(workshop, happened, { run, later });
      }
    },
    written: () => last,
  };
}

function record(
  workshop: Workshop,
  { event }: RunEvent,
  { run, later }: { run: Run; later: (work: () => Promise<void>) => void },
): void {
  const { files, repository } = workshop;
  if ('verdicts' in event) {
    if (event.verdicts.length > 0) later(() => writeVerdicts(workshop, run, event.task));
    return;
  }
  switch (event.type) {
    case 'plan-drafted':
      if (run.source === 'direct') return;
      later(() => files.write(run.key, 'plan.yaml', writePlan(run.goal, event.plan.tasks)));
      return;
    case 'attempt-handed-in': {
      const { change, report } = event;
      const task = taskOf(event.attempt);
      if (isPlainCommand(run, task)) return;
      later(() => files.write(task, 'result.md', `${report.summary}\n`));
      if (change === null) return;
      later(async () =>
        files.write(task, 'changes.patch', await repository.diff(change.base, change.commit)),
      );
      return;
    }
    case 'task-completed':
      later(() => accumulate(workshop, run, event.task));
      return;
    case 'summary-told':
      later(() => writeReport(workshop, run));
      return;
    case 'run-completed':
    case 'run-failed':
    case 'run-canceled':
      later(() => accumulate(workshop, run));
      later(() => writeReport(workshop, run));
      return;
    default:
  }
}

/** A plain command has only its output; the other files are for what agents say. */
function isPlainCommand(run: Run, task: string): boolean {
  return run.tasks.some(({ key, spec }) => key === task && spec.command !== null);
}

/** All that has judged a task: on its own tree, on the merged one, of every attempt. */
async function writeVerdicts({ files, store }: Workshop, run: Run, task: string): Promise<void> {
  const rows = (await store.verdicts(run.key)).filter((row) => row.task === task);
  await files.write(task, 'verdicts.json', json(rows.map((row) => verdictJson(row))));
}

async function writeReport(workshop: Workshop, run: Run): Promise<void> {
  const { files, store, clock } = workshop;
  const key = runOf(run.key);
  const verdicts = await store.verdicts(key);
  const { events } = await store.log(key);
  const input = { run, events, verdicts, now: clock.now() };
  await files.write(key, 'report.md', renderReport(input));
  await files.write(key, 'report.json', json(reportJson(input)));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
