// The shape of a plan file. What needs more than one value to be judged is in plan-file.ts.

import { z } from 'zod';

import { FAILURE_STRATEGIES, PRIORITIES } from '../model/plan.ts';
import {
  flawOfGlob,
  GOAL_LIMIT,
  isPlainLine,
  isPlainText,
  isSafeName,
  NAME_RULE,
} from './safe-words.ts';

const WEEK_SECS = 604_800;

const name = z
  .string()
  .refine(isSafeName, { error: 'is no safe name', params: { hint: NAME_RULE } });
const line = (max: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(isPlainLine, {
      error: 'must be one line of text',
      params: { hint: 'take out line breaks, control and direction characters' },
    });
const text = (max: number): z.ZodString =>
  z
    .string()
    .max(max)
    .refine(isPlainText, {
      error: 'holds characters that cannot be read',
      params: { hint: 'take out control and direction characters' },
    });
const glob = z
  .string()
  .min(1)
  .max(512)
  .superRefine((value, context) => {
    const flaw = flawOfGlob(value);
    if (flaw === null) return;
    const params = { hint: 'such as "src/auth/**"' };
    context.addIssue({ code: 'custom', message: flaw, params, input: value });
  });
const command = text(4096).refine((value) => value.trim() !== '', { error: 'must not be empty' });
const argument = z
  .string()
  .max(131_072)
  .refine((value) => !/[\0\p{Surrogate}]/u.test(value), {
    error: 'holds a character that no program takes',
  });
const secs = z.int().min(1).max(WEEK_SECS);
const agent = line(64);
const runtime = line(64);

/** One task as it is written in a plan file. */
export const taskSchema: z.ZodType<WrittenTask> = z.strictObject({
  id: name,
  title: line(200),
  description: text(GOAL_LIMIT).optional(),
  agent: agent.optional(),
  requires: z.array(line(64)).max(50).optional(),
  depends_on: z.array(z.string().max(200)).max(10_000).optional(),
  files: z.array(glob).max(200).optional(),
  acceptance: z.array(text(2000)).max(50).optional(),
  checks: z.array(command).max(20).optional(),
  on_failure: z.enum(FAILURE_STRATEGIES).optional(),
  fallback: z.strictObject({ agent: agent.optional(), runtime: runtime.optional() }).optional(),
  max_attempts: z.int().min(1).max(100).optional(),
  timeout: secs.optional(),
  idle_timeout: secs.optional(),
  priority: z.enum(PRIORITIES).optional(),
  locks: z.array(name).max(20).optional(),
  approval: z.boolean().optional(),
  estimate: z
    .strictObject({
      minutes: z.number().min(0).max(10_080).optional(),
      usd: z.number().min(0).max(100_000).optional(),
    })
    .optional(),
  runtime: runtime.optional(),
  command: z.array(argument).min(1).max(1000).optional(),
  workspace: z.enum(['clone', 'none', 'worktree']).optional(),
  expect_changes: z.boolean().optional(),
});

/** One task as it is written in a plan file. */
export interface WrittenTask {
  id: string;
  title: string;
  description?: string | undefined;
  agent?: string | undefined;
  requires?: string[] | undefined;
  depends_on?: string[] | undefined;
  files?: string[] | undefined;
  acceptance?: string[] | undefined;
  checks?: string[] | undefined;
  on_failure?: (typeof FAILURE_STRATEGIES)[number] | undefined;
  fallback?: { agent?: string | undefined; runtime?: string | undefined } | undefined;
  max_attempts?: number | undefined;
  timeout?: number | undefined;
  idle_timeout?: number | undefined;
  priority?: (typeof PRIORITIES)[number] | undefined;
  locks?: string[] | undefined;
  approval?: boolean | undefined;
  estimate?: { minutes?: number | undefined; usd?: number | undefined } | undefined;
  runtime?: string | undefined;
  command?: string[] | undefined;
  workspace?: 'clone' | 'none' | 'worktree' | undefined;
  expect_changes?: boolean | undefined;
}

/** A plan as it is written in a file. */
export interface WrittenPlan {
  goal: string;
  tasks: WrittenTask[];
}

/** A plan as it is written in a file. */
export const planSchema: z.ZodType<WrittenPlan> = z.strictObject({
  goal: text(GOAL_LIMIT).refine((value) => value.trim() !== '', {
    error: 'goal must not be empty',
  }),
  tasks: z.array(taskSchema).min(1),
});
