import type { OptionSpec, VerbSpec } from './context.ts';

const REVISION: OptionSpec = ['--revision <n>', 'this revision instead of the newest', 'number'];

/** The verbs that look at plans, and edit them. */
export const planLookVerbs: readonly VerbSpec[] = [
  {
    name: 'plan list',
    group: 'Plan:',
    summary: 'the runs that have a plan',
    examples: ['tutti plan list'],
    load: async () => (await import('./look-verbs.ts')).listPlans,
  },
  {
    name: 'plan show',
    group: 'Plan:',
    summary: 'the plan of a run',
    args: [['<key>', 'the run']],
    options: [REVISION],
    examples: ['tutti plan show SHOP-12', 'tutti plan show SHOP-12 --revision 1'],
    load: async () => (await import('./look-verbs.ts')).showPlan,
  },
  {
    name: 'plan diff',
    group: 'Plan:',
    summary: 'what changed in a plan since the revision before',
    args: [
      ['<key>', 'the run'],
      ['[from]', 'since this revision'],
      ['[to]', 'up to this revision'],
    ],
    options: [
      ['--from <n>', 'since this revision', 'number'],
      ['--to <n>', 'up to this revision', 'number'],
    ],
    examples: ['tutti plan diff SHOP-12', 'tutti plan diff SHOP-12 1 3'],
    load: async () => (await import('./look-verbs.ts')).diffPlan,
  },
  {
    name: 'plan export',
    group: 'Plan:',
    summary: 'the plan as a file that run --plan takes',
    args: [['<key>', 'the run']],
    options: [['-o, --output <file>', 'write it there (.json for JSON)'], REVISION],
    examples: ['tutti plan export SHOP-12 --output plan.yaml'],
    load: async () => (await import('./look-verbs.ts')).exportPlan,
  },
  {
    name: 'plan edit',
    group: 'Plan:',
    summary: 'change a plan before it is approved; without flags, in your editor',
    args: [['<key>', 'the run']],
    options: [
      ['--add <title>', 'add a task (many times)', 'many'],
      ['--depends-on <id>', 'what the added task waits for (many times)', 'many'],
      ['--remove <id>', 'remove a task; what waited for it waits for what it waited for', 'many'],
      ['--split <id>', 'split a task', 'many'],
      ['--into <title>', 'a piece of the task that is split (many times)', 'many'],
      ['--set <id.field=value>', 'set a field of the plan file (many times)', 'many'],
    ],
    examples: [
      'tutti plan edit SHOP-12 --add "Write the changelog" --depends-on api',
      'tutti plan edit SHOP-12 --split api --into "Build the reading API" --into "Build the writing API"',
      'tutti plan edit SHOP-12 --set api.agent=backend-developer --set api.priority=high',
    ],
    load: async () => (await import('./edit-plan.ts')).editPlan,
  },
  {
    name: 'plan discuss',
    group: 'Plan:',
    summary: 'ask the planner about a plan, or tell it a wish; it may propose a change',
    args: [
      ['<key>', 'the run'],
      ['[text...]', 'the question or the wish'],
    ],
    options: [
      ['--take', 'take what it proposes; without a text, what it proposed last'],
      ['--leave', 'leave what it proposed last'],
    ],
    examples: [
      'tutti plan discuss SHOP-12 "Could the docs wait?"',
      'tutti plan discuss SHOP-12 --take',
    ],
    starts: true,
    load: async () => (await import('./plan-talk.ts')).discussPlan,
  },
];
