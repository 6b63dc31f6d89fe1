// Which runtimes are installed here.

import { runtimeSettings } from '../config/settings.ts';
import type { RuntimeFeatures, RuntimeProbe } from '../ports/agent-runtime.ts';
import { fit } from '../report/view.ts';
import { oneLine, wrapToWidth } from '../util/terminal-text.ts';
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
  const ground = { runtimes: await app.runtimes(), clock: app.clock };
  const probes = await probeAll(ground, runtimeSettings(config));
  const { default: usual } = config.runtimes;
  return ok({
    json: { runtimes: probes.map(({ configured: _, ...probe }) => probe), default: usual },
    text: (view) => {
      const unknown = ground.runtimes.has(usual)
        ? []
        : [`${view.style.red('✗')} the default is ${oneLine(usual)}, and there is no such runtime`];
      return [...probes.map((one) => probeText(one, usual, view)), ...unknown].join('\n');
    },
  });
}

/** What each feature lets an agent of the runtime do, for people. */
const FEATURES: Readonly<Record<Exclude<keyof RuntimeFeatures, 'onlyAnswers'>, string>> = {
  structuredOutput: 'answers by schema',
  cost: 'tells its cost',
  resume: 'continues sessions',
  systemPrompt: 'system prompt',
  toolList: 'list of tools',
  permissions: 'asks for permission',
};

/** They have no model: what an agent could do with one says nothing. */
const WITHOUT_MODEL: ReadonlySet<string> = new Set(['command', 'scripted']);

function probeText(probe: RuntimeProbe, preferred: string, view: View): string {
  const { id, found, version, path, hint } = probe;
  const { style, width } = view;
  const facts = [
    found ? (version === null ? 'comes with tutti' : oneLine(version)) : missingText(probe),
    found ? loginText(probe) : '',
    id === preferred ? 'the default' : '',
  ];
  const sign = found ? style.green('✓') : id === preferred ? style.red('✗') : style.dim('-');
  const about = [path === null || version === null ? '' : oneLine(path), featureText(probe)];
  return [
    `${sign} ${style.bold(id.padEnd(10))} ${facts.filter((fact) => fact !== '').join(' · ')}`,
    ...about.filter((line) => line !== '').map((line) => `    ${style.dim(fit(line, width - 4))}`),
    ...(hint === null
      ? []
      : wrapToWidth(`→ ${oneLine(hint)}`, width - 4).map((line) => `    ${line}`)),
  ].join('\n');
}

/**
 * Says why a runtime is not there.
 *
 * @param probe - What was found: nothing.
 * @returns A few words.
 */
export function missingText({ configured = true }: RuntimeProbe): string {
  return configured ? 'not found' : 'not configured';
}

/**
 * Says whether somebody is logged in. What needs no login of anybody's counts as logged in; to say so
 * would only puzzle.
 *
 * @param probe - What was found.
 * @returns A few words, or none.
 */
export function loginText({ loggedIn, version }: RuntimeProbe): string {
  if (version === null) return '';
  return loggedIn === null ? 'login not known' : loggedIn ? 'logged in' : 'not logged in';
}

/**
 * Says what a runtime can do by itself.
 *
 * @param probe - What was found.
 * @returns A few words each, or nothing where there is no model.
 */
export function featureText({ id, features }: RuntimeProbe): string {
  const has: Readonly<Record<string, boolean>> = { ...features };
  const can = Object.entries(FEATURES).flatMap(([key, name]) => (has[key] === true ? [name] : []));
  return WITHOUT_MODEL.has(id) ? '' : can.join(', ');
}
