// A project of a person who works with one real program, whose model is played.

import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { startScriptedModel, type Move } from '../../src/testing/index.ts';
import { makeProject } from './project.ts';
import type { RealCli } from './real-clis.ts';

/**
 * Makes it: the program is in the person's PATH and the runtime that is taken without being named.
 *
 * @param cli - The program.
 * @param plays - What its model does for a prompt.
 * @param config - Lines of the person's configuration.
 * @returns The project; it goes with the test.
 */
export async function projectWith(
  cli: RealCli,
  plays: (prompt: string) => readonly Move[] | undefined,
  config: string,
): Promise<ReturnType<typeof makeProject>> {
  const model = await startScriptedModel({ plays });
  onTestFinished(() => model.close());
  const project = makeProject((home) => cli.person(home, model.url));
  symlinkSync(cli.binary ?? '', join(project.home, 'bin', cli.id));
  const named = cli.model === null ? '' : `, ${cli.id}: { model: ${cli.model} }`;
  const runtimes = `runtimes: { default: ${cli.id}${named} }`;
  project.write('../.config/tutti/config.yaml', `${runtimes}\n${config}\n`);
  return project;
}
