// Which runtime a project begins with, by what is found on this machine.

import { DEFAULTS } from '../config/defaults.ts';
import { runtimeSettings } from '../config/settings.ts';
import type { RuntimeProbe } from '../ports/agent-runtime.ts';
import { oneLine } from '../util/terminal-text.ts';
import type { App, LoadedSettings } from './app.ts';
import { probeAll } from './runtimes.ts';
import { loginText } from './show-runtimes.ts';

/** The order in which runtimes are taken where several are ready. */
const PREFERRED = ['claude', 'codex', 'gemini', 'opencode'];

/** Which runtime a project begins with. */
interface ChosenRuntime {
  readonly runtime: string;
  /** Why, a line each. */
  readonly because: readonly string[];
  /** What to install or set. */
  readonly hints: readonly string[];
}

/**
 * Chooses the runtime that a project begins with: what is found and logged in, else what may be, else
 * what is there at all.
 *
 * @param app - The application.
 * @returns The runtime, why, and what is missing.
 */
export async function chooseRuntime(app: App): Promise<ChosenRuntime> {
  const settings = await app.settings();
  const usual = DEFAULTS.runtimes.default;
  // A configuration that is wrong is what `init --force` is to mend.
  const own = settings.ok ? runtimeSettings(settings.value.config) : {};
  const runtimes = new Map([...(await app.runtimes())].filter(([id]) => PREFERRED.includes(id)));
  const probes = await probeAll({ runtimes, clock: app.clock }, own);
  const found = PREFERRED.flatMap((id) => probes.filter((probe) => probe.id === id && probe.found));
  const chosen =
    found.find(({ loggedIn }) => loggedIn === true) ??
    found.find(({ loggedIn }) => loggedIn === null) ??
    found[0];
  if (chosen === undefined) {
    const { hint = null } = probes.find(({ id }) => id === usual) ?? {};
    return {
      runtime: usual,
      because: [`none of ${PREFERRED.join(', ')} was found: ${usual} is taken as the usual one`],
      hints: [...(hint === null ? [] : [hint]), 'How to get another one: tutti runtimes'],
    };
  }
  const others = found.filter((probe) => probe !== chosen);
  return {
    runtime: chosen.id,
    because: [
      `${factsOf(chosen)}: agents run by it`,
      ...others.map((probe) => `${factsOf(probe)} too: runtimes.default chooses`),
      ...elsewhere(settings.ok ? settings.value : null, chosen.id),
    ],
    hints: chosen.hint === null ? [] : [chosen.hint],
  };
}

function factsOf(probe: RuntimeProbe): string {
  const { id, version } = probe;
  const login = loginText(probe);
  return (
    `${id} ${oneLine(version ?? '')} was found`.replace('  ', ' ') +
    (login === '' ? '' : `, ${login}`)
  );
}

/** A default of the person's own is over what the project's file says. */
function elsewhere(loaded: LoadedSettings | null, chosen: string): readonly string[] {
  const source = loaded?.sources['runtimes.default'] ?? 'default';
  const { default: own } = loaded?.config.runtimes ?? { default: chosen };
  if (source === 'default' || source === 'project' || own === chosen) return [];
  const where = source === 'person' ? 'your own configuration' : `the ${source}`;
  return [`${where} says ${own}: for you that counts`];
}
