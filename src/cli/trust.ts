// `tutti trust`: what a repository's own configuration widens is shown, and trusted or not. Verbs that
// start something ask the same at once, where somebody is there to be asked.

import { ok } from '../app/result.ts';
import type { Result } from '../app/result.ts';
import {
  giveTrust,
  revokeTrust,
  showTrust,
  untrustedLines,
  wideningLines,
  whyUntrusted,
} from '../app/trust.ts';
import { yesOrNo } from './confirm.ts';
import type { Context, Verb } from './context.ts';

/** Trusts, shows or takes back. */
export const trust: Verb = async (context, { options }) => {
  const { app, flags, interactive } = context;
  const settings = await app.settings();
  if (!settings.ok) return settings;
  const asks = interactive && !flags.yes && options['show'] !== true && options['revoke'] !== true;
  const lines = asks ? await untrustedLines(app, settings.value) : [];
  if (lines.length > 0 && !(await agrees(context, lines))) {
    // Commands alone stop nothing: they are asked about where they would be run.
    return settings.value.untrusted.length > 0 ? refused(context) : ok(4);
  }
  const action = options['revoke'] === true ? revokeTrust : giveTrust;
  const done = await (options['show'] === true ? showTrust : action)(app);
  if (!done.ok) return done;
  context.show(done.value);
  return ok(0);
};

/**
 * Asks about what the repository widens, before anything starts.
 *
 * @param context - What every verb works with.
 * @returns Whether a person has just trusted something: then the configuration is another one.
 */
export async function askTrust(context: Context): Promise<Result<boolean>> {
  const settings = await context.app.settings();
  // What is wrong with it, the verb itself says in its own way.
  if (!settings.ok || settings.value.untrusted.length === 0) return ok(false);
  const lines = wideningLines(context.app, settings.value.untrusted);
  if (!context.interactive || !(await agrees(context, lines))) return refused(context);
  const given = await giveTrust(context.app);
  return given.ok ? ok(true) : given;
}

async function refused({ app }: Context): Promise<Result<never>> {
  const settings = await app.settings();
  if (!settings.ok) return settings;
  const why = whyUntrusted(app, settings.value);
  if (why === null) throw new Error('nothing is untrusted');
  return why;
}

async function agrees({ say }: Context, lines: readonly string[]): Promise<boolean> {
  say('The repository itself widens what may happen, or names commands to run on this machine:');
  for (const line of lines) say(`  ${line}`);
  return yesOrNo('Trust it, as it is now, on this machine?');
}
