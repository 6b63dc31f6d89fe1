// Running checks on a tree, in a checkout of its own: what a merge queue and `tutti merge` both do.

import { runCheck } from '../checks/run-check.ts';
import type { Check } from '../model/plan.ts';
import type { WorkspaceSettings } from '../model/settings.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Confinement } from '../ports/sandbox.ts';
import { confinementOf } from './confine.ts';
import { limitsOf } from './limits-of.ts';
import type { Means } from './set-up.ts';
import { setUpBy } from './set-up.ts';
import type { Workshop } from './workshop.ts';

type Tools = Pick<
  Workshop,
  'clock' | 'ports' | 'repository' | 'sandbox' | 'supervisor' | 'workspaces'
>;

/** What is judged, where and with what. */
export interface Judging extends Omit<Means, 'confine' | 'over'> {
  readonly checks: readonly Check[];
  /** A commit or a tree; `null` = the project's root as it lies there. */
  readonly treeish: string | null;
  /** A name for the checkout's folder. */
  readonly name: string;
  /** The branch that the checkout shows. */
  readonly branch: string;
  readonly settings: WorkspaceSettings;
  /** Runs the others too when one fails; without it, the first failure is enough. */
  readonly all?: boolean;
  /** A failing check is run so many times more, each time in a new checkout; without it, never. */
  readonly retries?: number;
  /** The checks reach no network, whatever the sandbox allows; the set-up does. */
  readonly offline?: boolean;
}

/**
 * Runs checks on a tree.
 *
 * @param tools - Where checkouts, processes and commits are.
 * @param judging - What is judged.
 * @returns What was found; fewer verdicts than checks after a stop, and after a failure unless all are
 *   wanted.
 */
export async function judgeTree(tools: Tools, judging: Judging): Promise<readonly Verdict[]> {
  const { checks, retries = 0, signal } = judging;
  const found = new Map<Check, Verdict>();
  const tries = new Map<Check, number>();
  for (;;) {
    const open = checks.filter(
      (check) => found.get(check)?.ok !== true && (tries.get(check) ?? 0) <= retries,
    );
    if (open.length === 0 || signal.aborted) return [...found.values()];
    const verdicts = await judgeOnPorts(tools, { ...judging, checks: open });
    // What could not be set up says nothing of any check, and is no better the next time.
    const [first] = verdicts;
    if (first === undefined || first.command === null) return [...found.values(), ...verdicts];
    for (const [index, verdict] of verdicts.entries()) {
      const check = open[index];
      if (check === undefined) continue;
      const before = tries.get(check) ?? 0;
      tries.set(check, before + 1);
      found.set(check, verdict.ok && before > 0 ? { ...verdict, flaky: true } : verdict);
    }
    const isOver = checks.some((check) => found.get(check)?.ok === false && isGivenUp(check));
    if (isOver && judging.all !== true) return [...found.values()];
  }
  function isGivenUp(check: Check): boolean {
    return (tries.get(check) ?? 0) > retries;
  }
}

/** Checks have ports of their own, unless whoever wants them judged has taken some already. */
async function judgeOnPorts(tools: Tools, judging: Judging): Promise<readonly Verdict[]> {
  if (judging.env['TUTTI_PORT'] !== undefined) return await judgeOnce(tools, judging);
  const ports = await tools.ports.take();
  const own = ports === null ? {} : { TUTTI_PORT: String(ports.first) };
  const verdicts = judgeOnce(tools, { ...judging, env: { ...judging.env, ...own } });
  return await verdicts.finally(() => ports?.release());
}

async function judgeOnce(tools: Tools, judging: Judging): Promise<readonly Verdict[]> {
  const { treeish } = judging;
  const { workspaces, repository, supervisor } = tools;
  // What an earlier check has left in its home says nothing of this tree.
  await workspaces.removeHome(judging.name);
  if (treeish === null) {
    const found = await runChecks(tools, judging, { cwd: repository.root, tree: null });
    await workspaces.removeHome(judging.name);
    return found;
  }
  const prepared = await workspaces.prepare(
    {
      name: judging.name,
      mode: 'clone',
      commit: treeish,
      branch: judging.branch,
      settings: judging.settings,
      environment: judging.env,
    },
    setUpBy(supervisor, { ...judging, confine: (cwd) => confined(tools, judging, cwd) }),
    judging.mayStart,
  );
  if (!prepared.ok) return [setUpFailed(prepared.message)];
  const { workspace } = prepared;
  const tree = await repository.treeOf(treeish);
  const verdicts = await runChecks(tools, judging, { cwd: workspace.path, tree });
  // Who may start nothing any more was superseded: another one may be judging there already.
  if (await judging.mayStart()) {
    await workspace.remove();
    await workspaces.removeHome(judging.name);
  }
  return verdicts;
}

async function runChecks(
  tools: Tools,
  judging: Judging,
  { cwd, tree }: { cwd: string; tree: string | null },
): Promise<readonly Verdict[]> {
  const { checks, env, mark, mayStart, signal } = judging;
  // The project's root is everybody's.
  const limits = limitsOf(judging.limits, judging.treeish === null ? [] : [cwd]);
  const verdicts: Verdict[] = [];
  const allowed = await confined(tools, judging, cwd);
  const confine: Confinement | null =
    allowed === null || judging.offline !== true ? allowed : { ...allowed, network: 'none' };
  for (const check of checks) {
    if (signal.aborted) break;
    const verdict = await runCheck(tools, {
      check,
      cwd,
      env,
      mark,
      confine,
      limits,
      tree,
      mayStart,
      signal,
    });
    verdicts.push(verdict);
    // The first failure is enough to send it back; the rest would only take time.
    if (!verdict.ok && judging.all !== true) break;
  }
  return verdicts;
}

function confined(tools: Tools, { name }: Judging, cwd: string): Promise<Confinement | null> {
  const home = tools.workspaces.homePath(name);
  return confinementOf(tools, { cwd, home, folder: null });
}

function setUpFailed(message: string): Verdict {
  return {
    kind: 'check',
    name: 'set-up',
    ok: false,
    command: null,
    exitCode: null,
    tree: null,
    durationMs: 0,
    summary: message,
    findings: [],
  };
}
