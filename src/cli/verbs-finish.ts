import type { VerbSpec } from './context.ts';

/** The verbs that finish what was done. */
export const finishVerbs: readonly VerbSpec[] = [];
