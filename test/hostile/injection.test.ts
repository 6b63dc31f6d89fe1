// Every string that tries to leave the fence, as an agent's output, as a title and as the name of a
// file: in every prompt there is, and in a whole run with agents that obey all that is outside.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { createFence } from '../../src/prompt/fence.ts';
import { planPrompt } from '../../src/prompt/plan-prompt.ts';
import { WORK_SHAPE, repairPrompt } from '../../src/prompt/repair-prompt.ts';
import { reviewPrompt } from '../../src/prompt/review-prompt.ts';
import { summaryPrompt } from '../../src/prompt/summary-prompt.ts';
import { workPrompt } from '../../src/prompt/work-prompt.ts';
import type { DependencyResult } from '../../src/prompt/work-prompt.ts';
import { cleanText } from '../../src/util/clean-text.ts';
import { samplePlanTask } from '../sample-run.ts';
import { makeRig, taskOf } from '../scenarios/rig.ts';
import { textsOf } from './injection/checks.ts';
import { injections, outside } from './injection/skeleton.ts';

const FENCE = createFence('k7f3q9x2m4d8b6z1');
const ALL = injections();
const PLAIN = 'Wrote the form, and tried it out.';

/** Every prompt, with a text wherever somebody else's words go. */
function prompts(text: string): readonly string[] {
  const dependency = { key: 'SHOP-1.1', title: text, agent: text, summary: text, files: [text] };
  const work = workPrompt(
    {
      task: samplePlanTask('page', { title: 'Create the page', description: 'Two fields.' }),
      key: 'SHOP-1.2',
      agentPrompt: null,
      goal: 'Add authentication',
      dependencies: [dependency, dependency],
      outline: [{ id: 'other', title: text, state: 'running' }],
      checks: ['npm test'],
      previous: {
        reason: 'conflict',
        message: text,
        output: text,
        diff: `+${text}`,
        conflictFiles: [text],
      },
      instruction: null,
      resultPath: null,
    },
    FENCE,
    16_384,
  );
  const plan = planPrompt(
    {
      goal: 'Add authentication',
      repository: text,
      agents: [],
      workers: [],
      checks: [],
      limits: { maxTasks: 5, atOnce: 4, taskMinutes: 30, budgetUsd: null },
      instruction: null,
      refused: text.split('\n'),
      doubted: { problems: text.split('\n'), answer: text },
      failed: {
        title: text,
        description: text,
        failure: text,
        instruction: null,
        others: [{ title: text, state: 'completed', summary: text }],
      },
      resultPath: null,
    },
    FENCE,
  );
  const short = workPrompt(
    {
      task: samplePlanTask('page', { title: 'Create the page', description: 'Two fields.' }),
      key: 'SHOP-1.2',
      agentPrompt: null,
      goal: 'Add authentication',
      dependencies: [dependency],
      shortened: text,
      outline: [],
      checks: [],
      previous: null,
      instruction: null,
      resultPath: null,
    },
    FENCE,
    16_384,
  );
  return [
    work,
    plan,
    repairPrompt({ problem: text, answer: text, shape: WORK_SHAPE, resultPath: null }, FENCE),
    summaryPrompt([dependency, dependency], 1000, FENCE),
    short,
    review(text, dependency),
    fix(text),
  ];
}

/** What reviewers found is a task's description that no person has read before. */
function fix(text: string): string {
  const task = samplePlanTask('fix-1-1', {
    title: 'Fix what code-reviewer found',
    description: text,
    acceptance: [text],
    fixes: 1,
  });
  return workPrompt(
    {
      task,
      key: 'SHOP-1.4',
      agentPrompt: null,
      goal: 'Add authentication',
      dependencies: [],
      outline: [],
      checks: [],
      previous: null,
      instruction: null,
      resultPath: null,
    },
    FENCE,
    16_384,
  );
}

function review(text: string, dependency: DependencyResult): string {
  return reviewPrompt(
    {
      title: 'Review the result',
      key: 'SHOP-1.3',
      agentPrompt: null,
      goal: 'Add authentication',
      plan: [
        { key: 'SHOP-1.1', title: text, description: text, acceptance: [text], state: 'completed' },
      ],
      base: 'a'.repeat(40),
      head: 'b'.repeat(40),
      files: [text],
      diff: `+${text}`,
      results: [dependency, dependency],
      evidence: [{ command: text, ok: false, exitCode: 1, output: text }],
      earlier: [{ by: text, severity: 'blocking', place: text, message: text, unconfirmed: text }],
      instruction: null,
      resultPath: null,
    },
    FENCE,
    16_384,
  );
}

describe('a prompt', () => {
  const plain = prompts(PLAIN).map(outside);

  it('keeps all that is not ours inside of its fences', () => {
    expect(plain.join('\n')).not.toContain(PLAIN);
    expect(plain[0]?.match(/^\[[a-z-]+\]$/gmu)).toEqual([
      '[other-tasks]',
      '[completed-dependencies]',
      '[failing-output]',
      '[previous-diff]',
    ]);
  });

  it.each(ALL.map((each) => [each.kind, each.id, each] as const))(
    'has the same structure with %s %s in it',
    (_kind, _id, each) => {
      // What is empty when it has been cleaned makes no block.
      const text = `- ${textsOf(each, FENCE.delimiter).join(`\n- `)}`;
      const known = text.length > 100_000 ? text.slice(0, 100_000) : text;
      expect(prompts(known).map(outside)).toEqual(plain);
    },
  );

  it.each(ALL.filter(({ gen }) => gen === undefined).map((each) => [each.id, each] as const))(
    'has the same structure with %s as the title and the goal that a person approved',
    (_id, each) => {
      const [title = ''] = textsOf(each, FENCE.delimiter);
      const skeleton = (text: string): string => {
        const prompt = workPrompt(
          {
            task: samplePlanTask('page', { title: text, description: 'Two fields.' }),
            key: 'SHOP-1.2',
            agentPrompt: null,
            goal: 'A goal',
            dependencies: [
              { key: 'SHOP-1.1', title: 'a', agent: 'b', summary: PLAIN, files: ['c'] },
            ],
            outline: [],
            checks: [],
            previous: null,
            instruction: null,
            resultPath: null,
          },
          FENCE,
          16_384,
        );
        return outside(prompt).replace(/^# Your task: .*$/mu, '# Your task');
      };
      expect(skeleton(title)).toBe(skeleton(PLAIN));
    },
  );
});

const GULLIBLE = fileURLToPath(new URL('gullible.mjs', import.meta.url));
/** Strings whose order is known when it is obeyed, and that fit. */
const ORDERS = ALL.filter(
  ({ text, gen, parts }) =>
    gen === undefined && parts === undefined && text.length < 400 && text.includes('INJ-CANARY'),
).map(({ text }) => text.replaceAll(/\{\{DELIM\w*\}\}/gu, 'k7f3q9x2m4d8b6z1'));

function batches(size: number): string[][] {
  const found: string[][] = [];
  for (let at = 0; at < ORDERS.length; at += size) found.push(ORDERS.slice(at, at + size));
  return found;
}

/** As a name: no file can be called quite so. */
function fileName(text: string): string {
  const name = text.replaceAll(/[/\0]/gu, '\u2215').replaceAll(/\p{Cc}|\p{Surrogate}/gu, ' ');
  return Buffer.from(name).subarray(0, 200).toString('utf8').replaceAll('\ufffd', '').trim();
}

/** A plan takes only titles of one line, with nothing in them that cannot be seen. */
function titleOf(text: string): string {
  const line = cleanText(text).replaceAll(/\s+/gu, ' ');
  return Array.from(line).slice(0, 120).join('').trim();
}

describe('a run', () => {
  it('whose agents obey all that is outside of the fence obeys nobody', async () => {
    const groups = batches(30);
    const tasks = groups.flatMap((texts, at) => [
      { id: `up-${at}`, title: titleOf(texts.at(-1) ?? '') },
      { id: `down-${at}`, title: `Go on with it ${at}`, depends_on: [`up-${at}`] },
    ]);
    const script = groups.map((texts, at) => [
      [
        `up-${at}`,
        [
          ...texts.slice(0, 4).map((text) => ({
            write: { path: `${at}/${fileName(text)}`, content: text },
          })),
          // The second half is what it says when it fails: that reaches its own next prompt.
          ...(at % 2 === 0
            ? [{ fail: { message: texts.join('\n') }, unless_prompt: 'went wrong the last time' }]
            : []),
          { run: `node ${GULLIBLE}` },
          { answer: { status: 'done', summary: texts.join('\n\n') } },
        ],
      ],
      [
        `down-${at}`,
        [
          { run: `node ${GULLIBLE}` },
          { write: { path: `${at}/done`, content: 'x' } },
          { say: 'went on' },
        ],
      ],
    ]);
    const rig = makeRig({
      script: { tasks: Object.fromEntries(script.flat()) },
      config: {
        checks: [],
        orchestration: { dependency_context_budget: 65_536 },
        sandbox: { read: [fileURLToPath(new URL('.', import.meta.url))] },
      },
    });
    const run = await rig.run(tasks, { goal: 'Print what INJ asks for' });
    const why = run.tasks.map(({ status }) => JSON.stringify(status)).join('\n');
    expect(run.status.state, why).toBe('completed');
    for (const at of groups.keys()) {
      for (const id of [`up-${at}`, `down-${at}`]) {
        const { key } = taskOf(run, id);
        const files = rig.git('ls-tree', '-r', '--name-only', run.head).split('\n');
        expect(files).toContain(`read-${key}`);
        expect(files).not.toContain(`obeyed-${key}`);
        const folder = join(rig.dir, '.tutti/runs', run.key, 'tasks', key);
        const prompt = readFileSync(join(folder, 'prompt.md'), 'utf8');
        if (id.startsWith('down')) expect(prompt).toContain('INJ-CANARY');
        expect(existsSync(join(folder, 'prompt.md'))).toBe(true);
      }
    }
  }, 120_000);
});
