import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { samplePlanContext } from '../../test/sample-plan.ts';
import { readPlan } from './plan-file.ts';
import { mapRepository } from './repository-map.ts';
import { planByRules } from './rule-planner.ts';
import { writePlan } from './write-plan.ts';

const CONTEXT = samplePlanContext();
const SHOP = mapRepository(
  [
    'package.json',
    'README.md',
    'AGENTS.md',
    'src/api/orders.ts',
    'src/api/users.ts',
    'src/api/index.ts',
    'src/ui/cart.tsx',
    'src/ui/components/button.tsx',
    'src/ui/button.test.tsx',
    'db/migrations/001.sql',
    'db/client.ts',
    'test/orders.test.ts',
    'docs/api.md',
    'Dockerfile',
    'node_modules/left-pad/api/index.js',
  ],
  new Map([['package.json', '{"name": "shop", "version": "1.0.0"}']]),
);
const PIPELINE = mapRepository(
  [
    'pyproject.toml',
    'README.md',
    'pipeline/extract.py',
    'pipeline/transform.py',
    'pipeline/load.py',
    'dags/daily.py',
    'tests/test_transform.py',
    '.github/workflows/ci.yml',
  ],
  new Map([['pyproject.toml', '[project]\nname = "sales-etl"\n']]),
);
const CLI = mapRepository(
  [
    'go.mod',
    'main.go',
    'cmd/root.go',
    'cmd/list.go',
    'internal/store/store.go',
    'internal/store/store_test.go',
  ],
  new Map([['go.mod', 'module example.org/todo\n\ngo 1.22\n']]),
);

it('takes the runtime that an agent wants', () => {
  const agents = CONTEXT.agents.map((agent) =>
    agent.name === 'qa-engineer' ? { ...agent, runtime: 'scripted' } : agent,
  );
  const { tasks } = planByRules('Add an orders API', SHOP, { ...CONTEXT, agents });
  const runtimes = Object.fromEntries(tasks.map(({ agent, runtime }) => [agent, runtime]));
  expect(runtimes).toMatchObject({ 'backend-developer': null, 'qa-engineer': 'scripted' });
});

const plan = (goal: string, map: typeof SHOP, maxTasks = 20): unknown =>
  planByRules(goal, map, samplePlanContext({ maxTasks })).tasks.map(
    ({ id, agent, dependsOn, files }) =>
      `${id} (${agent}) after [${dependsOn.join(' ')}] in ${files.join(' ')}`,
  );

describe('mapRepository', () => {
  it('knows the names of packages in other languages', () => {
    expect(PIPELINE.packages).toMatchObject([{ path: 'pyproject.toml', name: 'sales-etl' }]);
    expect(CLI.packages).toMatchObject([{ path: 'go.mod', name: 'example.org/todo' }]);
    expect(mapRepository([], new Map())).toMatchObject({ fileCount: 0, source: [], packages: [] });
  });
});

describe('planByRules', () => {
  it('plans a feature of a web shop across its parts', () => {
    expect(plan('Add user authentication with OAuth', SHOP)).toEqual([
      'design (tech-lead) after [] in ',
      'database (backend-developer) after [design] in db/**',
      'backend (backend-developer) after [design] in src/api/**',
      'security (security-engineer) after [backend] in src/api/**',
      'frontend (frontend-designer) after [design] in src/ui/**',
      'tests (qa-engineer) after [database security frontend] in **/*.test.* test/**',
      'docs (general-purpose) after [tests] in README.md docs/**',
    ]);
  });

  it('plans a step of a data pipeline', () => {
    expect(plan('Deduplicate customer records in the pipeline', PIPELINE)).toEqual([
      'data (backend-developer) after [] in pipeline/** dags/**',
      'tests (qa-engineer) after [data] in tests/**',
    ]);
    expect(plan('Ingest CSV data daily and deploy it by a workflow', PIPELINE)).toEqual([
      'design (tech-lead) after [] in ',
      'data (backend-developer) after [design] in pipeline/** dags/**',
      'infrastructure (devops-engineer) after [design] in .github/**',
      'tests (qa-engineer) after [data infrastructure] in tests/**',
      'docs (general-purpose) after [tests] in README.md',
    ]);
  });

  it('plans a command of a program', () => {
    expect(plan('Add a subcommand that lists done items', CLI)).toEqual([
      'backend (backend-developer) after [] in cmd/** internal/**',
      'tests (qa-engineer) after [backend] in **/*_test.go',
    ]);
    expect(plan('Make it faster', CLI)).toEqual([
      'implement (general-purpose) after [] in cmd/** *.go internal/**',
      'tests (qa-engineer) after [implement] in **/*_test.go',
    ]);
  });

  it('makes one task of a small goal', () => {
    expect(plan('Fix a typo in the README', SHOP)).toEqual([
      'implement (general-purpose) after [] in ',
    ]);
    expect(plan('Write a guide', SHOP)).toEqual([
      'docs (general-purpose) after [] in README.md docs/**',
    ]);
    expect(plan('Raise the coverage', SHOP)).toEqual([
      'tests (qa-engineer) after [] in **/*.test.* test/**',
    ]);
    expect(plan('Handle empty carts in src/ui/cart.tsx', SHOP)).toHaveLength(1);
  });

  it('lets tasks in the same folders take turns', () => {
    const nested = mapRepository(
      ['api/users.py', 'api/auth/login.py', 'api/db/models.sql'],
      new Map(),
    );
    expect(plan('Add an API with authentication', nested)).toEqual([
      'design (tech-lead) after [] in ',
      'database (backend-developer) after [design] in api/db/**',
      'backend (backend-developer) after [database] in api/**',
      'security (security-engineer) after [backend] in api/auth/**',
      'tests (qa-engineer) after [security] in ',
    ]);
  });

  it('keeps within the number of tasks', () => {
    const counts = [1, 2, 3, 4, 5, 6, 7, 8].map(
      (most) =>
        planByRules(
          'Add user authentication with OAuth',
          SHOP,
          samplePlanContext({ maxTasks: most }),
        ).tasks.length,
    );
    expect(counts).toEqual([1, 1, 1, 4, 5, 6, 7, 7]);
  });

  it('says where it finds no place', () => {
    expect(
      planByRules('Build a dashboard page', CLI, CONTEXT).warnings.map(({ text }) => text),
    ).toContain('The goal speaks of frontend, but no folder here looks like it.');
  });

  it('makes sound plans of whatever goal', () => {
    const word = fc.constantFrom(
      'add',
      'api',
      'ui',
      'auth',
      'docs',
      'test',
      'data',
      'deploy',
      '\u202e',
      '\n',
      'fix',
      'db',
      '🎉',
      'payments',
    );
    const goal = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 200 }).map((each) => each.join(' ')),
    );
    fc.assert(
      fc.property(goal, fc.constantFrom(SHOP, PIPELINE, CLI), (text, map) => {
        const { tasks } = planByRules(text, map, CONTEXT);
        expect(readPlan(writePlan('x', tasks), CONTEXT)).toMatchObject({ ok: true });
      }),
    );
  });
});
