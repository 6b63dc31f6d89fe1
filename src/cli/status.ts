import { ok } from '../app/result.ts';
import { showStatus } from '../app/status.ts';
import type { Verb } from './context.ts';

/**
 * `tutti` and `tutti status`: what is going on, and the one next command.
 *
 * @param context - What every verb works with.
 * @returns Always 0, whatever it shows.
 */
export const status: Verb = async (context) => {
  const shown = await showStatus(context.app);
  if (!shown.ok) return shown;
  context.show(shown.value);
  return ok(0);
};
