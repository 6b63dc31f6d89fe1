import type { Run } from '../model/run.ts';

/**
 * Says whether a run is planned or goes to one agent, and why.
 *
 * @param run - The run.
 * @returns One line; empty where nobody said why.
 */
export function whyPlanned({ source, reasons }: Pick<Run, 'source' | 'reasons'>): string {
  if (reasons.length === 0) return '';
  return `${source === 'direct' ? 'without a plan' : 'with a plan'}: ${reasons.join('; ')}`;
}
