import type { VerbSpec } from './context.ts';

/** The verbs that set a project up, and those that finish what was done. */
export const finishVerbs: readonly VerbSpec[] = [
  {
    name: 'init',
    group: 'Start:',
    summary: 'set this project up: find its checks, write .tutti/config.yaml',
    options: [['--force', 'replace the configuration that is there']],
    examples: ['tutti init', 'tutti init --yes'],
    load: async () => (await import('./finish.ts')).init,
  },
  {
    name: 'trust',
    group: 'Start:',
    summary: 'trust what the repository itself widens, such as its sandbox or its limits',
    options: [
      ['--show', 'only show it, and whether it is trusted'],
      ['--revoke', 'trust nothing of it any more'],
    ],
    examples: ['tutti trust --show', 'tutti trust', 'tutti trust --revoke'],
    load: async () => (await import('./trust.ts')).trust,
  },
  {
    name: 'doctor',
    group: 'Start:',
    summary: 'look at everything that a run needs, and say what is wrong',
    options: [['--fix', 'mend what can be mended without asking']],
    examples: ['tutti doctor', 'tutti doctor --fix'],
    load: async () => (await import('./finish.ts')).doctor,
  },
  {
    name: 'diff',
    group: 'Finish:',
    summary: 'show what a run, a task or an attempt has changed',
    args: [['<key>', 'the run, the task or the attempt']],
    options: [['--stat', 'only how many lines of which files']],
    examples: [
      'tutti diff SHOP-12',
      'tutti diff SHOP-12.3 --stat',
      'tutti diff SHOP-12 | git apply',
    ],
    load: async () => (await import('./finish.ts')).diff,
  },
  {
    name: 'merge',
    group: 'Finish:',
    summary: 'merge the result of a run into its base branch',
    args: [['<key>', 'the run']],
    options: [['--no-ff', 'make a merge commit even where the branch could just move']],
    examples: ['tutti merge SHOP-12', 'tutti merge SHOP-12 --no-ff --yes'],
    load: async () => (await import('./finish.ts')).merge,
  },
  {
    name: 'pr',
    group: 'Finish:',
    summary: 'offer the result of a run as a pull request, or bring its pull request up to date',
    args: [['<key>', 'the run']],
    options: [
      ['--draft', 'as a draft, whatever is configured'],
      ['--no-draft', 'ready to be reviewed, whatever is configured'],
    ],
    examples: ['tutti pr SHOP-12', 'tutti pr SHOP-12 --yes'],
    load: async () => (await import('./finish.ts')).pullRequest,
  },
  {
    name: 'undo',
    group: 'Finish:',
    summary: "take the change of a finished task out of its run's branch again",
    args: [['<key>', 'the task']],
    examples: ['tutti undo SHOP-12.3', 'tutti undo SHOP-12.3 --yes'],
    load: async () => (await import('./finish.ts')).undo,
  },
  {
    name: 'recover',
    group: 'Finish:',
    summary: 'bring back the work of an attempt, whatever became of it',
    args: [['<key>', 'the attempt; of a task, its latest that left anything']],
    options: [
      ['--to <dir>', 'write its files into this folder, which must be empty or not there yet'],
      ['--branch <name>', 'make a new branch of it'],
    ],
    examples: ['tutti recover SHOP-12.3 --to saved', "tutti recover 'SHOP-12.3#1' --branch saved"],
    load: async () => (await import('./finish.ts')).recover,
  },
  {
    name: 'cleanup',
    group: 'Finish:',
    summary: 'remove what is kept elsewhere or past its date',
    options: [['--dry-run', 'only show what would be removed']],
    examples: ['tutti cleanup --dry-run', 'tutti cleanup --yes'],
    load: async () => (await import('./finish.ts')).cleanup,
  },
];
