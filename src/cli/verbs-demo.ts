import type { VerbSpec } from './context.ts';

/** The verbs that show what tutti does. */
export const demoVerbs: readonly VerbSpec[] = [
  {
    name: 'demo',
    group: 'Start:',
    summary: 'watch tutti work on a small project: no key, no configuration, half a minute',
    options: [['--dir <dir>', 'make the project in this folder (default: a temporary one)']],
    examples: ['tutti demo', 'tutti demo --dir ~/tutti-demo'],
    place: async (outside, given) => (await import('./demo.ts')).demoPlace(outside, given),
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'rehearse',
    group: 'Start:',
    summary: 'try your whole set-up with a model that only plays: no key, nothing spent',
    options: [
      ['--runtime <name>', 'this one (default: the configured one)'],
      ['--checks', 'run the set-up commands and checks of the project too'],
    ],
    examples: ['tutti rehearse', 'tutti rehearse --runtime codex --checks'],
    starts: true,
    load: async () => (await import('./rehearse.ts')).rehearse,
  },
];
