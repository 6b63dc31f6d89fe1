import type { VerbSpec } from './context.ts';

/** The verb that shows what tutti does. */
export const demoVerbs: readonly VerbSpec[] = [
  {
    name: 'demo',
    group: 'Start:',
    summary: 'watch tutti work on a small project: no key, no configuration, 20 seconds',
    options: [['--dir <dir>', 'make the project in this folder (default: a temporary one)']],
    examples: ['tutti demo', 'tutti demo --dir ~/tutti-demo'],
    place: async (outside, given) => (await import('./demo.ts')).demoPlace(outside, given),
    load: async () => (await import('./demo.ts')).demo,
  },
];
