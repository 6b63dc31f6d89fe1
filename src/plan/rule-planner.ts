// A plan without a model: design, then the fields of work that the goal and the repository's real
// files have in common, all at once, then tests, then documentation.

import type { PlanFinding } from '../model/finding.ts';
import type { PlanTask } from '../model/plan.ts';
import { checkPlan } from './check-plan.ts';
import { timeoutOf } from './empty-task.ts';
import { globsOverlap } from './globs-overlap.ts';
import { goalDomains } from './goal-domains.ts';
import type { GoalDomains } from './goal-domains.ts';
import type { PlanContext } from './plan-context.ts';
import { preferredRuntime } from './plan-rules.ts';
import type { Domain, RepositoryMap } from './repository-map.ts';
import { cleanLine } from './safe-words.ts';

/** What the rules propose. */
export interface RulePlan {
  readonly tasks: readonly PlanTask[];
  readonly warnings: readonly PlanFinding[];
}

/** A task before the defaults are filled in. */
interface Draft {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly files: readonly string[];
  readonly acceptance: readonly string[];
  readonly dependsOn: readonly string[];
  readonly minutes: number;
  readonly expectChanges: boolean;
}

interface Part {
  readonly title: string;
  readonly does: string;
  readonly accepted: string;
}

/** The fields that are built, in the order in which one waits for another where they share files. */
const PARTS: ReadonlyMap<Domain, Part> = new Map([
  [
    'database',
    {
      title: 'Build the database schema',
      does: 'the tables, migrations and queries',
      accepted: 'Migrations apply to an empty database and to one with data.',
    },
  ],
  [
    'backend',
    {
      title: 'Build the backend',
      does: 'the server side: interfaces, rules, errors',
      accepted: 'Every new interface checks its input and answers errors clearly.',
    },
  ],
  [
    'security',
    {
      title: 'Build the authentication and permissions',
      does: 'who may do what, and how that is enforced',
      accepted: 'What is not allowed is refused, and a test shows it.',
    },
  ],
  [
    'frontend',
    {
      title: 'Build the UI',
      does: 'what people see and use',
      accepted: 'It handles loading, nothing, errors and the keyboard.',
    },
  ],
  [
    'data',
    {
      title: 'Build the data pipeline',
      does: 'reading, transforming and storing the data',
      accepted: 'Running it twice gives the same result, and bad records are reported.',
    },
  ],
  [
    'infrastructure',
    {
      title: 'Set up the deployment',
      does: 'builds, pipelines and deployment',
      accepted: 'It can be run again without harm and taken back.',
    },
  ],
]);
const TITLE_LIMIT = 120;

/**
 * Plans a goal by rules.
 *
 * @param goal - The goal.
 * @param map - What the repository is made of.
 * @param context - The agents and the defaults.
 * @returns The plan: sound, at most as many tasks as allowed.
 */
export function planByRules(goal: string, map: RepositoryMap, context: PlanContext): RulePlan {
  const said = goalDomains(goal);
  const parts = partsOf(said, map);
  const drafts = fitted(draftsOf(goal, { said, parts, map }), context.settings.maxTasks, goal);
  const tasks = drafts.map((draft) => complete(draft, context));
  const unplaced = [...PARTS.keys()].filter(
    (domain) => said.named.has(domain) && filesOf(domain, map).length === 0,
  );
  const checked = checkPlan(tasks, context);
  return {
    tasks: checked.tasks,
    warnings: [
      ...unplaced.map((domain): PlanFinding => ({
        code: 'no_place',
        task: null,
        text: `The goal speaks of ${domain}, but no folder here looks like it.`,
      })),
      ...checked.findings,
    ],
  };
}

/** A field counts where the goal speaks of it and the repository has a place for it. */
function partsOf(said: GoalDomains, map: RepositoryMap): readonly Domain[] {
  const isPlaced = (domain: Domain): boolean => filesOf(domain, map).length > 0;
  const named = [...PARTS.keys()].filter((domain) => said.named.has(domain));
  // Where nothing that is named is there yet, the goal is to begin it.
  const begun = named.some(isPlaced) ? [] : named.slice(0, 1);
  return [...PARTS.keys()].filter(
    (domain) =>
      begun.includes(domain) ||
      // Builds and deployments begin with a single file.
      (domain === 'infrastructure' && said.named.has(domain)) ||
      ((said.named.has(domain) || said.implied.has(domain)) && isPlaced(domain)),
  );
}

/** Permissions that have no folder of their own are where the server is. */
function filesOf(domain: Domain, map: RepositoryMap): readonly string[] {
  const own = map.domains.get(domain);
  if (own !== undefined) return own;
  return domain === 'security' ? (map.domains.get('backend') ?? []) : [];
}

interface Found {
  readonly said: GoalDomains;
  readonly parts: readonly Domain[];
  readonly map: RepositoryMap;
}

function draftsOf(goal: string, { said, parts, map }: Found): readonly Draft[] {
  const builds = parts.length > 0;
  if (said.trivial) return [whole(goal, [], 5)];
  if (!builds && said.named.has('docs')) return [docsTask(goal, map, [])];
  if (!builds && said.named.has('tests')) return [testsTask(goal, map, [])];
  const design = parts.length > 1 ? [designTask(goal, parts)] : [];
  const built = builds
    ? buildTasks(
        goal,
        { said, parts, map },
        design.map(({ id }) => id),
      )
    : [whole(goal, map.source, 15)];
  const tests = testsTask(goal, map, last(built));
  const documented = map.domains.has('docs') && (parts.length > 1 || said.named.has('docs'));
  const docs = documented ? [docsTask(goal, map, [tests.id])] : [];
  return [...design, ...built, tests, ...docs];
}

function titled(what: string, goal: string): string {
  return `${what}: ${cleanLine(goal, TITLE_LIMIT)}`;
}

function whole(goal: string, files: readonly string[], minutes: number): Draft {
  return {
    id: 'implement',
    title: cleanLine(goal, TITLE_LIMIT),
    description: 'Do the whole goal; it is small enough for one agent.',
    files,
    acceptance: ['The goal is reached, and nothing else is changed.'],
    dependsOn: [],
    minutes,
    expectChanges: true,
  };
}

function designTask(goal: string, parts: readonly Domain[]): Draft {
  return {
    id: 'design',
    title: titled('Design the architecture', goal),
    description: `Decide how the parts fit together before they are built at the same time: ${parts.join(', ')}. Fix the interfaces between them: names, shapes of data, errors, who owns which files. Write the design into your answer; change no file.`,
    files: [],
    acceptance: ['Each part can be built from the design without asking the others.'],
    dependsOn: [],
    minutes: 5,
    expectChanges: false,
  };
}

function buildTasks(
  goal: string,
  { parts, map }: Found,
  after: readonly string[],
): readonly Draft[] {
  const drafts: Draft[] = [];
  for (const domain of parts) {
    const part = PARTS.get(domain);
    if (part === undefined) continue;
    const files = filesOf(domain, map);
    // Who writes in the same folders takes turns.
    const before = drafts.filter((other) =>
      files.some((glob) => other.files.some((theirs) => globsOverlap(glob, theirs))),
    );
    drafts.push({
      id: domain,
      title: titled(part.title, goal),
      description: `Build ${part.does}, as far as the goal needs it. Keep to the interfaces of the design; leave the other parts to their own tasks.`,
      files,
      acceptance: [part.accepted],
      dependsOn: before.length > 0 ? before.map(({ id }) => id) : after,
      minutes: 15,
      expectChanges: true,
    });
  }
  return drafts.map((draft) => Object.assign({}, draft, { dependsOn: reduced(draft, drafts) }));
}

/** The tasks that no other one of them waits for. */
function last(drafts: readonly Draft[]): readonly string[] {
  const awaited = new Set(drafts.flatMap(({ dependsOn }) => dependsOn));
  return drafts.map(({ id }) => id).filter((id) => !awaited.has(id));
}

/** Of a chain of tasks in the same folders only the last one is waited for. */
function reduced(draft: Draft, drafts: readonly Draft[]): readonly string[] {
  const implied = new Set<string>();
  const waiting = [...draft.dependsOn];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const further = drafts.find((each) => each.id === id)?.dependsOn ?? [];
    for (const each of further) if (!implied.has(each)) waiting.push(each);
    for (const each of further) implied.add(each);
  }
  return draft.dependsOn.filter((id) => !implied.has(id));
}

function testsTask(goal: string, map: RepositoryMap, dependsOn: readonly string[]): Draft {
  return {
    id: 'tests',
    title: titled('Write tests', goal),
    description:
      'Prove the goal by tests: the way through all parts, the edges, what must be refused. Use the test tools that are here.',
    files: map.domains.get('tests') ?? [],
    acceptance: ['The whole test suite passes, and the new tests fail without the change.'],
    dependsOn,
    minutes: 10,
    expectChanges: true,
  };
}

function docsTask(goal: string, map: RepositoryMap, dependsOn: readonly string[]): Draft {
  return {
    id: 'docs',
    title: titled('Update the documentation', goal),
    description:
      'Describe what is new where users and developers look for it; try out the examples.',
    files: map.domains.get('docs') ?? [],
    acceptance: ['Somebody new can use it by the documentation alone.'],
    dependsOn,
    minutes: 5,
    expectChanges: true,
  };
}

/** Fewer tasks where fewer are allowed: what explains goes first, then what prepares. */
function fitted(drafts: readonly Draft[], most: number, goal: string): readonly Draft[] {
  let left = drafts;
  for (const id of ['docs', 'design', 'tests']) {
    if (left.length <= most) return left;
    left = without(left, id);
  }
  if (left.length <= most) return left;
  return [whole(goal, [...new Set(left.flatMap(({ files }) => files))], 30)];
}

function without(drafts: readonly Draft[], gone: string): readonly Draft[] {
  return drafts
    .filter(({ id }) => id !== gone)
    .map((draft) =>
      Object.assign({}, draft, { dependsOn: draft.dependsOn.filter((id) => id !== gone) }),
    );
}

function complete(draft: Draft, context: PlanContext): PlanTask {
  const { settings } = context;
  const { agent, reason } = context.route({ title: draft.title });
  const runtime = preferredRuntime(agent, context);
  return {
    id: draft.id,
    title: draft.title,
    description: draft.description,
    kind: 'work',
    agent,
    agentReason: reason,
    runtime,
    requires: [],
    dependsOn: draft.dependsOn,
    files: draft.files,
    acceptance: draft.acceptance,
    checks: [],
    onFailure: settings.failureStrategy,
    fallback: null,
    maxAttempts: settings.maxAttempts,
    timeoutSecs: timeoutOf(settings, runtime),
    idleTimeoutSecs: settings.idleTimeoutSecs,
    priority: settings.priority,
    locks: [],
    approval: false,
    estimate: { minutes: draft.minutes, usd: null },
    command: null,
    workspace: settings.workspace.mode === 'worktree' ? 'worktree' : 'clone',
    expectChanges: draft.expectChanges,
  };
}
