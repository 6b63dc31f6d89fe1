// Watching a project: told whenever anything in its store has changed.

import type { LoggedEvent } from '../model/summary.ts';
import type { Store } from '../ports/store.ts';
import type { App } from './app.ts';
import { ok } from './result.ts';
import type { Result } from './result.ts';

const LOOK_MS = 200;
/** Stands for the last event of a run that was over when the watching began. */
const OLD = -1;

/** Who watches. */
export interface Watcher {
  readonly signal: AbortSignal;
  /** Something has changed; called at once and waited for. */
  readonly onChange: () => Promise<Result<null>>;
  /** What happened since the watching began. */
  readonly onEvents: (events: readonly LoggedEvent[]) => void;
}

/**
 * Watches the store until the signal comes.
 *
 * @param app - The application.
 * @param watcher - Who watches.
 * @returns Nothing; or why it cannot be watched.
 */
export async function watchStore(app: App, watcher: Watcher): Promise<Result<null>> {
  const seen = new Map<string, number>();
  const since = app.clock.now();
  let version: number | null = null;
  while (!watcher.signal.aborted) {
    const opened = await app.look();
    if (!opened.ok) return opened;
    const store = opened.value;
    const now = (await store?.version()) ?? -1;
    if (now !== version) {
      if (store !== null)
        await tellEvents(store, { seen, since, first: version === null }, watcher);
      version = now;
      const told = await watcher.onChange();
      if (!told.ok) return told;
    }
    await pause(app, watcher.signal);
  }
  return ok(null);
}

/** How far a watcher has come. */
interface Seen {
  /** The last event of each run that was read. */
  readonly seen: Map<string, number>;
  readonly since: number;
  readonly first: boolean;
}

async function tellEvents(store: Store, { seen, since, first }: Seen, to: Watcher): Promise<void> {
  const open = new Set(await store.unfinished());
  for (const key of await store.keys()) {
    const last = seen.get(key);
    // A log is only read while it can grow: of hundreds of old runs nothing is.
    if (first && !open.has(key)) seen.set(key, OLD);
    else if (open.has(key) || last !== OLD) {
      const events = await store.eventsAfter(key, Math.max(0, last ?? 0));
      seen.set(key, events.at(-1)?.seq ?? last ?? 0);
      // Of an old run that goes on, and at the beginning, only what is new is told.
      const fresh =
        last === undefined || last === OLD ? events.filter(({ at }) => at >= since) : events;
      if (!first && fresh.length > 0) to.onEvents(fresh);
    }
  }
}

function pause({ clock }: App, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      takeBack();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const takeBack = clock.after(LOOK_MS, done);
    signal.addEventListener('abort', done, { once: true });
  });
}
