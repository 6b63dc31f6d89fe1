// What tells one run of a check on a tree from another one: where these are the same, its result is.

import { createHash } from 'node:crypto';

import type { Check } from '../model/plan.ts';
import type { RunSettings } from '../model/settings.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { toolStamps } from '../util/tool-stamps.ts';
import type { Workshop } from './workshop.ts';

/**
 * Names the conditions that a check runs under.
 *
 * @param workshop - What runs it.
 * @param settings - The settings of its run.
 * @param check - The check.
 * @returns A short hash.
 */
export async function conditionsOf(
  workshop: Pick<Workshop, 'environment' | 'sandbox'>,
  { workspace }: Pick<RunSettings, 'workspace'>,
  { run, timeoutSecs }: Check,
): Promise<string> {
  const { setup, copy, warm, env } = workspace;
  const sandbox = (await workshop.sandbox()).kind;
  const tools = toolStamps([run, ...setup].join('\n'), workshop.environment['PATH'] ?? '');
  const facts = { run, timeoutSecs, setup, copy, warm, env, sandbox, tools };
  return createHash('sha256').update(canonicalJson(facts)).digest('hex').slice(0, 16);
}
