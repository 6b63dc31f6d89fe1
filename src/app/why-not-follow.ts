// What `.git/config` has git run in the person's own checkouts when a merge brings them along: a filter
// that stands there came with the folder, or was written by whoever has worked in a linked work tree. It
// runs when a person has trusted it on this machine, as with whatever else the repository widens.

import type { Repository } from '../ports/repository.ts';
import type { App } from './app.ts';
import { programId, programLine } from './checkout-program.ts';
import type { Confirm } from './confirm.ts';
import { no } from './result.ts';
import type { Result } from './result.ts';
import { readTrust, recordTrust } from './trust.ts';

/**
 * Says why no checkout may follow: it would run something that nobody has trusted.
 *
 * @param app - The application.
 * @param repository - The repository.
 * @param confirm - Asks a person; without, nobody is asked.
 * @returns The problem; `null` when there is none, or a person has just agreed.
 */
export async function whyNotFollow(
  app: App,
  repository: Repository,
  confirm: Confirm = () => Promise.resolve('nobody'),
): Promise<Result<never> | null> {
  const programs = await repository.checkoutPrograms();
  if (programs.length === 0) return null;
  const isTrusted = await readTrust(app);
  const untrusted = programs.filter((one) => !isTrusted(programId(one)));
  if (untrusted.length === 0) return null;
  const message = [
    'bringing your checkout along would run what the repository’s own git configuration names, and nobody has trusted that on this machine:',
    ...untrusted.map(programLine),
  ].join('\n');
  if ((await confirm(`${message}\nTrust it, as it is now, on this machine?`)) === true) {
    const given = await recordTrust(app, untrusted.map(programId));
    return given.ok ? null : given;
  }
  const hint =
    'if it is yours: tutti trust (for automation: TUTTI_TRUST_PROJECT=1); else take it out: git config --unset-all <key>';
  return no('untrusted', message, hint, 4);
}
