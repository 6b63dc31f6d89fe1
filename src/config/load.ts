// Puts the configuration together from all its sources, and says everything that is wrong in any of
// them at once.

import { z } from 'zod';

import { checkTree } from '../util/checked-yaml.ts';
import type { Path, Place, Problem } from '../util/checked-yaml.ts';
import { pathText, readTree } from '../util/yaml-tree.ts';
import type { Config, PartialConfig } from './config.ts';
import { DEFAULTS } from './defaults.ts';
import { environmentValues } from './environment.ts';
import { contradictions } from './rules.ts';
import type { Contradiction } from './rules.ts';
import { configSchema } from './schema.ts';
import type { Source } from './source.ts';
import { widenings } from './trust.ts';
import type { Widening } from './trust.ts';
import { leaves, merge, prune, valueAt, withoutEmptySections } from './values-by-path.ts';

/** A file that was read. */
export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

/** Everything that can say something, `null` where there is no such file. */
export interface ConfigSources {
  /** The project's `.tutti/config.yaml`. */
  readonly project: ConfigFile | null;
  /** The person's own file. */
  readonly person: ConfigFile | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: PartialConfig;
  /** Whether a person has trusted a value of the project's file, by its `Widening.id`. */
  readonly isTrusted?: (id: string) => boolean;
}

/** A problem and the file it is in; `environment` and `flags` stand for what is no file. */
export interface ConfigProblem extends Problem {
  readonly file: string;
}

/** The configuration, or everything that is wrong with it. */
export type LoadedConfig =
  | {
      readonly ok: true;
      readonly config: Config;
      /** The source of every single value, by its path as text. */
      readonly sources: Readonly<Record<string, Source>>;
      /** What of the project's file widens what may happen, and is not trusted: not in force. */
      readonly untrusted: readonly Widening[];
      /** All of it that widens. */
      readonly widening: readonly Widening[];
    }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** One source after reading. */
interface Layer {
  readonly source: Source;
  readonly file: string;
  /** What it says, without what is wrong. */
  readonly raw: unknown;
  readonly problems: readonly ConfigProblem[];
  readonly place: (path: Path) => Place;
}

const START: Place = { line: 1, column: 1 };

const layerSchema: z.ZodType<Config> = z.preprocess(
  (value) => withoutEmptySections(value, DEFAULTS),
  configSchema,
);

/**
 * Puts the configuration together: defaults, the project's file, the person's, environment, flags.
 * Mappings are merged key by key, lists are replaced.
 *
 * @param sources - What each source says.
 * @returns The complete configuration, or all problems of all sources.
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const layers: Layer[] = [];
  if (sources.project !== null) layers.push(readLayer('project', sources.project));
  if (sources.person !== null) layers.push(readLayer('person', sources.person));
  for (const { name, value } of environmentValues(sources.environment)) {
    layers.push(asVariable(readLayer('env', { path: name, text: JSON.stringify(value) }), name));
  }
  layers.push(readLayer('flag', { path: 'flags', text: JSON.stringify(sources.flags) }));

  const problems = layers.flatMap((layer) => layer.problems);
  let merged: unknown = DEFAULTS;
  for (const layer of layers) merged = merge(merged, layer.raw);
  const parsed = configSchema.safeParse(merged);
  if (!parsed.success) {
    // What is wrong was left out before: the rest cannot be wrong by itself.
    if (problems.length === 0) throw parsed.error;
    return { ok: false, problems };
  }
  problems.push(...contradictions(parsed.data).map((each) => located(each, layers)));
  if (problems.length > 0) return { ok: false, problems };
  return trustedOnly(layers, parsed.data, sources.isTrusted ?? (() => false));
}

/** Takes out of the project's file what would widen what may happen, unless it is trusted. */
function trustedOnly(
  layers: readonly Layer[],
  whole: Config,
  isTrusted: (id: string) => boolean,
): LoadedConfig {
  const project = layers.find(({ source }) => source === 'project');
  const asItIs = { ok: true, config: whole, sources: sourcesOf(whole, layers) } as const;
  if (project === undefined) return { ...asItIs, untrusted: [], widening: [] };
  const others = layers.filter((layer) => layer !== project);
  const isOwn = (path: Path): boolean =>
    others.every((layer) => valueAt(layer.raw, path) === undefined);
  const widening = widenings(project, configOf(others) ?? DEFAULTS, isOwn);
  const untrusted = widening.filter(({ id }) => !isTrusted(id));
  if (untrusted.length === 0) return { ...asItIs, untrusted, widening };
  const paths = untrusted.map(({ path }) => path);
  const left = layers.map((layer) =>
    layer === project ? { ...layer, raw: prune(layer.raw, paths) } : layer,
  );
  // Without a part of it the file may contradict itself; then nothing of it counts.
  const kept = configOf(left) === null ? others : left;
  const config = configOf(kept) ?? DEFAULTS;
  return { ok: true, config, sources: sourcesOf(config, kept), untrusted, widening };
}

function configOf(layers: readonly Layer[]): Config | null {
  let merged: unknown = DEFAULTS;
  for (const layer of layers) merged = merge(merged, layer.raw);
  const parsed = configSchema.safeParse(merged);
  return parsed.success ? parsed.data : null;
}

function readLayer(source: Source, { path: file, text }: ConfigFile): Layer {
  const read = readTree(text);
  if (!read.ok) {
    const problems = read.problems.map((problem) => Object.assign({ file }, problem));
    return { source, file, raw: {}, problems, place: () => START };
  }
  const { tree } = read;
  const raw = withoutEmptySections(tree.value, DEFAULTS);
  const checked = checkTree(tree, layerSchema);
  if (checked.ok) return { source, file, raw, problems: [], place: tree.place };
  const wrong = checked.problems.map((problem) => problem.path);
  const problems = checked.problems.map((problem) => Object.assign({ file }, problem));
  return { source, file, raw: prune(raw, wrong), problems, place: tree.place };
}

/**
 * Moves what was found in a variable's value to the variable.
 *
 * @param layer - What the variable says, read as if it were a file.
 * @param name - The variable.
 * @returns The same with the place a person can do something about.
 */
function asVariable(layer: Layer, name: string): Layer {
  const problems = layer.problems.map((problem) => {
    const message = `${name}: ${problem.message}`;
    return { ...problem, ...START, message, file: 'environment' };
  });
  return { ...layer, file: 'environment', problems, place: () => START };
}

/**
 * Finds the place of a contradiction: the latest source that says one of its values.
 *
 * @param contradiction - What does not go together.
 * @param layers - The sources.
 * @returns The problem at its place.
 */
function located(contradiction: Contradiction, layers: readonly Layer[]): ConfigProblem {
  const { message, hint, paths } = contradiction;
  for (const path of paths) {
    const layer = layers.findLast((each) => valueAt(each.raw, path) !== undefined);
    if (layer !== undefined) {
      return { message, hint, path: pathText(path), ...layer.place(path), file: layer.file };
    }
  }
  throw new TypeError(`the defaults contradict each other: ${message}`);
}

function sourcesOf(config: Config, layers: readonly Layer[]): Record<string, Source> {
  const sources: Record<string, Source> = {};
  for (const path of leaves(config)) {
    const layer = layers.findLast((each) => valueAt(each.raw, path) !== undefined);
    sources[pathText(path)] = layer?.source ?? 'default';
  }
  return sources;
}
