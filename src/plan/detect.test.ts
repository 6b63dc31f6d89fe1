import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { detect } from './detect.ts';
import type { DetectedBy, DetectedGoal, DetectionRules } from './detect.ts';
import { mapRepository } from './repository-map.ts';

/** What the first orchestration example configures, and the defaults. */
const RULES: DetectionRules = {
  mode: 'auto',
  taskTypes: ['feature', 'epic'],
  keywords: ['implement', 'build', 'create full', 'add complete', 'redesign', 'refactor entire'],
  minComplexity: 'high',
};
const LOG = Array.from(
  { length: 200 },
  (_, index) => `2026-01-02T10:00:${index} ERROR api database frontend auth deploy failed`,
).join('\n');
const TRACE = `It fails like this:\n\`\`\`\n${'at build (src/api/login.ts:3:1)\n'.repeat(300)}\`\`\``;

type Row = readonly [goal: string, by: DetectedBy, why: RegExp, more?: Partial<DetectedGoal>];

const feature = { type: 'feature' } as const;

/** Planned and done by many, each because of the rule and for the reason named. */
const PLANNED: readonly Row[] = [
  // The first seed's examples, with their type and without.
  ['Add user authentication with OAuth support', 'type', /feature/u, feature],
  ['Integrate Stripe payment processing', 'type', /feature/u, feature],
  ['Build GraphQL API layer for user management', 'type', /feature/u, feature],
  ['Set up CI/CD pipeline with GitHub Actions and Kubernetes', 'type', /feature/u, feature],
  ['Build real-time analytics dashboard', 'told', /told to/u, { type: 'feature', told: true }],
  ['Build payment system', 'told', /told to/u, { type: 'feature', told: true }],
  ['Add logout button', 'type', /feature/u, feature],
  ['Add user authentication with OAuth', 'complexity', /authentication/u],
  ['Integrate Stripe payment processing', 'complexity', /integration/u],
  ['Build GraphQL API layer for user management', 'keyword', /"build"/u],
  ['Build real-time analytics dashboard', 'keyword', /"build"/u],
  ['Build REST API with auth', 'keyword', /"build"/u],
  // Keywords, as deeds.
  ['Implement single sign-on', 'keyword', /"implement"/u],
  ['Please implement a plugin loader', 'keyword', /"implement"/u],
  ['Create a full user management module', 'keyword', /"create full"/u],
  ['Add complete internationalisation', 'keyword', /"add complete"/u],
  ['Redesign the settings page', 'keyword', /"redesign"/u],
  ['Refactor the entire data layer', 'keyword', /"refactor entire"/u],
  ['Design and build a booking calendar', 'keyword', /"build"/u],
  [
    'Offline mode',
    'keyword',
    /in the description/u,
    { description: 'We want to build this on service workers.' },
  ],
  ['EPIC: billing', 'type', /epic/u, { type: 'Epic' }],
  // Complexity: fields of work, systems, security, scale, lists, order.
  [
    'Add search with a React frontend, an API and a database index',
    'complexity',
    /backend, database, frontend/u,
  ],
  ['Add a plugin system', 'complexity', /new system/u],
  ['Migrate from REST to GraphQL', 'complexity', /"migrate"/u],
  ['Rewrite the billing module in Rust', 'complexity', /"rewrite"/u],
  [
    'Encrypt customer data: add encryption at rest',
    'complexity',
    /encryption/u,
    { goal: 'Add encryption at rest for customer data' },
  ],
  ['Add multi-tenancy', 'complexity', /multi-tenancy/u],
  ['Replace moment with date-fns in 40 files', 'complexity', /40 places/u],
  ['Convert every component to TypeScript', 'complexity', /all of something/u],
  [
    'Split app.py into a backend API, a React frontend and a database layer',
    'complexity',
    /touches/u,
  ],
  [
    'Improve onboarding',
    'complexity',
    /a list of 4 things/u,
    {
      description:
        'First research what others do, then:\n- sign-up form\n- welcome mail\n- tour\n- metrics',
    },
  ],
  [
    'Support invoices',
    'complexity',
    /database/u,
    { description: 'Needs a database migration, an API endpoint and a page in the frontend.' },
  ],
  ['Füge Rechnungen hinzu: API, Frontend und SQL-Migration', 'complexity', /touches/u],
  ['Not just a typo fix: rebuild search from scratch', 'complexity', /from scratch/u],
  ['This is not a minor change: build the new checkout', 'keyword', /"build"/u],
  // Words of signs that are about something else.
  ['Add internationalization across the whole app', 'complexity', /everywhere/u],
  ['Correct the README and build a new payment service', 'keyword', /"build"/u],
  ['Add Stripe checkout with webhooks and refunds', 'complexity', /integration/u],
  ['Create a REST API and a React frontend for inventory', 'complexity', /backend, frontend/u],
  ['Build a typo-tolerant search', 'keyword', /"build"/u],
  ['Build a documentation portal with search', 'keyword', /"build"/u],
  ['Build a stats service for the minor leagues', 'keyword', /"build"/u],
  ['Implement config hot reload', 'keyword', /"implement"/u],
  ['Add comments to blog posts', 'type', /feature/u, feature],
  ['Add an endpoint for each resource', 'type', /feature/u, feature],
  ['Implement the design described in docs/login.md', 'keyword', /"implement"/u],
];

/** Straight to one agent. */
const DIRECT: readonly Row[] = [
  // A sign to skip, whatever the type and the keywords.
  ['Fix typo in README', 'sign', /typo/u],
  ['Implement typo fix', 'sign', /typo/u],
  ['Fix the typos on the build page', 'sign', /typos/u, feature],
  ['Correct a spelling mistake in the footer', 'sign', /spelling mistake/u],
  ['Fix typos across the entire documentation', 'sign', /typos/u],
  ['Update the README', 'sign', /documentation/u, feature],
  ['Write API documentation', 'sign', /documentation/u, feature],
  ['Document the auth flow', 'sign', /documentation/u],
  ['Add docstrings to the parser module', 'sign', /docstrings/u],
  ['Improve onboarding', 'sign', /type docs/u, { type: 'docs' }],
  ['Increase the request timeout to 30 s', 'sign', /configuration/u, feature],
  ['Change the ESLint config', 'sign', /configuration/u],
  ['Set the log level in production', 'sign', /configuration/u],
  ['Minor UI tweak', 'sign', /minor/u, feature],
  ['Tweak the spacing of the cards', 'sign', /minor/u],
  ['Rename getUser to fetchUser', 'sign', /"rename"/u, feature],
  ['Change the colour of the save button', 'sign', /colour/u, feature],
  ['Bump lodash to 4.17.21', 'sign', /"bump"/u],
  ['Remove unused imports', 'sign', /minor/u],
  ['Add a GET /health endpoint', 'sign', /single endpoint/u, feature],
  ['Implement payment intent creation endpoint', 'sign', /single endpoint/u],
  ['Add an endpoint for listing invoices', 'sign', /single endpoint/u],
  ['Implement retry in src/http/client.ts', 'sign', /src\/http\/client\.ts/u, feature],
  ['Refactor `utils.py`', 'sign', /utils\.py/u],
  ['Fix crash when the cart is empty', 'sign', /a bug in one place/u],
  ['Fix 500 error in the API when a session has no row in the database', 'sign', /a bug/u],
  ['Build fails on Windows', 'sign', /a bug/u, { type: 'bug' }],
  ['Build the docs', 'sign', /documentation/u],
  ['Refactor the authentication module', 'complexity', /"refactor"/u],
  ['Fix bug in payment processing', 'sign', /a bug/u],
  ['Bug: build error in src/main.ts', 'sign', /src\/main\.ts/u],
  ['Fix the build', 'sign', /a bug/u],
  ['Login is slow', 'sign', /a bug/u, { type: 'bug_fix', description: TRACE }],
  ['Fix date parsing', 'sign', /a bug/u, { description: LOG }],
  // Nothing speaks for more.
  ['Build is broken since Tuesday', 'complexity', /complexity low/u],
  ['Add a tooltip to the checkout page', 'sign', /minor/u],
  ['Rename the "Build" button to "Implement"', 'sign', /"rename"/u],
  ['Do not build anything, only say what this does', 'complexity', /complexity low/u],
  ['Speed up the date picker', 'complexity', /complexity low/u],
  ['Upgrade Node.js to 22', 'complexity', /complexity low/u],
  ['Ajouter une page de contact', 'complexity', /complexity low/u],
  ['ログインボタンを青くする', 'complexity', /complexity low/u],
  ['?', 'complexity', /complexity low/u],
  ['fix it', 'sign', /a bug/u],
  ['asdf', 'complexity', /nothing in it/u],
  ['Refactor the parse function', 'complexity', /complexity low/u],
  ['Build payment system', 'told', /told not/u, { told: false, type: 'feature' }],
];

function decide(
  [goal, , , more]: Row,
  rules: Partial<DetectionRules> = {},
): ReturnType<typeof detect> {
  const whole = { goal, description: '', type: null, told: null, ...more };
  return detect(whole, { ...RULES, ...rules }, null);
}

const named = (rows: readonly Row[]): { goal: string; by: DetectedBy; row: Row }[] =>
  rows.map((row) => ({ goal: row[0], by: row[1], row }));

describe('detect', () => {
  it.each(named(PLANNED))('plans "$goal" ($by)', ({ row }) => {
    const { orchestrate, by, reasons } = decide(row);
    expect({ orchestrate, by, why: reasons.join('; ') }).toEqual({
      orchestrate: true,
      by: row[1],
      why: expect.stringMatching(row[2]),
    });
  });

  it.each(named(DIRECT))('gives "$goal" to one agent ($by)', ({ row }) => {
    const { orchestrate, by, reasons } = decide(row);
    expect({ orchestrate, by, why: reasons.join('; ') }).toEqual({
      orchestrate: false,
      by: row[1],
      why: expect.stringMatching(row[2]),
    });
  });

  it('goes by what is disabled, by what was told, by explicit, before anything else', () => {
    const row: Row = ['Implement a payment system', 'keyword', /./u, feature];
    const told: Row = [row[0], 'told', /./u, { ...feature, told: true }];
    expect(decide(row, { mode: 'disabled' })).toMatchObject({ orchestrate: false, by: 'disabled' });
    expect(decide(row, { mode: 'explicit' })).toMatchObject({ orchestrate: false, by: 'explicit' });
    expect(decide(told, { mode: 'explicit' })).toMatchObject({ orchestrate: true, by: 'told' });
  });

  it('goes by the least complexity, the types and the keywords that are configured', () => {
    const medium: Row = ['Restructure the date picker', 'complexity', /./u];
    expect(decide(medium)).toMatchObject({ orchestrate: false });
    expect(decide(medium, { minComplexity: 'medium' })).toMatchObject({ orchestrate: true });
    const low: Row = ['Sweep the hall', 'complexity', /./u];
    expect(decide(low, { minComplexity: 'low' })).toMatchObject({ orchestrate: true });
    const chore: Row = ['Sweep', 'type', /./u, { type: 'chore' }];
    expect(decide(chore, { taskTypes: ['Chore'] })).toMatchObject({
      orchestrate: true,
      by: 'type',
    });
    const keywords = ['entwickle', '実装', 'c++ (full)'];
    expect(decide(['Entwickle ein Portal', 'keyword', /./u], { keywords }).by).toBe('keyword');
    expect(decide(['ログインを実装する', 'keyword', /./u], { keywords }).by).toBe('keyword');
    expect(decide(['Port it to C++ (full)', 'keyword', /./u], { keywords }).by).toBe('keyword');
    expect(decide(['Entwickler einladen', 'keyword', /./u], { keywords }).by).toBe('complexity');
  });

  it('looks at what the repository has', () => {
    const goal = { goal: 'Add search', description: '', type: null, told: null };
    const whole = mapRepository(['db/a.sql', 'server/a.ts', 'ui/a.tsx'], new Map());
    expect(detect(goal, RULES, whole)).toMatchObject({ orchestrate: true });
    expect(detect(goal, RULES, mapRepository(['src/a.ts'], new Map()))).toMatchObject({
      orchestrate: false,
    });
    const all = { ...goal, goal: 'Convert all of it to TypeScript' };
    expect(detect(all, RULES, mapRepository(['a.js', 'b.js'], new Map())).orchestrate).toBe(false);
  });

  it('decides about anything, at once', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (goal, description, type) => {
        const found = detect({ goal, description, type, told: null }, RULES, null);
        expect(found.reasons.length).toBeGreaterThan(0);
      }),
    );
    const huge = 'build a- `"'.repeat(20_000);
    const { reasons } = detect(
      { goal: huge, description: huge, type: huge, told: null },
      RULES,
      null,
    );
    expect(reasons.length).toBeGreaterThan(0);
  });
});
