import { fileURLToPath } from 'node:url';

import { packageRoot } from '../util/package-root.ts';

/** The program that plays scripts, for the runtime `scripted`. */
export const scriptedAgentPath: string = fileURLToPath(
  // By way of dist/, so that it is the built program also when this file is run from its source.
  new URL('dist/testing/scripted-agent.js', packageRoot()),
);
