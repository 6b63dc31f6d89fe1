// What tests of tutti's users can build on, as `tutti/testing`.

import { fileURLToPath } from 'node:url';

import { packageRoot } from '../util/package-root.ts';

export { readScript } from './script.ts';
export type { Script, ScriptAction, ScriptPart, ScriptStep } from './script.ts';

/** The program that plays scripts, for the runtime `scripted`. */
export const scriptedAgentPath: string = fileURLToPath(
  // By way of dist/, so that it is the built program also when this file is run from its source.
  new URL('dist/testing/scripted-agent.js', packageRoot()),
);
