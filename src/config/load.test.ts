import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import type { PartialConfig } from './config.ts';
import { DEFAULTS } from './defaults.ts';
import { loadConfig } from './load.ts';
import type { ConfigSources, LoadedConfig } from './load.ts';
import { leaves, valueAt } from './values-by-path.ts';

interface Texts {
  readonly project?: string;
  readonly person?: string;
  readonly environment?: Record<string, string>;
  readonly flags?: PartialConfig;
}

function load({ project, person, environment = {}, flags = {} }: Texts): LoadedConfig {
  const sources: ConfigSources = {
    project: project === undefined ? null : { path: 'project.yaml', text: project },
    person: person === undefined ? null : { path: 'person.yaml', text: person },
    environment,
    flags,
  };
  return loadConfig({ isTrusted: () => true, ...sources });
}

function good(texts: Texts): Extract<LoadedConfig, { ok: true }> {
  const loaded = load(texts);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded;
}

/** Problems as `file:line:column path: message (hint)`. */
function bad(texts: Texts): string[] {
  const loaded = load(texts);
  return loaded.ok
    ? []
    : loaded.problems.map(
        ({ file, line, column, path, message, hint }) =>
          `${file}:${line}:${column} ${path}: ${message}${hint === null ? '' : ` (${hint})`}`,
      );
}

/** The first block that the project's idea was written down with. */
const BLOCK = `orchestration:
  enabled: true
  auto_decompose: "auto"
  detection:
    task_types: ["feature", "epic"]
    keywords:
      - "implement"
      - "create full"
    # Minimum estimated complexity
    min_complexity: "high"  # low, medium, high
  stages:
    research:
      enabled: true
      agent: "Explore"
      timeout: 600  # 10 minutes
      actions:
        - web_search
        - codebase_analysis
        - doc_gathering
      output_to_context: true
      output_path: ".sugar/orchestration/{task_id}/research.md"
    planning:
      enabled: true
      agent: "Plan"
      timeout: 300
      depends_on: ["research"]
      creates_subtasks: true
      output_path: ".sugar/orchestration/{task_id}/plan.md"
    implementation:
      parallel: true
      max_concurrent: 3
      timeout_per_task: 1800
      agent_routing:
        "*ui*|*frontend*|*component*|*design*": "frontend-designer"
        "*api*|*backend*|*endpoint*|*service*": "backend-developer"
        "default": "general-purpose"
    review:
      enabled: true
      depends_on: ["implementation"]
      agents:
        - "code-reviewer"
        - "qa-engineer"
      run_tests: true
      require_passing: true
  custom_stages:
    security_audit:
      enabled: true
      agent: "security-engineer"
      after: "implementation"
      before: "review"
      actions:
        - security_scan
        - vulnerability_check
`;

describe('what loads', () => {
  test.each([
    ['no file', undefined],
    ['an empty file', ''],
    ['only comments', '# nothing\n\n# here\n'],
    ['a byte order mark', '\ufeff'],
    ['empty sections', 'orchestration:\n  stages:\n    research:\nruntimes:\n  claude:\n'],
    ['an empty mapping', '{}'],
  ])('%s is the defaults', (_, project) => {
    const { config, sources } = good(project === undefined ? {} : { project });
    expect(config).toEqual(DEFAULTS);
    expect(new Set(Object.values(sources))).toEqual(new Set(['default']));
  });

  test('the first block, as it is and with Windows line ends', () => {
    const { config } = good({ project: BLOCK });
    expect(config).toMatchObject(parse(BLOCK));
    expect(config.project).toEqual(DEFAULTS.project);
    expect(config.orchestration.custom_stages['security_audit']?.timeout).toBe(600);
    expect(good({ project: BLOCK.replaceAll('\n', '\r\n') }).config).toEqual(config);
  });

  test('JSON', () => {
    expect(good({ project: '{"budget": {"usd": 2.5}}' }).config.budget.usd).toBe(2.5);
  });
});

describe('sources', () => {
  test('the later one wins, key by key; lists are replaced; each value knows its source', () => {
    const { config, sources } = good({
      project:
        'orchestration: { max_parallel: 2, max_tasks: 5, max_attempts: 7 }\nchecks: [{ name: a, run: a }]\nsandbox: { mode: on }',
      person: 'orchestration: { max_parallel: 3, max_tasks: 6 }\nchecks: [{ name: b, run: b }]',
      environment: { TUTTI_MAX_PARALLEL: '8', TUTTI_RUNTIME: 'codex', TUTTI_PLANNER: '' },
      flags: { sandbox: { mode: 'off' }, orchestration: { planner: undefined } },
    });
    expect(config.orchestration).toMatchObject({ max_parallel: 8, max_tasks: 6, max_attempts: 7 });
    expect(config.checks).toEqual([{ name: 'b', run: 'b', timeout: 600 }]);
    const { config: forge } = good({ project: 'checks: [{ name: ci, kind: forge }]' });
    expect(forge.checks[0]?.timeout).toBe(1800);
    expect(config.runtimes.default).toBe('codex');
    expect(sources).toMatchObject({
      'orchestration.max_parallel': 'env',
      'orchestration.max_tasks': 'person',
      'orchestration.max_attempts': 'project',
      'orchestration.max_replans': 'default',
      'runtimes.default': 'env',
      'runtimes.claude.model': 'default',
      'sandbox.mode': 'flag',
      checks: 'person',
    });
  });

  test('a file that gives every value back changes nothing', () => {
    expect(good({ project: JSON.stringify(DEFAULTS) }).config).toEqual(DEFAULTS);
  });

  const section = fc.record(
    {
      orchestration: fc.record(
        {
          max_tasks: fc.integer({ min: 1, max: 50 }),
          overlap: fc.constantFrom('serialize' as const, 'warn' as const),
          stages: fc.record(
            {
              implementation: fc.record(
                {
                  max_concurrent: fc.option(fc.integer({ min: 1, max: 9 })),
                  agent_routing: fc.dictionary(
                    fc.constantFrom('*a*|*b*', 'x.y', 'default'),
                    fc.constantFrom('one', 'two'),
                  ),
                },
                { requiredKeys: [] },
              ),
            },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      ),
      workspace: fc.record({ setup: fc.array(fc.constantFrom('a', 'b')) }, { requiredKeys: [] }),
      runtimes: fc.record(
        { mycli: fc.record({ binary: fc.constantFrom('b', 'c') }) },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [], noNullPrototype: true },
  );

  test('merging: every value is that of the last source that says it', () => {
    fc.assert(
      fc.property(section, section, section, (project, person, flag) => {
        const texts = { project: JSON.stringify(project), person: JSON.stringify(person) };
        const { config, sources } = good({ ...texts, flags: flag });
        const said: [string, unknown][] = [
          ['flag', flag],
          ['person', person],
          ['project', project],
          ['default', DEFAULTS],
        ];
        const all = leaves(config);
        expect(Object.keys(sources)).toHaveLength(all.length);
        for (const path of leaves(flag)) expect(valueAt(config, path)).toEqual(valueAt(flag, path));
        for (const [index, path] of all.entries()) {
          const by = said.find(([, value]) => valueAt(value, path) !== undefined);
          expect(Object.values(sources)[index]).toBe(by?.[0] ?? 'default');
          if (by !== undefined) expect(valueAt(config, path)).toEqual(valueAt(by[1], path));
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('what is refused', () => {
  test('all sources at once, contradictions too', () => {
    const found = bad({
      project:
        'orchestration:\n  max_paralel: 4\n  task_timeout_secs: -5\n  retry: { initial_secs: 50 }\nproject: { key: shop }\n',
      person: 'orchestration:\n  retry:\n    max_secs: 10\nruntimes: { default: clude }\n',
      environment: { TUTTI_MAX_PARALLEL: 'many', TUTTI_SANDBOX: 'maybe' },
      flags: { orchestration: { max_tasks: 0 } },
    });
    expect(found).toEqual([
      'project.yaml:2:3 orchestration.max_paralel: unknown key "max_paralel" (did you mean max_parallel?)',
      'project.yaml:3:22 orchestration.task_timeout_secs: task_timeout_secs must be at least 1, not -5',
      'project.yaml:5:17 project.key: key must be an upper-case word such as SHOP, at most 16 characters, not "shop"',
      'environment:1:1 orchestration.max_parallel: TUTTI_MAX_PARALLEL: max_parallel must be a number, not "many"',
      'environment:1:1 sandbox.mode: TUTTI_SANDBOX: mode must be one of auto, on, off, not "maybe"',
      expect.stringMatching(
        /^flags:1:\d+ orchestration.max_tasks: max_tasks must be at least 1, not 0$/u,
      ),
      'project.yaml:4:26 orchestration.retry.initial_secs: the first wait (initial_secs 50) is longer than the longest (max_secs 10)',
      'person.yaml:4:22 runtimes.default: unknown runtime "clude" (did you mean claude?)',
    ]);
  });

  test.each([
    [
      'orchestration: { stages: { research: { depends_on: [review] } } }',
      '1:53',
      'stages wait for each other: research → planning → implementation → review → research',
    ],
    [
      'orchestration: { stages: { review: { depends_on: [implemntation] } } }',
      '1:51',
      'unknown stage "implemntation" (did you mean implementation?)',
    ],
    [
      'orchestration: { custom_stages: { audit: { agent: a, after: reveiw } } }',
      '1:61',
      'unknown stage "reveiw" (did you mean review?)',
    ],
    [
      'orchestration: { custom_stages: { audit: { agent: a, after: review, before: planning } } }',
      '',
      'stages wait for each other',
    ],
    [
      'orchestration: { custom_stages: { review: { agent: a } } }',
      '1:43',
      '"review" is a built-in stage',
    ],
    ['orchestration: { custom_stages: { audit: {} } }', '1:42', 'agent is missing'],
    [
      'orchestration: { actions: { a: { prompt: x, run: y } } }',
      '1:32',
      'either a prompt or a run',
    ],
    [
      'orchestration: { stages: { planning: { output_path: ../x } } }',
      '1:53',
      'must be a path inside the project, not "../x"',
    ],
    [
      'orchestration: { stages: { planning: { output_path: /etc/x } } }',
      '1:53',
      'inside the project',
    ],
    [
      'orchestration: { stages: { planning: { output_path: "C:\\\\x" } } }',
      '1:53',
      'inside the project',
    ],
    [
      'orchestration: { stages: { planning: { output_path: a/../.GIT/x } } }',
      '1:53',
      'inside the project',
    ],
    [
      'orchestration: { stages: { planning: { output_path: "{goal}/x" } } }',
      '1:53',
      'no placeholder but {task_id}',
    ],
    [
      'runtimes: { cluade: { model: x } }',
      '1:21',
      'no built-in runtime, and one of your own needs a binary (did you mean claude?)',
    ],
    ['runtimes: { My CLI: { binary: x } }', '1:21', 'must be a runtime name'],
    [
      'runtimes: { my: { binary: x, args: --json } }',
      '1:36',
      'args must be a list, not "--json" (write [--json])',
    ],
    [
      'runtimes: { my: { binary: x, env: { A-B: x } } }',
      '1:37',
      '"A-B" must be the name of an environment variable',
    ],
    ['checks: [{ name: a, run: x }, { name: a, run: y }]', '1:39', '"a" is there twice'],
    [
      'subagents: [{ id: a, specialization: b }, { id: a, specialization: c }]',
      '1:49',
      '"a" is there twice',
    ],
    ['checks: [{ name: a, run: true }]', '1:26', 'run must be text, not true (write "true")'],
    ['checks: [{ name: a }]', '1:10', 'the check "a" needs a run'],
    [
      'checks: [{ name: a, kind: forge, run: x }]',
      '1:39',
      'the check "a" asks the forge, so it has no run',
    ],
    [
      'checks: [{ name: a, kind: forge }, { name: b, kind: forge }]',
      '1:36',
      'the check "b" asks the forge as "a" does',
    ],
    [
      'checks: [{ name: a, run: x, report: ../up.xml }]',
      '1:37',
      'must be a path inside the project',
    ],
    ['workspace: { copy: [.env, ../.ssh/id_rsa] }', '1:27', 'must be a path inside the project'],
    ['project: { base_branch: "--upload-pack=x" }', '1:25', 'is not a valid branch name'],
    ['project: { branch_prefix: "a b/" }', '1:27', 'would not give valid branch names'],
    [
      'notify: { webhooks: [{ url: "file:///etc/passwd" }] }',
      '1:29',
      'must be an http or https address',
    ],
    ['budget: { usd: .inf }', '1:16', 'usd must be'],
    ['sandbox: { mode: false }', '1:18', 'mode must be one of auto, on, off, not false'],
    [
      'orchestration: { task_timeout_secs: 2000001 }',
      '1:37',
      'must be at most 2000000, not 2000001',
    ],
    ['- a', '1:1', 'the document must be a mapping of keys, not a list'],
    ['orchestration:\n\tenabled: true', '2:1', 'Tabs are not allowed as indentation'],
    ['a: 1\n---\nb: 1', '2:1', 'more than one document in a file'],
  ])('%s', (project, place, message) => {
    const found = bad({ project });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`project.yaml:${place}`);
    expect(found[0]).toContain(message);
  });

  test('values that are good alone and not together, from two files', () => {
    const found = bad({
      project: 'orchestration: { actions: { a: { prompt: x } } }',
      person: 'orchestration: { actions: { a: { run: x } } }',
    });
    expect(found[0]).toMatch(/^person.yaml:1:32 .*either a prompt or a run/u);
  });
});
