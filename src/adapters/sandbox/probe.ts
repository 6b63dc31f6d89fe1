// Which form of bubblewrap works here. Each is tried with a program that does nothing, the strongest
// first, and what keeps the stronger ones from working is told in words.

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

import type { Network, SandboxForm, SandboxProbe } from '../../ports/sandbox.ts';
import { APART } from './bwrap-arguments.ts';

/** How a trial ended. */
export interface Trial {
  readonly ok: boolean;
  readonly stderr: string;
}

/** What the system says of itself; `null` = nothing. */
export interface Facts {
  /** `kernel.unprivileged_userns_clone` */
  readonly usernsClone: string | null;
  /** `user.max_user_namespaces` */
  readonly maxUserNamespaces: string | null;
  /** `kernel.apparmor_restrict_unprivileged_userns` */
  readonly apparmorRestricts: string | null;
  readonly inContainer: boolean;
  readonly isRoot: boolean;
}

/** Why no sandbox works, and what can be done about it. */
export interface Cause {
  readonly cause: string;
  readonly remedy: string;
}

const TRIAL_MS = 10_000;
/** Strongest first. */
const FORMS: readonly Exclude<SandboxForm, 'seatbelt'>[] = ['namespaces', 'shared-proc'];

const NOT_INSTALLED: Cause = {
  cause: 'the program bwrap (bubblewrap) is not installed',
  remedy: 'install it: apt install bubblewrap, dnf install bubblewrap, pacman -S bubblewrap',
};

/**
 * Tells why bubblewrap does not work.
 *
 * @param stderr - What it said.
 * @param facts - What the system says of itself.
 * @returns The cause and its remedy, in words.
 */
export function causeOf(stderr: string, facts: Facts): Cause {
  const said = stderr.trim().split('\n', 1)[0] ?? '';
  if (facts.usernsClone?.trim() === '0') {
    return {
      cause: 'user namespaces are switched off (kernel.unprivileged_userns_clone is 0)',
      remedy: 'switch them on: sudo sysctl -w kernel.unprivileged_userns_clone=1',
    };
  }
  if (facts.maxUserNamespaces?.trim() === '0') {
    return {
      cause: 'user namespaces are switched off (user.max_user_namespaces is 0)',
      remedy: 'switch them on: sudo sysctl -w user.max_user_namespaces=10000',
    };
  }
  if (facts.apparmorRestricts?.trim() === '1' && !facts.isRoot) {
    return {
      cause: 'AppArmor keeps bwrap from making user namespaces',
      remedy:
        'give bwrap a profile that allows `userns` in /etc/apparmor.d/bwrap, or: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
    };
  }
  if (facts.inContainer) {
    return {
      cause: `this container does not allow new namespaces (${said})`,
      remedy:
        'start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined, or let the container be the sandbox',
    };
  }
  return { cause: `bwrap does not work here (${said})`, remedy: 'see: bwrap --ro-bind / / true' };
}

/**
 * Tries the forms of bubblewrap, the strongest first.
 *
 * @param program - Its path; `null` = it is not installed.
 * @param network - What of the network is to be left.
 * @param outside - How a form is tried, and what the system says of itself.
 * @param outside.attempt - Tries arguments.
 * @param outside.facts - Asks the system.
 * @returns What works, and what does not, in words.
 */
export async function probeBwrap(
  program: string | null,
  network: Network,
  outside: {
    readonly attempt: (program: string, args: readonly string[]) => Promise<Trial>;
    readonly facts: () => Facts;
  } = { attempt: tryProgram, facts: systemFacts },
): Promise<SandboxProbe> {
  if (program === null) return { works: false, ...NOT_INSTALLED };
  const net = network === 'full' ? [] : ['--unshare-net'];
  let first: Trial | null = null;
  for (const form of FORMS) {
    const trial = await outside.attempt(program, [...trialArguments(form), ...net, '--', 'true']);
    first ??= trial;
    if (trial.ok) {
      const weaker = form === 'namespaces' ? null : weakerBecause(first);
      return { works: true, form, program, weaker };
    }
  }
  const why = causeOf(first?.stderr ?? '', outside.facts());
  if (network === 'full' || net.length === 0) return { works: false, ...why };
  // The network may be what cannot be cut: then it is that which has to be said.
  const whole = await probeBwrap(program, 'full', outside);
  if (!whole.works) return whole;
  const cause = `the network cannot be cut here (${first?.stderr.trim() ?? ''})`;
  return { works: false, cause, remedy: 'set sandbox.network: full, or mend the cause' };
}

function weakerBecause(trial: Trial): string {
  const said = trial.stderr.trim().split('\n', 1)[0] ?? '';
  return `a /proc of its own cannot be mounted here, as in many containers (${said}): processes outside can be listed, not reached`;
}

function trialArguments(form: (typeof FORMS)[number]): string[] {
  const proc = form === 'shared-proc' ? ['--ro-bind', '/proc', '/proc'] : ['--proc', '/proc'];
  return ['--ro-bind', '/', '/', '--dev', '/dev', ...proc, ...APART];
}

function tryProgram(program: string, args: readonly string[]): Promise<Trial> {
  const options = { timeout: TRIAL_MS, env: { PATH: '/usr/bin:/bin' }, cwd: '/' };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, _, stderr) => {
      resolve({ ok: error === null, stderr: stderr === '' ? (error?.message ?? '') : stderr });
    });
  });
}

function systemFacts(): Facts {
  return {
    usernsClone: readOrNull('/proc/sys/kernel/unprivileged_userns_clone'),
    maxUserNamespaces: readOrNull('/proc/sys/user/max_user_namespaces'),
    apparmorRestricts: readOrNull('/proc/sys/kernel/apparmor_restrict_unprivileged_userns'),
    inContainer: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
    isRoot: process.getuid?.() === 0,
  };
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
