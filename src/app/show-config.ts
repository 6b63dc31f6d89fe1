// The configuration that is in force, with where each value comes from and without its secrets.

import { existsSync } from 'node:fs';

import { configPaths } from '../config/find.ts';
import { configJsonSchema } from '../config/json-schema.ts';
import { maskSecrets } from '../config/mask.ts';
import { plural } from '../util/amount.ts';
import { isRecord } from '../util/is-record.ts';
import { spellOut } from '../util/terminal-text.ts';
import { pathText } from '../util/yaml-tree.ts';
import type { Path } from '../util/yaml-tree.ts';
import type { App } from './app.ts';
import { ok } from './result.ts';
import type { Result } from './result.ts';
import type { Shown } from './shown.ts';

/**
 * Shows the configuration.
 *
 * @param app - The application.
 * @returns What to show.
 */
export async function showConfig(app: App): Promise<Result<Shown>> {
  const loaded = await app.settings();
  if (!loaded.ok) return loaded;
  const { config, sources } = loaded.value;
  const masked = maskSecrets(config);
  return ok({
    json: { config: masked, sources },
    text: (view) => {
      const rows = leaves(masked, []);
      const columns = Math.min(52, Math.max(...rows.map(([path]) => path.length)));
      const lines = rows.map(([path, value]) => {
        const source = sources[path] ?? 'default';
        const line = `${path.padEnd(columns)}  ${value}`;
        return source === 'default'
          ? view.style.dim(line)
          : `${line}  ${view.style.cyan(`(${source})`)}`;
      });
      return lines.join('\n');
    },
  });
}

/** Every single value by its path, lists whole, as the sources name them. */
function leaves(value: unknown, path: Path): [path: string, value: string][] {
  if (isRecord(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, child]) => leaves(child, [...path, key]));
  }
  const text = typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
  return [[pathText(path), spellOut(text)]];
}

/**
 * Checks the configuration of this project and this person.
 *
 * @param app - The application.
 * @returns What to show; everything that is wrong, as a problem.
 */
export async function checkConfig(app: App): Promise<Result<Shown>> {
  const loaded = await app.settings();
  if (!loaded.ok) return loaded;
  const { sources } = loaded.value;
  const { project, person } = configPaths(app.root, app.environment);
  const files = [project, person].filter((path) => path !== null && existsSync(path));
  const count = Object.values(sources).filter((source) => source !== 'default').length;
  return ok({
    json: { ok: true, files, set: count },
    text: (view) => {
      const from = files.length === 0 ? ['no file: the defaults are in force'] : files;
      return [
        `${view.style.green('✓')} the configuration is sound, ${plural(count, 'value')} set`,
        ...from.map((path) => `  ${path}`),
      ].join('\n');
    },
  });
}

/**
 * Shows the schema of the configuration file, for editors.
 *
 * @returns What to show: a JSON Schema either way.
 */
export function showConfigSchema(): Shown {
  const json = configJsonSchema();
  return { json, text: () => JSON.stringify(json, undefined, 2) };
}
