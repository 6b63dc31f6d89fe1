import type { VerbSpec } from './context.ts';

/** The verbs of run. */
export const runVerbs: readonly VerbSpec[] = [];
