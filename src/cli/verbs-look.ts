import type { VerbSpec } from './context.ts';

/** The verbs that only look. `status` is read in start.ts when it stands alone. */
export const lookVerbs: readonly VerbSpec[] = [
  {
    name: 'status',
    group: 'Watch:',
    summary: 'what is going on, and the one next command',
    examples: ['tutti', 'tutti status --json'],
    load: async () => (await import('./status.ts')).status,
  },
];
