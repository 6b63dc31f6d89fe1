// What the verbs do that set a project up, and those that finish what was done.

import { resolve } from 'node:path';

import { cleanUp } from '../app/cleanup.ts';
import type { Confirm } from '../app/confirm.ts';
import { showDiff } from '../app/diff.ts';
import { examine } from '../app/doctor.ts';
import { findingLines, lookAtProject, writeConfig } from '../app/init.ts';
import type { ProjectFindings } from '../app/init.ts';
import { mergeRun } from '../app/merge.ts';
import { offerRun } from '../app/pull-request.ts';
import { recoverWork } from '../app/recover.ts';
import type { RecoverTo } from '../app/recover.ts';
import { no, ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import type { Shown } from '../app/shown.ts';
import { undoTask } from '../app/undo.ts';
import { sanitizeTerminal } from '../util/terminal-text.ts';
import { askPerson, untilInputEnds } from './confirm.ts';
import type { Context, Exit, Given, Verb } from './context.ts';

/**
 * `tutti init`.
 *
 * @param context - What every verb works with.
 * @param given - Its flags.
 * @returns 0.
 */
export const init: Verb = async (context, given) => {
  const { app, flags, interactive } = context;
  const force = given.options['force'] === true;
  const found = await lookAtProject(app, force);
  if (!found.ok) return found;
  for (const line of findingLines(found.value)) context.say(line);
  if (force && !flags.yes) {
    const sure = await confirmBy(context)('Replace the configuration if there is one?');
    if (sure === 'nobody') {
      const hint = 'give the answer beforehand: tutti init --force --yes';
      return no('needs_yes', 'replacing the configuration needs a yes', hint, 3);
    }
    if (!sure) return ok(0);
  }
  const chosen = interactive && !flags.yes ? await choose(found.value) : found.value;
  if (chosen === null) return ok(0);
  return shown(context, await writeConfig(app, chosen, force));
};

/** Lets the person leave checks out; `null` = they want none of it all. */
async function choose(found: ProjectFindings): Promise<ProjectFindings | null> {
  if (found.checks.length === 0) return found;
  const { isCancel, multiselect } = await import('@clack/prompts');
  const picked = await untilInputEnds((signal) =>
    multiselect({
      message: 'Which of these prove that a change is good? (space picks, Enter goes on)',
      options: found.checks.map(({ name, run }) => ({ value: name, label: name, hint: run })),
      initialValues: found.checks.map(({ name }) => name),
      required: false,
      output: process.stderr,
      signal,
    }),
  );
  if (isCancel(picked)) return null;
  return { ...found, checks: found.checks.filter(({ name }) => picked.includes(name)) };
}

/**
 * `tutti doctor`.
 *
 * @param context - What every verb works with.
 * @param given - Its flags.
 * @returns 1 when something is wrong, else 0.
 */
export const doctor: Verb = async (context, given) => {
  const examined = await examine(context.app, given.options['fix'] === true);
  if (!examined.ok) return examined;
  context.show(examined.value.shown);
  return ok(examined.value.exit);
};

/**
 * `tutti diff`.
 *
 * @param context - What every verb works with.
 * @param given - The key and its flags.
 * @returns 0.
 */
export const diff: Verb = async (context, given) => {
  const wish = { stat: given.options['stat'] === true, raw: !context.outside.stdout.isTTY };
  return shown(context, await showDiff(context.app, given.words[0] ?? '', wish));
};

/**
 * `tutti merge`.
 *
 * @param context - What every verb works with.
 * @param given - The key and its flags.
 * @returns 0 when the run is in its base branch.
 */
export const merge: Verb = async (context, given) => {
  const stop = stopBySignal();
  const merged = await mergeRun(context.app, given.words[0] ?? '', {
    // Commander turns --no-ff into a flag `ff` that is true unless it is given.
    noFf: given.options['ff'] === false,
    confirm: confirmBy(context),
    trust: askPerson(context),
    say: (line) => context.say(sanitizeTerminal(line)),
    signal: stop.signal,
  });
  return ended(context, merged, stop.off());
};

/** Ends what is waited for when the person wants it; `off` tells with what code. */
function stopBySignal(): { readonly signal: AbortSignal; readonly off: () => Exit | null } {
  const stopped = new AbortController();
  let exit: Exit | null = null;
  const by = (code: Exit) => (): void => {
    exit ??= code;
    stopped.abort();
  };
  const signals = [
    ['SIGINT', by(130)],
    ['SIGTERM', by(143)],
    ['SIGHUP', by(129)],
  ] as const;
  for (const [name, listener] of signals) process.on(name, listener);
  return {
    signal: stopped.signal,
    off: () => {
      for (const [name, listener] of signals) process.off(name, listener);
      return exit;
    },
  };
}

/** An interruption ends with the code of its signal. */
function ended(context: Context, result: Result<Shown>, exit: Exit | null): Result<Exit> {
  if (result.ok || result.problem.code !== 'interrupted' || exit === null) {
    return shown(context, result);
  }
  context.say(`${result.problem.message}\n  → ${result.problem.hint}`);
  return ok(exit);
}

/**
 * `tutti pr`.
 *
 * @param context - What every verb works with.
 * @param given - The key and its flags.
 * @returns 0 when there is a pull request; 1 when the forge's checks of it fail.
 */
export const pullRequest: Verb = async (context, given) => {
  const { draft, wait } = given.options;
  const stop = stopBySignal();
  const offered = await offerRun(context.app, given.words[0] ?? '', {
    draft: typeof draft === 'boolean' ? draft : null,
    wait: typeof wait === 'boolean' ? wait : null,
    confirm: confirmBy(context),
    say: (line) => context.say(sanitizeTerminal(line)),
    signal: stop.signal,
  });
  const exit = ended(context, offered, stop.off());
  // A check of the forge that fails is a check that fails.
  return offered.ok && offered.value.checked?.ok === false ? ok(1) : exit;
};

/**
 * `tutti undo`.
 *
 * @param context - What every verb works with.
 * @param given - The task's key.
 * @returns 0 when its change is out of the run's branch.
 */
export const undo: Verb = async (context, given) => {
  const undone = await undoTask(context.app, given.words[0] ?? '', {
    confirm: confirmBy(context),
    say: (line) => context.say(sanitizeTerminal(line)),
  });
  return shown(context, undone);
};

/**
 * `tutti recover`.
 *
 * @param context - What every verb works with.
 * @param given - The key and where to.
 * @returns 0 when the work is there.
 */
export const recover: Verb = async (context, given) => {
  const to = destination(context, given);
  if (!to.ok) return to;
  return shown(context, await recoverWork(context.app, given.words[0] ?? '', to.value));
};

function destination({ flags, outside }: Context, { options }: Given): Result<RecoverTo> {
  const { to, branch } = options;
  const folder = typeof to === 'string' && to !== '' ? to : null;
  const name = typeof branch === 'string' ? branch : null;
  if (folder !== null && name === null) {
    return ok({ kind: 'folder', path: resolve(outside.cwd, flags.dir ?? '', folder) });
  }
  if (name !== null && folder === null) return ok({ kind: 'branch', name });
  const hint = 'tutti recover KEY --to DIR, or tutti recover KEY --branch NAME';
  return no('usage', 'say where to bring it: one of --to and --branch', hint);
}

/**
 * `tutti cleanup`.
 *
 * @param context - What every verb works with.
 * @param given - Its flags.
 * @returns 0; 3 when nobody is there to agree.
 */
export const cleanup: Verb = async (context, given) => {
  const cleaned = await cleanUp(context.app, {
    dryRun: given.options['dryRun'] === true,
    confirm: confirmBy(context),
    say: (line) => {
      if (context.interactive && !context.flags.yes) context.say(line);
    },
  });
  if (!cleaned.ok) return cleaned;
  context.show(cleaned.value.shown);
  return ok(cleaned.value.exit);
};

function shown(context: Context, result: Result<Shown>): Result<Exit> {
  if (!result.ok) return result;
  context.show(result.value);
  return ok(0);
}

function confirmBy(context: Context): Confirm {
  return context.flags.yes ? () => Promise.resolve(true) : askPerson(context);
}
