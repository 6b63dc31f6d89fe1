// What is said once, beside the work itself.

import { runtimesOf, sandboxRemark } from '../app/sandbox.ts';
import type { Run } from '../model/run.ts';
import { RUN_OVER } from '../model/run.ts';
import type { Context } from './context.ts';

/** So many other unfinished runs are named; the rest is for `tutti list`. */
const MOST_UNFINISHED = 3;

/**
 * Says what a person should know about a new run before it starts.
 *
 * @param context - What every verb works with.
 * @param run - The run.
 */
export async function remarkOnRun({ app, say }: Context, run: Run): Promise<void> {
  const names = [...runtimesOf(run)];
  const usesAgents = names.some((name) => name !== 'command' && name !== 'scripted');
  const remark = await sandboxRemark(app, usesAgents);
  if (remark !== null) say(remark);
  const store = await app.store();
  if (!store.ok) return;
  const others = (await store.value.summaries({ unfinishedOnly: true })).filter(
    (other) => other.run.key !== run.key && !RUN_OVER[other.run.status.state],
  );
  const { holder } = await store.value.lease();
  const live = holder !== null && (await app.isAlive(holder)) ? holder.pid : null;
  for (const other of others.slice(0, MOST_UNFINISHED)) {
    const { key, status } = other.run;
    if (status.state === 'queued') continue;
    if (status.state === 'awaiting_approval')
      say(`${key} waits for approval: tutti approve ${key}`);
    else if (live === null) say(`${key} is unfinished: tutti resume ${key}`);
    else if ((other.counts['running'] ?? 0) > 0)
      say(`${key} is being worked on by process ${live}`);
  }
}
