import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { routeTask, routingOf } from './route.ts';
import type { Routing } from './route.ts';

const NAMES = [
  'general-purpose',
  'tech-lead',
  'code-reviewer',
  'frontend-designer',
  'backend-developer',
  'qa-engineer',
  'security-engineer',
  'devops-engineer',
  'Explore',
  'Plan',
];
const BUILT_IN: Routing = {
  agents: NAMES.map((name) => ({ name, capabilities: [] })),
  globs: [],
  defaultAgent: null,
};
/** The `agent_routing` block of the orchestration example that configurations are made from. */
const CONFIGURED: Routing = routingOf(BUILT_IN.agents, {
  '*ui*|*frontend*|*component*|*design*': 'frontend-designer',
  '*api*|*backend*|*endpoint*|*service*': 'backend-developer',
  '*test*|*spec*|*coverage*': 'qa-engineer',
  '*security*|*auth*|*permission*': 'security-engineer',
  '*devops*|*deploy*|*ci*|*docker*': 'devops-engineer',
  '*doc*|*readme*|*guide*': 'general-purpose',
  default: 'general-purpose',
});

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'frontend-designer': [
    'Auth UI',
    'Create Login UI',
    'Build payment form with Stripe Elements',
    'Design dashboard layout and components',
    'Implement chart components with D3.js',
  ],
  'backend-developer': [
    'Auth API',
    'Create OAuth Configuration',
    'Implement OAuth Routes',
    'Create Stripe configuration and API wrapper',
    'Implement payment intent creation endpoint',
    'Add webhook handlers for payment events',
    'Schema & Types',
    'Define User type and queries',
    'Define mutations (createUser, updateUser, deleteUser)',
    'Add input types and validation',
    'Resolvers',
    'User query resolvers',
    'Mutation resolvers with REST service calls',
    'DataLoader for batching',
    'Create WebSocket server for real-time data',
    'Add user preference storage',
    'Build GraphQL API layer for user management',
  ],
  'qa-engineer': [
    'Auth tests',
    'Write Tests',
    'Write payment flow tests (success, failure, refunds)',
    'Testing',
    'Schema snapshot tests',
    'Resolver unit tests',
    'Integration tests with mocked REST services',
    'Tests',
    'Smoke tests',
    'Rollback tests',
    'Write component tests',
    'Test the login API',
    'Tests of the sign-up page',
  ],
  'security-engineer': [
    'Add Session Management',
    'Implement PCI-compliant token handling',
    'Auth & Middleware',
    'JWT validation middleware',
    'Permission directives',
    'Rate limiting',
    'Secrets',
    'Secrets setup',
    'RBAC config',
    'Image scanning',
    'Set up WebSocket authentication',
  ],
  'devops-engineer': [
    'Dockerfile',
    'K8s manifests',
    'GH Actions',
    'GitHub Actions',
    'Configure CDN for static assets',
    'Set up CI/CD pipeline with GitHub Actions and Kubernetes',
    'Deploy the frontend',
  ],
  'general-purpose': [
    'Auth docs',
    'Update Documentation',
    'Update checkout documentation',
    'Documentation',
    'Docs',
    'Schema documentation',
    'Authentication guide',
    'Example queries and mutations',
    'Document the auth flow',
    'API documentation',
    'Tidy the attic',
  ],
};
const TABLE = Object.entries(EXPECTED).flatMap(([agent, titles]) =>
  titles.map((title) => [title, agent] as const),
);

const meets = (pattern: string, title: string): boolean =>
  routeTask({ title }, { ...BUILT_IN, globs: [{ pattern, agent: 'Plan' }] }).agent === 'Plan';

describe('routeTask', () => {
  it.each(TABLE)('gives "%s" to %s by the built-in rules', (title, agent) => {
    expect(routeTask({ title }, BUILT_IN)).toMatchObject({ agent });
  });

  it.each(TABLE)('gives "%s" to %s by configured patterns', (title, agent) => {
    expect(routeTask({ title }, CONFIGURED)).toMatchObject({ agent });
  });

  it('goes by the name, then the type, then the patterns, then the words, then the default', () => {
    const title = 'Write auth tests';
    expect(routeTask({ title, agent: 'tech-lead', type: 'docs' }, CONFIGURED)).toMatchObject({
      agent: 'tech-lead',
      reason: 'named',
    });
    expect(routeTask({ title, type: 'docs' }, CONFIGURED).agent).toBe('general-purpose');
    const globs = [{ pattern: 'write*', agent: 'Explore' }];
    expect(routeTask({ title }, { ...BUILT_IN, globs }).agent).toBe('Explore');
    expect(routeTask({ title }, { ...BUILT_IN, defaultAgent: 'Plan' }).agent).toBe('qa-engineer');
    expect(routeTask({ title: 'Tidy' }, { ...BUILT_IN, defaultAgent: 'Plan' })).toMatchObject({
      agent: 'Plan',
      reason: 'the default of agent_routing',
    });
  });

  it('says why', () => {
    expect(routeTask({ title: 'Write component tests' }, BUILT_IN)).toEqual({
      agent: 'qa-engineer',
      reason: '"tests" in the title',
      rule: 'keyword',
      scores: { 'qa-engineer': 12, 'frontend-designer': 6 },
      scored: {
        place: 'title',
        words: {
          'qa-engineer': [{ word: 'tests', points: 12 }],
          'frontend-designer': [{ word: 'component', points: 6 }],
        },
      },
    });
    expect(routeTask({ title: 'Set up WebSocket authentication' }, CONFIGURED).reason).toBe(
      'agent_routing "*security*|*auth*|*permission*" matches "authentication" in the title',
    );
  });

  it('meets a pattern at the beginning of a word, never in its middle', () => {
    expect(meets('*auth*', 'Add authentication')).toBe(true);
    expect(meets('*auth*', 'Add OAuth')).toBe(false);
    expect(meets('*ui*', 'Change the UI')).toBe(true);
    expect(meets('*ui*', 'Build it')).toBe(false);
    expect(meets('add*page', 'Add a new page')).toBe(true);
    expect(meets('add*page', 'Add a page now')).toBe(false);
    expect(meets('page', 'Page')).toBe(true);
    expect(meets('page', 'The page')).toBe(false);
    expect(meets('*user interface*', 'The user  interface')).toBe(true);
    expect(meets('*|', 'anything')).toBe(false);
  });

  it('asks the description where the title says nothing', () => {
    const description = 'The frontend needs it.';
    expect(routeTask({ title: 'Do the thing', description }, BUILT_IN).agent).toBe(
      'frontend-designer',
    );
    expect(routeTask({ title: 'Do the thing', description }, CONFIGURED).agent).toBe(
      'frontend-designer',
    );
    expect(routeTask({ title: 'Write tests', description }, CONFIGURED).agent).toBe('qa-engineer');
  });

  it("knows a person's own agents by their names and capabilities", () => {
    const agents = [
      ...BUILT_IN.agents,
      { name: 'rust-expert', capabilities: ['wasm'] },
      { name: 'dba', capabilities: [] },
    ];
    expect(routeTask({ title: 'Port the core to Rust' }, { ...BUILT_IN, agents }).agent).toBe(
      'rust-expert',
    );
    expect(routeTask({ title: 'Compile to WASM' }, { ...BUILT_IN, agents }).agent).toBe(
      'rust-expert',
    );
  });

  it('always finds an agent that exists', () => {
    const names = fc.uniqueArray(fc.constantFrom(...NAMES, 'my-agent'), { minLength: 1 });
    fc.assert(
      fc.property(fc.string(), fc.string(), names, fc.string(), (title, pattern, some, type) => {
        const agents = some.map((name) => ({ name, capabilities: [] }));
        const globs = [
          { pattern, agent: 'my-agent' },
          { pattern: '*a*', agent: 'nobody' },
        ];
        const route = routeTask({ title, type }, { agents, globs, defaultAgent: 'nobody' });
        expect(some).toContain(route.agent);
        expect(route.reason).not.toBe('');
      }),
    );
  });

  it('takes a huge title in its stride', () => {
    const title = 'a*'.repeat(500_000);
    expect(routeTask({ title, description: title }, CONFIGURED).agent).toBe('general-purpose');
  });
});

describe('with the catalogue of special fields', () => {
  const SPECIAL: Readonly<Record<string, readonly string[]>> = {
    'backend-systems-engineer': [
      'API',
      'backend',
      'database',
      'Add an API endpoint for refunds',
      'Build REST API with auth',
      'Speed up the database queries',
    ],
    'frontend-ui-engineer': ['UI', 'frontend', 'React', 'Build the login form in React'],
    'data-pipeline-engineer': ['ETL', 'pipeline', 'data', 'Load the orders by a nightly ETL job'],
    'aws-cloud-architect': ['AWS', 'cloud', 'deploy', 'Deploy the service to AWS'],
    'ml-systems-architect': ['ML', 'model', 'training', 'Build an ML training loop'],
    'data-science-analyst': ['analysis', 'report', 'Analysis of churn by cohort'],
    'data-architect-governance': ['schema', 'governance', 'Design database schema'],
    'specifications-engineer': ['requirements', 'spec', 'Gather requirements for billing'],
    'llm-architect': ['LLM', 'RAG', 'prompt', 'Tune the RAG prompt'],
  };
  const both: Routing = {
    ...BUILT_IN,
    agents: [...NAMES, ...Object.keys(SPECIAL)].map((name) => ({ name, capabilities: [] })),
  };

  for (const [agent, titles] of Object.entries(SPECIAL)) {
    it.each(titles)(`gives ${agent}: %s`, (title) => {
      expect(routeTask({ title }, both).agent).toBe(agent);
      const { agents } = both;
      const alone = { ...both, agents: agents.filter(({ name }) => !NAMES.includes(name)) };
      expect(routeTask({ title }, alone).agent).toBe(agent);
    });
  }

  const agentOf = (title: string): string => routeTask({ title }, both).agent;

  it('does everything of the second example by itself, where nobody else is there', () => {
    const agents = Object.keys(SPECIAL).map((name) => ({ name, capabilities: [] }));
    const alone = (title: string): string => routeTask({ title }, { ...both, agents }).agent;
    expect(alone('Requirements')).toBe('specifications-engineer');
    expect(alone('Schema design')).toBe('data-architect-governance');
    expect(alone('API')).toBe('backend-systems-engineer');
    expect(alone('UI')).toBe('frontend-ui-engineer');
    expect(alone('Tests')).toBe('backend-systems-engineer');
  });

  it('leaves to the general ones what is theirs', () => {
    expect(agentOf('Write tests for the API')).toBe('qa-engineer');
    expect(agentOf('Harden the login')).toBe('security-engineer');
    expect(agentOf('Set up GitHub Actions CI')).toBe('devops-engineer');
    expect(agentOf('Update the README')).toBe('general-purpose');
    expect(agentOf('Write an ADR for the cache')).toBe('tech-lead');
  });

  it('has no say while it is off', () => {
    for (const titles of Object.values(SPECIAL)) {
      for (const title of titles) {
        expect(NAMES).toContain(routeTask({ title }, BUILT_IN).agent);
      }
    }
    expect(routeTask({ title: 'Add an API endpoint' }, BUILT_IN).scores).not.toHaveProperty(
      'backend-systems-engineer',
    );
  });
});
