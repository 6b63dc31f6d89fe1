import { runOf, taskNumber } from '../model/key.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Input } from './input.ts';
import type { Turn } from './turn.ts';

/**
 * Notes that a model is asked to sum a run up, or what it said; for a run that goes on it is late.
 *
 * @param turn - The decision.
 * @param event - What is to be noted.
 */
export function noteSummary(turn: Turn, event: Extract<Input, { type: 'summary' }>['event']): void {
  const run = turn.world.runs.get(runOf(event.attempt));
  const last = run?.tasks[taskNumber(event.attempt) - 1]?.attempts.at(-1);
  if (run === undefined || last?.key !== event.attempt || last.status.state !== 'ended') return;
  // What was used is noted even where somebody has taken the run up again.
  if (event.type === 'summary-asked' && !RUN_OVER[run.status.state]) return;
  turn.emit(run.key, event);
}
