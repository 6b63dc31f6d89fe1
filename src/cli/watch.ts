// `tutti status --watch`: drawn anew whenever something has changed; as a stream, one event a line.

import { eventJson } from '../app/face.ts';
import { ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import { showStatus } from '../app/status.ts';
import { watchStore } from '../app/watch.ts';
import type { Context, Exit } from './context.ts';
import { hearSignals } from './signals.ts';

/** To the upper left corner, everything below erased: what scrolled away before stays there. */
const CLEAR = '\u001B[H\u001B[2J';

/**
 * Watches what is going on until Ctrl-C.
 *
 * @param context - What every verb works with.
 * @param orchestration - With stages and tasks.
 * @returns The exit code of the signal.
 */
export async function watch(context: Context, orchestration: boolean): Promise<Result<Exit>> {
  const { app, flags, outside, deaf } = context;
  const signals = hearSignals(() => {});
  const draw = async (): Promise<Result<null>> => {
    if (flags.jsonl) return ok(null);
    const shown = await showStatus(app, { orchestration });
    if (!shown.ok) return shown;
    const text = shown.value.text(context.view);
    context.write(outside.stdout.isTTY ? `${CLEAR}${text}\n` : `${text}\n\n`);
    return ok(null);
  };
  try {
    const watched = await watchStore(app, {
      signal: AbortSignal.any([signals.interrupted, deaf]),
      onChange: draw,
      onEvents: (events) => {
        if (!flags.jsonl) return;
        for (const one of events)
          context.write(`${JSON.stringify({ seq: one.seq, ...eventJson(one) })}\n`);
      },
    });
    return watched.ok ? ok<Exit>(signals.code() ?? 0) : watched;
  } finally {
    signals.dispose();
  }
}
