// Which runtimes are installed here.

import { toRunSettings } from '../config/settings.ts';
import type { RuntimeProbe } from '../ports/agent-runtime.ts';
import { oneLine } from '../util/terminal-text.ts';
import type { App } from './app.ts';
import { ok } from './result.ts';
import type { Result } from './result.ts';
import { probeAll } from './runtimes.ts';
import type { Shown, View } from './shown.ts';

/**
 * Looks for every runtime.
 *
 * @param app - The application.
 * @returns What to show.
 */
export async function showRuntimes(app: App): Promise<Result<Shown>> {
  const loaded = await app.settings();
  if (!loaded.ok) return loaded;
  const { config } = loaded.value;
  const { runtimes } = toRunSettings(config, { priority: 'medium', fullPermissions: false });
  const probes = await probeAll({ runtimes: await app.runtimes() }, runtimes);
  return ok({
    json: { runtimes: probes, default: config.runtimes.default },
    text: (view) =>
      probes.map((probe) => probeText(probe, config.runtimes.default, view)).join('\n'),
  });
}

function probeText(probe: RuntimeProbe, preferred: string, { style }: View): string {
  const { id, found, version, path, loggedIn, hint } = probe;
  // What needs no login of anybody's counts as logged in; to say so would only puzzle.
  const login =
    loggedIn === null || version === null ? '' : loggedIn ? 'logged in' : 'not logged in';
  const facts = [
    found ? (version ?? 'comes with tutti') : 'not found',
    version === null ? '' : (path ?? ''),
    login,
    id === preferred ? 'the default' : '',
  ];
  const sign = found ? style.green('✓') : style.red('✗');
  const line = `${sign} ${style.bold(id.padEnd(10))} ${facts.filter((fact) => fact !== '').join(' · ')}`;
  return hint === null ? line.trimEnd() : `${line}\n    → ${oneLine(hint)}`;
}
