// What becomes of answers that cannot be read, and of what they hold, in whole runs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { makeRig, taskOf } from './rig.ts';

const WORK = [{ id: 'a', title: 'Write a' }];
const WRONG = { status: 'splendid', summary: 'all is well' };
const written = { write: { path: 'a.txt', content: 'a' } };
const again = 'Your answer could not be read';

describe('an answer that cannot be read', () => {
  it('is asked for once more, in the same session and attempt', async () => {
    const rig = makeRig({
      script: {
        default: [
          { ...written, unless_prompt: again },
          { usage: { input: 10, output: 1, costUsd: 0.5 } },
          { answer: WRONG, unless_prompt: again },
          { say: 'turn {turn}' },
          { answer: { status: 'done', summary: 'wrote it' }, if_prompt: again },
        ],
      },
    });
    const run = await rig.run(WORK);
    expect(run.status.state).toBe('completed');
    const [attempt, ...others] = taskOf(run, 'a').attempts;
    expect(others).toEqual([]);
    expect(attempt).toMatchObject({ costUsd: 1, tokens: { input: 20, output: 2 } });
    expect(attempt?.status).toMatchObject({ report: { summary: 'wrote it' } });
    expect(rig.onBranch(run, 'a.txt')).toBe('a');
    const log = join(rig.dir, '.tutti/runs', run.key, 'tasks', `${run.key}.1`, 'repair.log');
    expect(readFileSync(log, 'utf8')).toContain('turn 2');
  });

  it('has what the work has cost written down before it is asked for again', async () => {
    const first = { unless_prompt: again };
    const rig = makeRig({
      script: {
        default: [
          { ...written, ...first },
          // The second comes too soon after the first to be passed on by itself.
          { usage: { input: 10, output: 1, costUsd: 0.1 }, ...first },
          { usage: { input: 20, output: 2, costUsd: 4 }, ...first },
          { answer: WRONG, ...first },
          { answer: { status: 'done', summary: 'wrote it' }, if_prompt: again },
        ],
      },
    });
    const run = await rig.run(WORK);
    expect(taskOf(run, 'a').attempts[0]).toMatchObject({ costUsd: 4 });
    const told = rig.events.filter(({ event }) => event.type === 'attempt-spent');
    expect(told.at(-1)?.event).toMatchObject({ costUsd: 4, tokens: { input: 20, output: 2 } });
  });

  it('is refused where the second is no better, and the work is kept', async () => {
    const rig = makeRig({
      script: { default: [written, { answer: WRONG }] },
      config: { orchestration: { max_attempts: 1 } },
    });
    const run = await rig.run(WORK);
    const [attempt] = taskOf(run, 'a').attempts;
    expect(attempt?.status).toMatchObject({
      outcome: { failure: { reason: 'invalid_output', message: /splendid|status/u } },
    });
    expect(attempt?.keptRef).not.toBeNull();
  });

  it('of a command is refused at once', async () => {
    const rig = makeRig({ config: { orchestration: { max_attempts: 1 } } });
    const command = ['sh', '-c', 'echo x > x; echo "{" > "$TUTTI_RESULT_FILE"'];
    const run = await rig.run([{ id: 'a', title: 'Do a', runtime: 'command', command }]);
    expect(taskOf(run, 'a').attempts[0]?.status).toMatchObject({
      outcome: { failure: { reason: 'invalid_output' } },
    });
  });
});

describe('what an answer holds', () => {
  it('is kept without what steers a terminal, turns text or cannot be seen', async () => {
    const rig = makeRig({
      script: {
        default: [
          written,
          {
            answer: {
              status: 'done',
              summary: `\u001b[31mred\u001b[0m \u202etxt\u202c a\u200bb\u0007 ${'x'.repeat(20_000)}`,
              followUps: [{ title: 'one\ntwo\u2066', description: '\u001b]0;title\u0007x' }],
            },
          },
        ],
      },
    });
    const run = await rig.run(WORK);
    const status = taskOf(run, 'a').attempts[0]?.status;
    const report = status?.state === 'ended' ? status.report : null;
    expect(report?.summary).toMatch(/^red txt ab xxx/u);
    expect(report?.summary.length).toBeLessThanOrEqual(8_000);
    expect(report?.followUps).toEqual([{ title: 'one two', description: 'x' }]);
  });

  it('names no session that a program could take for an option', async () => {
    const { guarded } = await import('../../src/run/guard.ts');
    const result = {
      failure: { reason: 'quota', message: 'a\u0000b\u202e', retryAt: 1e300 },
      stopped: false,
      structured: undefined,
      report: { status: 'done', summary: '', question: null, followUps: [] },
      sessionId: '--dangerously',
      tokens: { input: -1, output: Number.NaN, cached: 1e99 },
      costUsd: Number.NaN,
    } as const;
    expect(guarded(result, 0)).toMatchObject({
      failure: { reason: 'quota', message: 'ab' },
      sessionId: null,
      tokens: { input: 0, output: 0, cached: 1e12 },
      costUsd: 0,
    });
    expect(guarded(result, 0).failure).not.toHaveProperty('retryAt');
    let deep: unknown = 'x';
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(guarded({ ...result, structured: deep }, 0)).toMatchObject({
      structured: undefined,
      invalid: 'it is nested deeper than 64 levels',
    });
    expect(guarded({ ...result, structured: Array(300_000).fill(0) }, 0).invalid).toBe(
      'it is too large',
    );
  });
});
