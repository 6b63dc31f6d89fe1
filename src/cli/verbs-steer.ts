import type { VerbSpec } from './context.ts';

/** The verbs of steer. */
export const steerVerbs: readonly VerbSpec[] = [];
