// `tutti doctor`: looks at everything that a run needs, and says what to do about what is wrong.

import { statfs } from 'node:fs/promises';
import { join } from 'node:path';

import { runtimeSettings } from '../config/settings.ts';
import type { RuntimeProbe } from '../ports/agent-runtime.ts';
import type { Repository } from '../ports/repository.ts';
import type { Store } from '../ports/store.ts';
import { formatBytes, plural } from '../util/amount.ts';
import { oneLine, sanitizeTerminal } from '../util/terminal-text.ts';
import { loadAgents } from './agents.ts';
import type { App } from './app.ts';
import { findFaults, mend } from './mend.ts';
import { ok } from './result.ts';
import type { ExitCode, Problem, Result } from './result.ts';
import { probeAll } from './runtimes.ts';
import { sandboxState } from './sandbox.ts';
import { featureText, loginText, missingText } from './show-runtimes.ts';
import type { Shown, View } from './shown.ts';

/** One thing that was looked at. */
interface Finding {
  readonly name: string;
  /** `absent` = something that is not there, and need not be. */
  readonly state: 'ok' | 'absent' | 'warning' | 'problem';
  readonly text: string;
  /** What to do about it. */
  readonly hint: string | null;
}

const NOT_MENDED = 'mend it by hand: it is yours, or belongs to another user';
const LITTLE_ROOM = 1024 ** 3;
const NO_ROOM = 64 * 1024 ** 2;

/**
 * Looks at everything that a run needs.
 *
 * @param app - The application.
 * @param fix - Whether to mend first what can be mended without asking.
 * @returns What was found, and 1 as the exit code when something is wrong.
 */
export async function examine(
  app: App,
  fix: boolean,
): Promise<Result<{ shown: Shown; exit: ExitCode }>> {
  const opened = await app.repository();
  const mended = fix && opened.ok ? await mend(app, opened.value) : null;
  const findings: Finding[] = [
    good('node', `Node ${process.versions.node}`),
    ...(mended?.failed ?? []).map((text) => bad('fix', { message: text, hint: NOT_MENDED })),
    ...(opened.ok ? await ofRepository(app, opened.value) : [bad('repository', opened.problem)]),
    ...(await ofConfiguration(app)),
    ...(await ofRuntimes(app)),
    ...(await ofSandbox(app)),
    await ofLimits(app),
  ];
  const exit: ExitCode = findings.some(({ state }) => state === 'problem') ? 1 : 0;
  return ok({ exit, shown: show(findings, fix ? (mended?.done ?? []) : null) });
}

async function ofRepository(app: App, repository: Repository): Promise<Finding[]> {
  const store = await app.look();
  return [
    good('git', `git ${repository.gitVersion.join('.')}`),
    good('repository', repository.root),
    store.ok ? await ofStore(app, store.value) : bad('store', store.problem),
    await ofDisk(repository.commonDir),
    ...(await ofLeftovers(app, repository, store.ok ? store.value : null)),
  ];
}

async function ofStore(app: App, store: Store | null): Promise<Finding> {
  if (store === null) return good('store', 'there is none yet: the first run makes it');
  const { holder } = await store.lease();
  const runs = plural((await store.summaries({ unfinishedOnly: false })).length, 'run');
  const from = store.migratedFrom ?? null;
  const state = from === null ? 'up to date' : `brought up to date from version ${from}`;
  if (holder === null) return good('store', `${state}, ${runs}`);
  const live = (await app.supervisor()).isAlive(holder);
  const who = live ? `process ${holder.pid} is at work` : `process ${holder.pid} died at work`;
  return good('store', `${state}, ${runs}; ${who}`);
}

async function ofDisk(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${formatBytes(free)} free`;
  const hint = 'free some space; tutti cleanup shows what tutti itself could give back';
  if (free < NO_ROOM) return { name: 'disk', state: 'problem', text, hint };
  return free < LITTLE_ROOM ? warn('disk', text, hint) : good('disk', text);
}

/** Watching works everywhere; what it cannot do is to stop somebody at the very limit. */
async function ofLimits(app: App): Promise<Finding> {
  const form = (await app.supervisor()).limitsForm();
  if (form.by === 'cgroup') return good('limits', 'of attempts are held by a cgroup');
  const text = `of attempts are held by watching: ${form.cause}`;
  return good('limits', text);
}

async function ofLeftovers(
  app: App,
  repository: Repository,
  store: Store | null,
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const { name, text, remedy } of await findFaults(app, repository)) {
    found.push(warn(name, text, `${remedy}: tutti doctor --fix`));
  }
  const unfinished = (await store?.unfinished()) ?? [];
  const [first] = unfinished;
  if (first !== undefined) {
    const more = unfinished.length === 1 ? '' : ` and ${unfinished.length - 1} more`;
    const text = `${first}${more} ${unfinished.length === 1 ? 'is' : 'are'} not finished`;
    found.push(warn('runs', text, `see: tutti status; go on: tutti resume ${first}`));
  }
  found.push(...(await ofForeignLocks(repository)));
  const workshop = store === null ? null : await app.workshop();
  if (workshop?.ok === true) {
    const { workspaces } = workshop.value;
    const halfMade = (await workspaces.list()).filter(({ complete }) => !complete).length;
    const trash = (await workspaces.trash()).length;
    if (halfMade + trash > 0) {
      const text = `${plural(halfMade, 'half-made workspace')}, ${plural(trash, 'thing')} in the trash`;
      found.push(warn('workspaces', text, 'see and remove them: tutti cleanup'));
    }
  }
  return found.length === 0 ? [good('leftovers', 'none')] : found;
}

/** Theirs to remove: another program that works on the repository need not be called git. */
async function ofForeignLocks(repository: Repository): Promise<Finding[]> {
  const left = await repository.leftLocks();
  return left
    .filter((lock) => !lock.ours)
    .map(({ path }) =>
      warn('locks', `${path} is left of a git that died`, `if you know of none: rm '${path}'`),
    );
}

async function ofConfiguration(app: App): Promise<Finding[]> {
  const settings = await app.settings();
  const { agents, problems } = await loadAgents(app);
  const found: Finding[] = [];
  if (!settings.ok) found.push(bad('configuration', settings.problem));
  else if (!settings.value.initialized) {
    found.push(warn('configuration', 'there is none: defaults hold', 'make one: tutti init'));
  } else {
    const { checks } = settings.value.config;
    const text = `${join('.tutti', 'config.yaml')}, ${plural(checks.length, 'check')}`;
    found.push(
      checks.length > 0
        ? good('configuration', text)
        : warn('configuration', text, 'without a check nothing can be proven: name one there'),
    );
  }
  found.push(
    problems.length === 0
      ? good('agents', plural(agents.length, 'agent'))
      : warn('agents', ['some do not count:', ...problems].join('\n  '), 'mend these files'),
  );
  return found;
}

async function ofSandbox(app: App): Promise<Finding[]> {
  const settings = await app.settings();
  if (!settings.ok) return [];
  const state = await sandboxState(app, settings.value);
  switch (state.kind) {
    case 'off': {
      const hint = 'leave `sandbox.mode` out of your configuration, or set it to auto';
      return [warn('sandbox', 'switched off: agents can do what you can do', hint)];
    }
    case 'works': {
      const text = `${state.program}, form: ${state.form}, network: ${state.network}`;
      if (state.weaker === null) return [good('sandbox', text)];
      return [warn('sandbox', `${text}; ${state.weaker}`, 'run tutti outside of this container')];
    }
    case 'missing': {
      const agents = state.accepted ? 'run without, as you said' : 'do not start';
      return [warn('sandbox', `there is none: ${state.cause}; agents ${agents}`, state.remedy)];
    }
  }
}

async function ofRuntimes(app: App): Promise<Finding[]> {
  const settings = await app.settings();
  // What is wrong then has been said.
  if (!settings.ok) return [];
  const { config } = settings.value;
  const { default: usual } = config.runtimes;
  const ground = { runtimes: await app.runtimes(), clock: app.clock };
  const probes = await probeAll(ground, runtimeSettings(config));
  const found = probes.map((probe) => ofRuntime(probe, usual));
  if (ground.runtimes.has(usual)) return found;
  const text = `the default is ${usual}, and there is no such runtime`;
  return [...found, warn('runtimes', text, 'set runtimes.default; see: tutti runtimes')];
}

function ofRuntime(probe: RuntimeProbe, wanted: string): Finding {
  const { id, found, version, path, loggedIn, hint } = probe;
  const name = `runtime ${id}`;
  if (!found) {
    const text = missingText(probe);
    if (id !== wanted) return { name, state: 'absent', text, hint };
    return warn(name, `${text}, and it is the default`, hint ?? 'install it');
  }
  const login = loginText(probe);
  const parts = [[version ?? 'found', path].filter((part) => part !== null).join(' at '), login];
  const can = featureText(probe);
  const text = `${parts.filter((part) => part !== '').join(', ')}${can === '' ? '' : `; ${can}`}`;
  return loggedIn === false ? warn(name, text, hint ?? 'log in') : good(name, text);
}

function good(name: string, text: string): Finding {
  return { name, state: 'ok', text, hint: null };
}

function warn(name: string, text: string, hint: string): Finding {
  return { name, state: 'warning', text, hint };
}

function bad(name: string, { message, hint }: Pick<Problem, 'message' | 'hint'>): Finding {
  return { name, state: 'problem', text: message, hint };
}

function show(findings: readonly Finding[], mended: readonly string[] | null): Shown {
  const isOk = findings.every(({ state }) => state !== 'problem');
  return {
    json: { doctor: { ok: isOk, fixed: mended ?? [], findings } },
    text: (view) =>
      [
        ...(mended ?? []).map((text) => `mended: ${oneLine(text)}`),
        ...(mended?.length === 0 ? ['nothing to mend'] : []),
        ...findings.map((one) => line(one, view)),
        ...lastLine(findings, mended !== null),
      ].join('\n'),
  };
}

/** What is left to be done, in a word. */
function lastLine(findings: readonly Finding[], fixed: boolean): string[] {
  const count = (wanted: Finding['state']): number =>
    findings.filter(({ state }) => state === wanted).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  if (problems + warnings === 0) return ['', 'All is well: there is nothing to do.'];
  const words = [
    ...(problems === 0 ? [] : [plural(problems, 'problem')]),
    ...(warnings === 0 ? [] : [plural(warnings, 'warning')]),
  ];
  const mendable = !fixed && findings.some(({ hint }) => hint?.includes('doctor --fix') === true);
  return ['', `${words.join(', ')}${mendable ? '; tutti doctor --fix mends some' : ''}.`];
}

function line({ name, state, text, hint }: Finding, { style }: View): string {
  const signs = {
    ok: style.green('✓'),
    absent: style.dim('-'),
    warning: style.yellow('!'),
    problem: style.red('✗'),
  };
  const shown = sanitizeTerminal(text);
  return `${signs[state]} ${name}: ${shown}${hint === null ? '' : `\n    → ${oneLine(hint)}`}`;
}
