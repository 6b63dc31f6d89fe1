import { no, ok } from '../app/result.ts';
import { showStatus } from '../app/status.ts';
import type { Verb } from './context.ts';

/**
 * `tutti` and `tutti status`: what is going on, and the one next command.
 *
 * @param context - What every verb works with.
 * @param given - Whether it is watched, and how much is shown.
 * @returns Always 0, whatever it shows.
 */
export const status: Verb = async (context, given) => {
  const { json, jsonl } = context.flags;
  const orchestration = given.options['orchestration'] === true;
  if (given.options['watch'] === true) {
    if (json) return no('usage', '--json gives one document at the end', 'to watch: --jsonl');
    return (await import('./watch.ts')).watch(context, orchestration);
  }
  if (jsonl) return no('usage', '--jsonl is for status --watch', 'use --json');
  const shown = await showStatus(context.app, { orchestration });
  if (!shown.ok) return shown;
  context.show(shown.value);
  return ok(0);
};
