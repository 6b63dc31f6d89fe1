// The pages in docs/ against the program: what they show must be read by it, and what it offers must
// be in them. UPDATE_DOCS=1 writes the list of verbs anew; then format it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import type { OptionSpec, VerbSpec } from '../../src/cli/context.ts';
import { COMMON_OPTIONS } from '../../src/cli/flags.ts';
import { DEFAULTS } from '../../src/config/defaults.ts';
import { environmentValues } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load.ts';
import { toRunSettings } from '../../src/config/settings.ts';
import { FAILURE_REASONS } from '../../src/model/failure.ts';
import { readAgentFile } from '../../src/plan/agent-file.ts';
import { readPlan } from '../../src/plan/plan-file.ts';
import { routeTask, routingOf } from '../../src/plan/route.ts';
import { readScript } from '../../src/testing/index.ts';
import { readTree } from '../../src/util/yaml-tree.ts';

const ROOT = new URL('../../', import.meta.url);
const COMMANDS = new URL('docs/commands.md', ROOT);
const BEGIN = '<!-- verbs: written by test/cli/docs.test.ts -->';
const END = '<!-- end of verbs -->';

const page = (name: string): string => readFileSync(new URL(name, ROOT), 'utf8');

/** The examples of a page in one language. */
function examples(name: string, language: string): string[] {
  const blocks = page(name).matchAll(/```(?<language>\w*)\n(?<text>.*?)```/gsu);
  return [...blocks]
    .filter(({ groups }) => groups?.['language'] === language)
    .map(({ groups }) => groups?.['text'] ?? '');
}

const depth = ({ name }: VerbSpec): number => name.split(' ').length;

async function allVerbs(): Promise<VerbSpec[]> {
  const folder = new URL('src/cli/', ROOT);
  const names = readdirSync(folder).filter((name) => /^verbs-[\w-]+(?<!\.test)\.ts$/u.test(name));
  const verbs = new Map<string, VerbSpec>();
  for (const name of names) {
    const module: Record<string, readonly VerbSpec[]> = await import(new URL(name, folder).href);
    for (const verb of Object.values(module).flat()) verbs.set(verb.name, verb);
  }
  // A verb stands before those that are below it, as in the help.
  return [...verbs.values()].toSorted((a, b) => depth(a) - depth(b));
}

const item = (name: string, about: string): string => `- \`${name}\`: ${about}`;

function option([flags, about, values]: OptionSpec): string {
  const choices = Array.isArray(values) ? ` (${values.join(', ')})` : '';
  return item(flags, `${about}${choices}`);
}

function section({ name, summary, args = [], options = [], examples: lines }: VerbSpec): string {
  const usage = ['tutti', name, ...args.map(([arg]) => arg)].join(' ');
  const list = [
    ...args.map(([arg, about]) => item(arg, about)),
    ...options.map((one) => option(one)),
  ];
  return [
    `### \`${usage}\``,
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    ...(list.length === 0 ? [] : [list.join('\n')]),
    ['```sh', ...lines, '```'].join('\n'),
  ].join('\n\n');
}

async function verbsDoc(): Promise<string> {
  const verbs = await allVerbs();
  const groups = [
    'Start:',
    'Ask for work:',
    'Plan:',
    'Watch:',
    'Steer:',
    'Finish:',
    'Look around:',
  ] as const;
  const parts = groups.flatMap((group) => {
    const own = verbs.filter((verb) => verb.group === group).map((verb) => section(verb));
    return own.length === 0 ? [] : [[`## ${group.slice(0, -1)}`].concat(own).join('\n\n')];
  });
  return `${BEGIN}\n\n${parts.join('\n\n')}\n\n${END}`;
}

describe('docs/commands.md', () => {
  it('has every verb and flag as the program has it', async () => {
    const doc = await verbsDoc();
    const written = /<!-- verbs: .*<!-- end of verbs -->/su;
    if (process.env['UPDATE_DOCS'] === '1') {
      writeFileSync(
        COMMANDS,
        page('docs/commands.md').replace(written, () => doc),
      );
    }
    expect(written.exec(page('docs/commands.md'))?.[0]).toBe(doc);
  });

  it('has the flags that are the same everywhere', () => {
    for (const [flags] of COMMON_OPTIONS)
      expect(page('docs/commands.md')).toContain(`\`${flags}\``);
  });
});

const load = (text: string): ReturnType<typeof loadConfig> =>
  loadConfig({ environment: {}, flags: {}, project: { path: 'config', text }, person: null });

describe('docs/configuration.md', () => {
  it('shows the defaults', () => {
    const loaded = load(examples('docs/configuration.md', 'yaml')[0] ?? '');
    expect(loaded).toMatchObject({ ok: true, config: DEFAULTS });
  });

  it('names every section and every variable', () => {
    const text = page('docs/configuration.md');
    for (const key of [...Object.keys(DEFAULTS), ...Object.keys(DEFAULTS.orchestration)]) {
      expect(text).toContain(key);
    }
    const everything = new Proxy({}, { get: () => '1', has: () => true });
    for (const { name } of environmentValues(everything)) expect(text).toContain(`\`${name}\``);
  });

  it.each(['README.md', 'docs/agents.md', 'docs/scripted-agents.md'])(
    'is what the examples of %s keep to',
    (name) => {
      const configurations = examples(name, 'yaml').filter((text) =>
        /^(?:orchestration|runtimes|project|checks):/mu.test(text),
      );
      for (const text of configurations) expect(load(text)).toMatchObject({ ok: true });
    },
  );
});

function agentFiles(folder = 'agents/'): string[] {
  return readdirSync(new URL(folder, ROOT)).filter((name) => name.endsWith('.md'));
}

it('docs/plan-file.md shows a plan that is sound', () => {
  const agents = agentFiles().flatMap((name) => {
    const read = readAgentFile(page(`agents/${name}`), { path: name, origin: 'built-in' });
    return read.ok ? [read.agent] : [];
  });
  const routing = routingOf(agents, {});
  const read = readPlan(examples('docs/plan-file.md', 'yaml')[0] ?? '', {
    agents,
    runtimes: ['claude', 'command', 'scripted'],
    settings: toRunSettings(DEFAULTS, { priority: 'medium', fullPermissions: false }),
    route: (task) => routeTask(task, routing),
  });
  expect(read).toMatchObject({ ok: true, warnings: [] });
});

it('docs/agents.md shows an agent and names the built-in ones', () => {
  const file = examples('docs/agents.md', 'markdown')[0] ?? '';
  expect(readAgentFile(file, { path: 'a.md', origin: 'project' })).toMatchObject({ ok: true });
  for (const name of [...agentFiles(), ...agentFiles('agents/domain/')]) {
    expect(page('docs/agents.md')).toContain(`\`${name.replace('.md', '')}\``);
  }
});

it('docs/scripted-agents.md shows a script that is sound', () => {
  const script = examples('docs/scripted-agents.md', 'yaml')[1] ?? '';
  const tree = readTree(script);
  expect(tree.ok && readScript(tree.tree.value)).not.toHaveProperty('problems');
});

it('docs/how-it-works.md names every reason of a failure', () => {
  for (const reason of FAILURE_REASONS) {
    expect(page('docs/how-it-works.md')).toContain(`\`${reason}\``);
  }
});
