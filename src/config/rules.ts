// Rules that concern several keys at once. They look at the merged configuration, for each of the
// values may come from another source.

import { API_PROVIDERS } from '../model/settings.ts';
import { nearest } from '../util/nearest.ts';
import { quote } from '../util/yaml-tree.ts';
import type { Path } from '../util/yaml-tree.ts';
import { BUILT_IN_ACTIONS } from './actions.ts';
import type { Config } from './config.ts';
import { BUILT_IN_RUNTIMES } from './defaults.ts';
import { BUILT_IN_STAGES, stageCycle, stageEdges } from './stage-order.ts';
import { KEY_NAME } from './values.ts';

/** Values that do not go together. */
export interface Contradiction {
  readonly message: string;
  readonly hint: string | null;
  /** The keys that could be changed, the likeliest first. */
  readonly paths: readonly Path[];
}

/**
 * Finds everything in a configuration that cannot hold at the same time.
 *
 * @param config - The merged configuration.
 * @returns The contradictions.
 */
export function contradictions(config: Config): Contradiction[] {
  const names = config.checks.map((check) => check.name);
  const ids = config.subagents.map((subagent) => subagent.id);
  return [
    ...retryRules(config),
    ...checkRules(config),
    ...actionRules(config),
    ...stageActionRules(config),
    ...runtimeRules(config),
    ...stageRules(config),
    ...twice(names, (index) => ['checks', index, 'name']),
    ...twice(ids, (index) => ['subagents', index, 'id']),
  ];
}

function retryRules({ orchestration }: Config): Contradiction[] {
  const { initial_secs: first, max_secs: most } = orchestration.retry;
  if (first <= most) return [];
  const path: Path = ['orchestration', 'retry'];
  const message = `the first wait (initial_secs ${first}) is longer than the longest (max_secs ${most})`;
  return [
    {
      message,
      hint: null,
      paths: [
        [...path, 'initial_secs'],
        [...path, 'max_secs'],
      ],
    },
  ];
}

/** A command is run, a forge is asked. */
function checkRules({ checks }: Config): Contradiction[] {
  return checks.flatMap(({ name, kind, run, report, fewer_tests: fewer }, index) => {
    const path: Path = ['checks', index];
    if (kind !== 'forge') {
      const message = `the check ${quote(name)} needs a run`;
      return run === undefined ? [{ message, hint: null, paths: [path] }] : [];
    }
    const more = Object.entries({ run, report, fewer_tests: fewer }).find(
      ([, value]) => value !== undefined,
    );
    // It speaks for everything that the forge runs.
    const first = checks.findIndex((check) => check.kind === 'forge');
    if (more === undefined && first < index) {
      const message = `the check ${quote(name)} asks the forge as ${quote(checks[first]?.name ?? '')} does`;
      return [{ message, hint: null, paths: [path] }];
    }
    if (more === undefined) return [];
    const message = `the check ${quote(name)} asks the forge, so it has no ${more[0]}`;
    return [{ message, hint: null, paths: [[...path, more[0]]] }];
  });
}

function actionRules({ orchestration }: Config): Contradiction[] {
  return Object.entries(orchestration.actions).flatMap(([name, { prompt, run }]) =>
    (prompt === undefined) === (run === undefined)
      ? [
          {
            message: `the action ${quote(name)} needs either a prompt or a run`,
            hint: null,
            paths: [['orchestration', 'actions', name]],
          },
        ]
      : [],
  );
}

/** What a stage is to do must be known. */
function stageActionRules({ orchestration }: Config): Contradiction[] {
  const known = [...BUILT_IN_ACTIONS, ...Object.keys(orchestration.actions)];
  const of = (path: Path, actions: readonly string[]): Contradiction[] =>
    actions.flatMap((name, index) =>
      known.includes(name)
        ? []
        : [
            {
              message: `unknown action ${quote(name)}`,
              hint: meant(name, known),
              paths: [[...path, 'actions', index]],
            },
          ],
    );
  const { research } = orchestration.stages;
  return [
    ...of(['orchestration', 'stages', 'research'], research.actions),
    ...Object.entries(orchestration.custom_stages).flatMap(([name, { actions }]) =>
      of(['orchestration', 'custom_stages', name], actions),
    ),
  ];
}

function runtimeRules({ runtimes }: Config): Contradiction[] {
  const found: Contradiction[] = [];
  const own = Object.keys(runtimes).filter((name) => name !== 'default');
  const names = [...new Set([...BUILT_IN_RUNTIMES, ...own])];
  for (const name of own.filter((each) => !BUILT_IN_RUNTIMES.includes(each))) {
    const runtime = runtimes[name];
    const paths: Path[] = [['runtimes', name]];
    if (!KEY_NAME.test(name)) {
      const message = `${quote(name)} must be a runtime name of lower-case letters, digits, _ and -`;
      found.push({ message, hint: null, paths });
    } else if (typeof runtime === 'object' && runtime.protocol === 'api') {
      if (runtime.provider === null) found.push(needsProvider(name));
    } else if (typeof runtime === 'object' && runtime.binary === null) {
      const message = `${quote(name)} is no built-in runtime, and one of your own needs a binary`;
      found.push({ message, hint: meant(name, BUILT_IN_RUNTIMES), paths });
    }
  }
  if (!names.includes(runtimes.default)) {
    const message = `unknown runtime ${quote(runtimes.default)}`;
    found.push({ message, hint: meant(runtimes.default, names), paths: [['runtimes', 'default']] });
  }
  return found;
}

function needsProvider(name: string): Contradiction {
  const message = `${quote(name)} speaks to a model API, and needs a provider`;
  const hint = `known: ${API_PROVIDERS.join(', ')}`;
  return { message, hint, paths: [['runtimes', name]] };
}

function stageRules({ orchestration }: Config): Contradiction[] {
  const names = [...BUILT_IN_STAGES, ...Object.keys(orchestration.custom_stages)];
  const all = stageEdges(orchestration);
  const found: Contradiction[] = all.flatMap(({ from, to, path }) => {
    const unknown = [from, to].find((name) => !names.includes(name));
    if (unknown === undefined || path === null) return [];
    const message = `unknown stage ${quote(unknown)}`;
    return [{ message, hint: meant(unknown, names), paths: [path] }];
  });
  for (const name of Object.keys(orchestration.custom_stages)) {
    if (!BUILT_IN_STAGES.includes(name)) continue;
    found.push({
      message: `${quote(name)} is a built-in stage`,
      hint: `set it under orchestration.stages`,
      paths: [['orchestration', 'custom_stages', name]],
    });
  }
  const edges = all.filter(({ from, to }) => names.includes(from) && names.includes(to));
  const cycle = stageCycle(edges);
  if (cycle !== null) {
    const round = [...cycle.map((edge) => edge.from), cycle[0]?.from];
    const message = `stages wait for each other: ${round.join(' → ')}`;
    const paths = cycle.flatMap((edge) => (edge.path === null ? [] : [edge.path]));
    found.push({ message, hint: null, paths });
  }
  return found;
}

function twice(names: readonly string[], pathOf: (index: number) => Path): Contradiction[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ message: `${quote(name)} is there twice`, hint: null, paths: [pathOf(index)] }],
  );
}

function meant(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near === null ? `known: ${names.join(', ')}` : `did you mean ${near}?`;
}
