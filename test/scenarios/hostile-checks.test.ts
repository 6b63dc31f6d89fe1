// Checks that will not end, print without end, multiply or stay behind: a verdict comes all the same, and
// nothing of them is left.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import type { Run } from '../../src/model/run.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { makeRig, states } from './rig.ts';

interface Options {
  readonly timeout?: number;
  readonly limits?: object;
  /** Folders that the check may write to. */
  readonly write?: readonly string[];
}

/** A project with one check, and a task that changes something. */
async function checked(
  command: string,
  { timeout = 60, limits = {}, write = [] }: Options = {},
): Promise<{ run: Run; verdict: Verdict | undefined }> {
  const rig = makeRig({
    script: { tasks: { a: [{ write: { path: 'a.txt', content: 'x\n' } }] } },
    config: {
      checks: [{ name: 'odd', run: command, timeout }],
      limits,
      ...(write.length > 0 && { sandbox: { write } }),
      orchestration: { max_attempts: 1 },
    },
  });
  const run = await rig.run([{ id: 'a', title: 'Do a' }]);
  const store = await rig.app.look();
  if (!store.ok || store.value === null) throw new Error('no store');
  return { run, verdict: (await store.value.verdicts(run.key))[0]?.verdict };
}

test('one that prints without end is bounded, and counts nothing', async () => {
  const { run, verdict } = await checked(
    'yes "1 passed in 1s" | head -c 60000000; echo; echo "3 passed in 1s"',
  );
  expect(states(run)).toEqual({ a: 'completed' });
  expect(verdict?.ok).toBe(true);
  expect(verdict?.summary.length).toBeLessThanOrEqual(4000);
  expect(verdict?.summary).toContain('3 passed in 1s');
  expect(verdict).not.toHaveProperty('tests');
});

test('one that hangs ends with its time', async () => {
  const { run, verdict } = await checked('echo begun; sleep 100000', { timeout: 1 });
  expect(states(run)).toEqual({ a: 'failed' });
  expect(verdict).toMatchObject({ ok: false, exitCode: null });
  expect(verdict?.summary).toBe('begun\n(ended after its time limit of 1 s)');
});

test('one that ignores every signal but the last ends as well', async () => {
  const { verdict } = await checked(`trap '' TERM INT HUP; while :; do sleep 1; done`, {
    timeout: 1,
  });
  expect(verdict).toMatchObject({ ok: false, exitCode: null });
});

test('one that multiplies is ended over its limit', async () => {
  const { run, verdict } = await checked('for i in $(seq 200); do sleep 60 & done; wait', {
    limits: { processes: 64 },
  });
  expect(states(run)).toEqual({ a: 'failed' });
  expect(verdict?.ok).toBe(false);
  expect(verdict?.summary).toMatch(/limit|fork|Resource/u);
});

test('what one leaves behind is gone when its verdict is there', async () => {
  const out = mkdtempSync(join(tmpdir(), 'tutti-left-'));
  onTestFinished(() => rmSync(out, { recursive: true }));
  // What it does tells it apart: its number may be one of a process space of its own.
  const sleeper = `sleep 9${process.pid}`;
  const { run } = await checked(
    `setsid sh -c 'echo begun > "${out}/daemon"; ${sleeper}' > /dev/null 2>&1 &
while [ ! -s "${out}/daemon" ]; do sleep 0.05; done`,
    { write: [out] },
  );
  expect(states(run)).toEqual({ a: 'completed' });
  expect(existsSync(join(out, 'daemon'))).toBe(true);
  const all = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  expect(all.split('\n').filter((line) => line.includes(sleeper))).toEqual([]);
});
