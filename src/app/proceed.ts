// Carrying runs on together with a person: the plan is approved in between, and at the end it is
// said how it stands.

import type { RunKey } from '../model/key.ts';
import type { Run } from '../model/run.ts';
import type { App } from './app.ts';
import { carry } from './carry.ts';
import type { Carrier } from './carry.ts';
import type { Proposal } from './face.ts';
import { withPast } from './past.ts';
import { ok } from './result.ts';
import type { ExitCode, Result } from './result.ts';
import { send } from './send.ts';
import { whyUntrusted } from './trust.ts';

/** A person, or nobody, who decides about plans. */
export interface Approver {
  /** Decides about a plan; `later` = the run waits. */
  readonly approve: (proposal: Proposal) => Promise<'approve' | 'reject' | 'later'>;
}

/** How the runs stand when nothing goes on any more. */
export interface Proceeded {
  readonly runs: readonly Run[];
  readonly interrupted: boolean;
  /** Another process goes on with them. */
  readonly detached: boolean;
  readonly exit: ExitCode;
}

/**
 * Carries runs on until they are over or wait for somebody who is not there.
 *
 * @param app - The application.
 * @param keys - The runs.
 * @param face - Who looks on, is asked and may interrupt.
 * @returns How they stand.
 */
export async function proceed(
  app: App,
  keys: readonly RunKey[],
  face: Carrier & Approver,
): Promise<Result<Proceeded>> {
  const store = await app.store();
  if (!store.ok) return store;
  const settings = await app.settings();
  if (!settings.ok) return settings;
  const untrusted = whyUntrusted(app, settings.value);
  if (untrusted !== null) return untrusted;
  const decided = new Set<RunKey>();
  // A plan's approval lies between two carries; nothing is to be shown twice.
  const shown = new Map<RunKey, number>();
  for (;;) {
    const end = await carry(app, keys, face, shown);
    if (!end.ok) return end;
    const runs = (await Promise.all(keys.map((key) => store.value.run(key)))).filter(
      (run) => run !== null,
    );
    const interrupted = end.value.kind === 'interrupted';
    const detached = end.value.kind === 'interrupted' && end.value.detached;
    const waiting = runs.filter(
      ({ key, status }) => status.state === 'awaiting_approval' && !decided.has(key),
    );
    if (interrupted || waiting.length === 0) {
      return ok({ runs, interrupted, detached, exit: exitOf(runs) });
    }
    for (const run of waiting) {
      const said = await decidePlan(app, run, face);
      // Somebody has edited it meanwhile: it is looked at again.
      if (!said.ok && said.problem.code === 'stale_plan') continue;
      if (!said.ok) return said;
      decided.add(run.key);
    }
  }
}

async function decidePlan(app: App, run: Run, face: Approver): Promise<Result<unknown>> {
  const plan = run.plans.at(-1);
  if (plan === undefined) return ok(null);
  const decision = await face.approve(await withPast(app, { run, plan }));
  if (decision === 'later') return ok(null);
  return send(app, {
    type: decision === 'approve' ? 'approve-plan' : 'reject-plan',
    run: run.key,
    by: app.person,
    revision: plan.revision,
  });
}

/**
 * Tells the exit code of runs: the first that applies of failed (1), waiting (3), done (0).
 *
 * @param runs - The runs.
 * @returns The code.
 */
function exitOf(runs: readonly Run[]): ExitCode {
  const states = runs.map(({ status }) => status.state);
  if (states.some((state) => state === 'failed' || state === 'canceled')) return 1;
  return states.every((state) => state === 'completed') ? 0 : 3;
}
