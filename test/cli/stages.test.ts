// The first design of this kind of program, a page of its own, has a configuration, a plan for OAuth
// and four examples. All of them are carried out here, by scripted agents and a scripted planner.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';

import type { TaskJson } from '../../src/report/json-shapes.ts';
import { project } from './tutti.ts';
import type { Project } from './tutti.ts';

/** As it stands there. */
const CONFIGURATION = `orchestration:
  enabled: true

  auto_decompose: "auto"

  detection:
    task_types: ["feature", "epic"]

    keywords:
      - "implement"
      - "build"
      - "create full"
      - "add complete"
      - "redesign"
      - "refactor entire"

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
      timeout: 300  # 5 minutes
      depends_on: ["research"]
      creates_subtasks: true
      output_path: ".sugar/orchestration/{task_id}/plan.md"

    implementation:
      parallel: true
      max_concurrent: 3
      timeout_per_task: 1800  # 30 minutes per sub-task
      agent_routing:
        "*ui*|*frontend*|*component*|*design*": "frontend-designer"
        "*api*|*backend*|*endpoint*|*service*": "backend-developer"
        "*test*|*spec*|*coverage*": "qa-engineer"
        "*security*|*auth*|*permission*": "security-engineer"
        "*devops*|*deploy*|*ci*|*docker*": "devops-engineer"
        "*doc*|*readme*|*guide*": "general-purpose"
        "default": "general-purpose"

    review:
      enabled: true
      depends_on: ["implementation"]
      agents:
        - "code-reviewer"
        - "qa-engineer"
      run_tests: true
      require_passing: true
`;

/** What its planner answers: title, agent (`null` = it is routed), and what each waits for. */
type Planned = Readonly<
  Record<string, readonly [title: string, agent: string | null, after: string]>
>;

const OAUTH: Planned = {
  s1: ['Create OAuth Configuration', 'backend-developer', ''],
  s2: ['Implement OAuth Routes', 'backend-developer', 's1'],
  s3: ['Create Login UI', 'frontend-designer', 's1'],
  s4: ['Add Session Management', 'security-engineer', 's1'],
  s5: ['Write Tests', 'qa-engineer', 's2 s3 s4'],
  s6: ['Update Documentation', 'general-purpose', ''],
};

const ids = (text: string): string[] => text.split(' ').filter(Boolean);

function stage(plan: Planned, meetings: readonly string[] = []): Project {
  const tasks = Object.keys(plan).map((id): [string, object[]] => {
    const met = meetings.map(ids).find((group) => group.includes(id)) ?? [];
    return [
      id,
      [
        { write: { path: `${id}.txt`, content: `${id}\n` } },
        // None goes on before those who are to be at work with it are.
        { run: `touch "$HOME/met-${id}"` },
        ...met.map((other) => ({
          run: `while [ ! -e "$HOME/met-${other}" ]; do sleep 0.02; done`,
        })),
      ],
    ];
  });
  const answer = Object.entries(plan).map(([id, [title, agent, after]]) =>
    Object.assign(
      { id, title, description: title, depends_on: ids(after) },
      agent === null ? {} : { agent },
    ),
  );
  const script = {
    tasks: Object.fromEntries(tasks),
    plan: [{ answer: { tasks: answer } }],
    default: [{ say: 'PKCE is what everybody recommends' }],
    review: [{ answer: { verdict: 'approve', summary: 'good', findings: [] } }],
  };
  const made = project({ script });
  made.write('.tutti/config.yaml', CONFIGURATION);
  const own = { scripted: { env: { TUTTI_SCRIPT: join(made.dir, '../script.json') } } };
  made.write(
    '../config/tutti/config.yaml',
    stringify({ runtimes: { default: 'scripted', ...own } }),
  );
  made.git('add', '.');
  made.git('commit', '-q', '-m', 'Configure');
  return made;
}

async function tasksOf(at: Project): Promise<Map<string, TaskJson>> {
  const { stdout } = await at.tutti(['show', 'SHOP-1', '--json']);
  const { tasks }: { tasks: TaskJson[] } = JSON.parse(stdout);
  return new Map(tasks.map((task) => [task.planId, task]));
}

/** Whether one was over before the other began. */
function isBefore(tasks: Map<string, TaskJson>, first: string, second: string): boolean {
  const end = tasks.get(first)?.finishedAt ?? '';
  return end !== '' && end <= (tasks.get(second)?.startedAt ?? '');
}

const GOAL = 'Add user authentication with OAuth support';
const RESEARCH = ['research-web-search', 'research-codebase-analysis', 'research-doc-gathering'];

it('carries the OAuth plan out in its stages and in its order', async () => {
  const at = stage(OAUTH, ['s1 s6', 's2 s3 s4']);
  const ran = await at.tutti(['run', GOAL, '--type', 'feature', '--yes']);
  expect(ran.code, ran.stderr).toBe(0);
  // Everything that it configures has an effect.
  expect(ran.stderr).not.toMatch(/no effect|not (?:yet )?in force/u);
  expect(ran.stderr).toContain('the output of research goes to .tutti/runs/{task_id}/research.md');
  const tasks = await tasksOf(at);
  expect([...tasks.values()].map(({ state }) => state)).not.toContain('failed');
  expect([...tasks.keys()].slice(0, 10)).toEqual([...RESEARCH, 'plan', ...Object.keys(OAUTH)]);
  for (const id of RESEARCH) {
    expect(tasks.get(id)).toMatchObject({ agent: 'Explore', stage: 'research', kind: 'research' });
    expect(isBefore(tasks, id, 'plan')).toBe(true);
  }
  expect(tasks.get('plan')).toMatchObject({ agent: 'Plan', stage: 'planning', kind: 'plan' });
  const key = (id: string): string => tasks.get(id)?.key ?? '';
  for (const [id, [, agent, after]] of Object.entries(OAUTH)) {
    const dependsOn = ids(after).map(key);
    expect(tasks.get(id)).toMatchObject({ agent, stage: 'implementation', dependsOn });
    for (const earlier of ids(after)) expect(isBefore(tasks, earlier, id)).toBe(true);
  }
  for (const agent of ['code-reviewer', 'qa-engineer']) {
    const id = `review-${agent}`;
    expect(tasks.get(id)).toMatchObject({ agent, stage: 'review', kind: 'review' });
    for (const earlier of Object.keys(OAUTH)) expect(isBefore(tasks, earlier, id)).toBe(true);
  }
  const { document } = await at.json(['show', 'SHOP-1', '--stages']);
  expect(document['stages']).toMatchObject(
    ['research', 'planning', 'implementation', 'review'].map((name) => ({
      name,
      state: 'completed',
    })),
  );
  const read = (name: string): string =>
    readFileSync(join(at.dir, '.tutti/runs/SHOP-1', name), 'utf8');
  expect(read('research.md')).toContain('PKCE is what everybody recommends');
  expect(read('plan.md')).toMatch(/5\. \*\*Write Tests\*\*[\s\S]*After: 2, 3, 4/u);
  expect(at.git('status', '--porcelain')).toBe('');
});

it('goes straight to the work where research and planning are not wanted', async () => {
  const at = stage({});
  const { code, stderr } = await at.tutti([
    'run',
    'Add complete logout support',
    '--type',
    'feature',
    '--skip-stages',
    'research,planning',
    '--yes',
  ]);
  // Its agent changes nothing here.
  expect(code, stderr).toBe(1);
  expect([...(await tasksOf(at)).keys()]).toEqual(['task']);
  const wrong = await at.tutti(['add', GOAL, '--skip-stages', 'reserch']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('there is no stage "reserch"');
});

const EXAMPLES: readonly {
  readonly goal: string;
  readonly plan: Planned;
  /** Who does what nobody was named for. */
  readonly routed?: Readonly<Record<string, string>>;
}[] = [
  {
    goal: 'Integrate Stripe payment processing',
    plan: {
      wrapper: ['Create Stripe configuration and API wrapper', 'backend-developer', ''],
      intents: ['Implement payment intent creation endpoint', 'backend-developer', 'wrapper'],
      webhooks: ['Add webhook handlers for payment events', 'backend-developer', ''],
      form: ['Build payment form with Stripe Elements', 'frontend-designer', 'wrapper'],
      tokens: ['Implement PCI-compliant token handling', 'security-engineer', 'wrapper'],
      tests: ['Write payment flow tests', 'qa-engineer', 'intents webhooks form tokens'],
      docs: ['Update checkout documentation', 'general-purpose', 'intents form'],
    },
  },
  {
    goal: 'Build GraphQL API layer for user management',
    plan: {
      types: ['Define User type, queries and mutations', 'backend-developer', ''],
      resolvers: ['Write resolvers with REST service calls', 'backend-developer', 'types'],
      auth: ['Add JWT validation and permission directives', 'security-engineer', 'types'],
      tests: ['Test schema and resolvers', 'qa-engineer', 'resolvers auth'],
      docs: ['Document the schema', 'general-purpose', 'types'],
    },
  },
  {
    goal: 'Set up CI/CD pipeline with GitHub Actions and Kubernetes',
    plan: {
      docker: ['Dockerfile', 'devops-engineer', ''],
      k8s: ['Kubernetes manifests', 'devops-engineer', ''],
      actions: ['GitHub Actions', 'devops-engineer', ''],
      secrets: ['Secrets setup and image scanning', 'security-engineer', ''],
      tests: ['Smoke and rollback tests', 'qa-engineer', 'docker k8s actions secrets'],
      docs: ['Documentation', 'general-purpose', ''],
    },
  },
  {
    goal: 'Build real-time analytics dashboard',
    plan: {
      layout: ['Design dashboard layout and components', null, ''],
      socket: ['Create WebSocket server for real-time data', null, ''],
      charts: ['Implement chart components with D3.js', null, 'layout'],
      storage: ['Add user preference storage', null, ''],
      tests: ['Write component tests', null, 'charts'],
      auth: ['Set up WebSocket authentication', null, 'socket'],
      assets: ['Configure CDN for static assets', null, ''],
    },
    routed: {
      layout: 'frontend-designer',
      socket: 'backend-developer',
      charts: 'frontend-designer',
      storage: 'backend-developer',
      tests: 'qa-engineer',
      auth: 'security-engineer',
      assets: 'devops-engineer',
    },
  },
];

describe('the four examples', () => {
  it.each(EXAMPLES)('$goal', async ({ goal, plan, routed = {} }) => {
    const at = stage(plan);
    const ran = await at.tutti(['run', goal, '--type', 'feature', '--yes']);
    expect(ran.code, ran.stderr).toBe(0);
    const tasks = await tasksOf(at);
    const key = (id: string): string => tasks.get(id)?.key ?? '';
    for (const [id, [, agent, after]] of Object.entries(plan)) {
      expect(tasks.get(id)).toMatchObject({
        agent: agent ?? routed[id],
        state: 'completed',
        dependsOn: ids(after).map(key),
      });
      for (const earlier of ids(after)) expect(isBefore(tasks, earlier, id)).toBe(true);
      for (const reviewer of ['review-code-reviewer', 'review-qa-engineer']) {
        expect(isBefore(tasks, id, reviewer)).toBe(true);
      }
    }
    for (const id of RESEARCH) expect(isBefore(tasks, id, 'plan')).toBe(true);
  });
});
