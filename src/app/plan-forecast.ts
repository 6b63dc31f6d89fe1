// What a plan will probably take, for people and for scripts.

import type { History, Quartiles } from '../model/history.ts';
import type { PlanRevision } from '../model/plan.ts';
import type { Run } from '../model/run.ts';
import { forecast } from '../plan/forecast.ts';
import type { Forecast } from '../plan/forecast.ts';
import { formatDuration, formatUsd, plural } from '../util/amount.ts';

/** A forecast with its words. */
export interface SaidForecast extends Forecast {
  readonly text: string;
}

/**
 * Forecasts a run's plan.
 *
 * @param run - The run; its settings say how many tasks may go on at once.
 * @param plan - The revision.
 * @param history - How long work took so far, and what it cost.
 * @returns The forecast, and one line that says it with what it rests on.
 */
export function planForecast(
  { settings }: Run,
  { tasks }: PlanRevision,
  history: History,
): SaidForecast {
  const all = forecast(tasks, Math.max(1, settings.maxConcurrent), history);
  return { ...all, text: [timeText(all), moneyText(all), groundsText(all)].join('; ') };
}

const duration = (minutes: number): string => formatDuration(minutes * 60_000);

function timeText({ minutes, criticalMinutes, slots }: Forecast): string {
  const time = `about ${duration(minutes)}`;
  // Where the slots are no limit, there is nothing to add.
  if (minutes <= criticalMinutes) return time;
  return `${time} with ${plural(slots, 'slot')} (with any number ${duration(criticalMinutes)})`;
}

function moneyText({ usd, unpriced }: Forecast): string {
  if (usd === null) return unpriced === 0 ? 'costs nothing' : 'cost unknown';
  const open = unpriced === 0 ? '' : ` without ${plural(unpriced, 'task')} of unknown cost`;
  return `${rangeText(usd)}${open}`;
}

function rangeText({ low, middle, high }: Quartiles): string {
  const [from, to] = [formatUsd(low), formatUsd(high)];
  return from === to ? formatUsd(middle) : `${from} to ${to}`;
}

function groundsText({ from }: Forecast): string {
  const grounds = [
    ...(from.history === 0 ? [] : [`history of ${plural(from.pastTasks, 'task')}`]),
    ...(from.estimates === 0 ? [] : ['estimates of the plan']),
    ...(from.guesses === 0 ? [] : [`usual times for ${plural(from.guesses, 'task')}`]),
  ];
  return `by ${grounds.length === 0 ? 'nothing' : grounds.join(' and ')}`;
}
