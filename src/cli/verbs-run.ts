import type { PartialConfig } from '../config/config.ts';
import { PRIORITIES } from '../model/plan.ts';
import type { Given, OptionSpec, VerbSpec } from './context.ts';

const GOAL_OPTIONS: readonly OptionSpec[] = [
  ['--description <text>', 'more about the goal'],
  ['--context <file>', 'a text that every task of it is to know'],
  ['--type <type>', 'what kind of work it is, such as feature or bug'],
  ['--priority <priority>', 'how soon it matters', PRIORITIES],
  ['--agent <name>', 'the agent that does it'],
  ['--orchestrate', 'plan it, even where it looks like one task'],
  ['--no-orchestrate', 'one task, without a plan'],
  ['--skip-stages <names>', 'stages that are not wanted, such as research,planning'],
];

const PLANNER: OptionSpec = [
  '--planner <planner>',
  'who makes the plan',
  ['auto', 'model', 'rules'],
];

const RUN_OPTIONS: readonly OptionSpec[] = [
  PLANNER,
  ['--max-parallel <n>', 'agents at once', 'number'],
  ['--runtime <name>', 'what runs the agents'],
];

/** What these flags change in the configuration. */
function configOf({ options }: Given): PartialConfig {
  const { maxParallel, runtime } = options;
  const planner = (['auto', 'model', 'rules'] as const).find((one) => one === options['planner']);
  return {
    orchestration: {
      ...(typeof maxParallel === 'number' && { max_parallel: maxParallel }),
      ...(planner !== undefined && { planner }),
    },
    ...(typeof runtime === 'string' && { runtimes: { default: runtime } }),
  };
}

/** A plan that was asked for is looked at before anything is done, whatever is configured. */
function planConfigOf(given: Given): PartialConfig {
  const config = configOf(given);
  return {
    ...config,
    orchestration: { ...config.orchestration, confirm_before_execute: true },
  };
}

/** The verbs that ask for work. */
export const runVerbs: readonly VerbSpec[] = [
  {
    name: 'run',
    group: 'Ask for work:',
    summary: 'have a goal or a plan carried out; without either, work the queue',
    args: [['[goal...]', 'what is to be done']],
    options: [
      ['--plan <file>', 'carry out this plan (YAML or JSON; - = standard input)'],
      ...GOAL_OPTIONS,
      ...RUN_OPTIONS,
    ],
    examples: [
      'tutti run "Add a login page with tests"',
      'tutti run --plan plan.yaml --yes',
      'tutti run                      # the queue, until nothing can go on',
    ],
    jsonl: true,
    config: configOf,
    starts: true,
    load: async () => (await import('./new-run-verbs.ts')).run,
  },
  {
    name: 'add',
    group: 'Ask for work:',
    summary: 'put a goal into the queue; nothing is started',
    args: [['<title...>', 'what is to be done']],
    options: [...GOAL_OPTIONS, PLANNER],
    examples: ['tutti add "Fix the flaky date test" --priority high --no-orchestrate'],
    config: configOf,
    starts: true,
    load: async () => (await import('./new-run-verbs.ts')).add,
  },
  {
    name: 'plan',
    group: 'Plan:',
    summary: 'make a plan of a goal; at a terminal, discuss it and change it until you approve',
    args: [['<goal...>', 'what is to be done']],
    options: [...GOAL_OPTIONS, ...RUN_OPTIONS],
    examples: ['tutti plan "Move to the new payment API"'],
    config: planConfigOf,
    starts: true,
    load: async () => (await import('./new-run-verbs.ts')).plan,
  },
  {
    name: 'plan continue',
    group: 'Plan:',
    summary: 'go on with a plan where it was left',
    args: [['<key>', 'the run']],
    examples: ['tutti plan continue SHOP-12'],
    starts: true,
    load: async () => (await import('./plan-verbs.ts')).continuePlan,
  },
  {
    name: 'plan approve',
    group: 'Plan:',
    summary: 'approve the plan of a run',
    args: [['<key>', 'the run']],
    examples: ['tutti plan approve SHOP-12'],
    load: async () => (await import('./steer-verbs.ts')).approvePlan,
  },
  {
    name: 'plan reject',
    group: 'Plan:',
    summary:
      'reject the plan of a run: with a reason it is planned again, else the run is canceled',
    args: [['<key>', 'the run']],
    options: [['--reason <text>', 'what another plan should do better']],
    examples: [
      'tutti plan reject SHOP-12',
      'tutti plan reject SHOP-12 --reason "one task is enough"',
    ],
    starts: true,
    load: async () => (await import('./plan-talk.ts')).rejectPlan,
  },
  {
    name: 'plan execute',
    group: 'Plan:',
    summary: 'carry out the plan of a run',
    args: [['<key>', 'the run']],
    examples: ['tutti plan execute SHOP-12'],
    jsonl: true,
    starts: true,
    load: async () => (await import('./plan-verbs.ts')).executePlan,
  },
];
